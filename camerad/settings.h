/* SPDX-License-Identifier: Apache-2.0 */
/** @file settings.h
 * What zcf-camerad is configured to do: the sections [camera], [runtime] and [channel NAME] of the
 * configuration file, and what the command line puts in their place. */
#ifndef CAMERAD_SETTINGS_H
#define CAMERAD_SETTINGS_H

#include "app/log.h"
#include "consumer_watch.h"
#include "source.h"
#include "sources/vio/vio_settings.h"

#include <sys/types.h>

#define SETTINGS_MAX_CHANNELS 32

/** Whether a channel has the original design's endpoint, `/CHANNEL` in POSIX shared memory. */
enum endpoint_choice {
	ENDPOINT_AS_CAMERA = 0, /**< What [camera] says. */
	ENDPOINT_AUTO,          /**< Where its programs can import the buffers, and when it can be had. */
	ENDPOINT_YES,           /**< Or the channel does not open. */
	ENDPOINT_NO,
};

#define SETTINGS_MAX_IDS 16

/** Users or groups. */
struct id_list {
	uint32_t ids[SETTINGS_MAX_IDS];
	size_t count; /**< 0: no restriction. */
};

struct channel_settings {
	char name[ZCF_CHANNEL_NAME_SIZE];
	uint32_t width_pixels, height_pixels;
	uint32_t rate_millihertz; /**< 0: the camera's. */
	uint32_t buffer_count;
	struct crop crop;
	uint64_t lease_deadline_ns; /**< 0: two frame intervals. */
	uint32_t max_consumers;
	uint32_t max_consumers_per_user; /**< 0: as many as there may be. */
	struct id_list allowed_users, allowed_groups;
	uint32_t fourcc;
	/* Once loaded: */
	const char *backend;                    /**< The camera's. */
	bool camera_has_buffers;                /**< The pool's buffers are those of the camera's own ring. */
	enum endpoint_choice original_endpoint; /**< AUTO only where that means: if it can be had. */
};

struct camera_settings {
	const struct source_ops *source;
	char *path;
	uint32_t width_pixels, height_pixels;
	uint32_t rate_millihertz; /**< 0: the source's own. */
	enum source_playback playback;
	bool loop;
	uint32_t camera_id;
	bool sleep_when_idle;
	bool low_light_correction;
	double low_light_threshold;
	uint64_t silence_ns; /**< Without a picture for so long, the source is opened anew. */
	char *user;          /**< That a daemon started by root becomes; NULL: it stays root. */
	bool seccomp;        /**< Give up system calls. */
	enum app_log_level log_level;
	const char *backend; /**< Kind of memory of the pools: "memfd" or "hbmem". */
	enum endpoint_choice original_endpoint;
};

struct runtime_settings {
	char *directory; /**< NULL: see zcf_runtime_directory(). */
	mode_t socket_mode;
	uid_t socket_owner; /**< (uid_t)-1: leave. */
	gid_t socket_group; /**< (gid_t)-1: leave. */
};

struct settings {
	struct camera_settings camera;
	struct runtime_settings runtime;
	struct vio_settings vio;
	struct consumer_watch_settings watchdog;
	struct channel_settings channels[SETTINGS_MAX_CHANNELS];
	size_t channel_count;
};

/** What the command line says about the file and instead of it; NULL: nothing. */
struct settings_overrides {
	const char *config_path;
	const char *source; /**< Name of a source, or else the path of a file. */
	const char *rate;
	const char *runtime_directory;
	const char *log_level;
	const char *backend;
};

/**
 * Read the configuration file, apply the overrides, and check the whole.
 *
 * Without a config_path the default file is read if there is one.
 *
 * @param ret_settings  Free with settings_fini(), also after a failure.
 * @return 0, or a negative errno with a sentence in @p why.
 */
int settings_load(const struct settings_overrides *overrides, struct settings *ret_settings, char *why,
		  size_t why_size);
void settings_fini(struct settings *settings);

/** @return Whether both make the source deliver the same pictures at the same times. */
bool settings_have_same_source(const struct settings *a, const struct settings *b);

/** @return Whether both have the same channels, in the same order. */
bool settings_have_same_channels(const struct settings *a, const struct settings *b);

/** @return Whether both publish their channels in the same way and place. */
bool settings_have_same_runtime(const struct settings *a, const struct settings *b);

/** @return Whether one channel can go on as the other: all but the crop is the same. */
bool channel_settings_are_same(const struct channel_settings *a, const struct channel_settings *b);

#endif
