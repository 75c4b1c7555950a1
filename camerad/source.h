/* SPDX-License-Identifier: Apache-2.0 */
/** @file source.h
 * Where pictures come from. A source is a set of functions (struct source_ops) and a private struct that begins with
 * struct source; the list of them is one array in source.c. To add one: sources/NAME.c, a line in that array, a line in
 * meson.build.
 *
 * For each frame the camera dequeues a pool buffer for every channel that is due, and asks the source
 * once. The source may
 *
 * - write into the buffer of any number of targets and mark them `filled`: hardware that scales by itself
 *   fills all of them, a drawn picture fills the one that has its own size. A source whose hardware keeps
 *   several buffers in flight may keep the target's buffer and put an earlier one of the same pool, which is
 *   filled by now, in its place;
 * - write a plane of a target's buffer and leave the target unfilled: the scaling stage does the rest;
 * - give one picture, from which the scaling stage fills the targets that are left.
 *
 * A source whose hardware sets the pace and has the buffers itself is asked for nothing: it has `hardware` instead of
 * `take`, and publishes each frame as it comes.
 */
#ifndef CAMERAD_SOURCE_H
#define CAMERAD_SOURCE_H

#include "picture.h"

#include <stddef.h>

/** Rates are in thousandths of a frame per second: 30000 is 30 a second. */
#define SOURCE_DEFAULT_RATE_MILLIHERTZ 30000

/** Files: which picture a camera frame shows. */
enum source_playback {
	/** The one whose time has come: a picture is repeated or left out where the rates differ. */
	SOURCE_PLAYBACK_NATURAL,
	/** The next one: the camera's rate sets the speed. */
	SOURCE_PLAYBACK_EVERY_FRAME,
};

/** What a source is opened with. */
struct source_settings {
	const char *path;                     /**< Of the file, for sources that read one. */
	uint32_t width_pixels, height_pixels; /**< For sources that can choose. */
	uint32_t rate_millihertz;             /**< 0: the source's own. */
	enum source_playback playback;
	bool loop;
	const struct vio_settings *vio; /**< For the RDK X5's camera. */
};

/** What it turned out to be. */
struct source_info {
	uint32_t width_pixels, height_pixels;
	uint32_t rate_millihertz; /**< That frames are taken at. */
	char description[128];    /**< For the log: codec, pixel format, ... */
};

/** One frame to be taken. */
struct source_frame {
	uint64_t number;         /**< The camera's count. */
	uint64_t time_ns;        /**< Since the source started, time asleep left out. */
	int64_t capture_wall_ns; /**< CLOCK_REALTIME of the capture. */
};

/** A channel that is due and has a buffer. */
struct source_target {
	struct zcf_buffer *buffer;
	struct nv12_image image; /**< The buffer's planes. */
	struct crop crop;        /**< What the channel shows of the source's picture. */
	bool filled;             /**< Set by the source if the image is complete. */
	/** To be called after the CPU wrote into the image, where its cache lies between it and the others; or NULL. */
	void (*end_write)(const struct source_target *target);
};

struct source;
struct channel;
struct settings;

/** Where hardware puts its frames. */
struct source_sink {
	void *context;

	/** Publish a filled buffer of that channel's pool. @return Whether it was; if not, it is the source's again. */
	bool (*publish)(const struct source_sink *sink, size_t channel_index, const struct source_target *target,
			uint64_t number, uint64_t capture_time_ns);
};

/** What a source does whose hardware sets the pace, and fills buffers of its own ring. */
struct source_hardware_ops {
	const char *backend; /**< Kind of memory of those buffers. */

	/** Check what there is to check without the hardware. @return 0, or -EINVAL with a sentence in @p why. */
	int (*check)(const struct settings *settings, char *why, size_t why_size);

	/**
	 * Let frames come, one output of the hardware for each channel.
	 *
	 * @param channels     Open; borrowed until stop().
	 * @param sink         Borrowed until stop().
	 * @param last_number  That a frame had; the next ones have higher numbers.
	 * @return 0, or a negative errno with a sentence in @p why.
	 */
	int (*start)(struct source *source, struct channel *const *channels, size_t channel_count,
		     const struct source_sink *sink, uint64_t last_number, char *why, size_t why_size);

	/** Stop, and give every buffer back; its channels' pools are of no more use. Does nothing if not started. */
	void (*stop)(struct source *source);

	/** @return A descriptor that is readable when dispatch() has something to do; the same for the source's life.
	 */
	int (*get_fd)(const struct source *source);

	/** Publish what came. @return 0; -EPIPE if the camera must be started anew (it has logged why). */
	int (*dispatch)(struct source *source);
};

struct source {
	const struct source_ops *ops;
	struct source_info info;
};

struct source_ops {
	const char *name;
	const char *summary;                        /**< For --help. */
	bool reads_path;                            /**< Cannot be opened without source_settings.path. */
	const struct source_hardware_ops *hardware; /**< NULL: the source is asked for each frame, with take(). */

	/** @return 0, or a negative errno with a sentence in @p why that says what the user can do. */
	int (*open)(const struct source_settings *settings, struct source **ret_source, char *why, size_t why_size);

	/**
	 * Take a frame.
	 *
	 * @param target_count  0 if no channel has a buffer: time passes all the same.
	 * @param ret_picture   Set if a target is left unfilled; valid until the next call.
	 * @return 0; -EAGAIN if there is no picture this time; -ENODATA at the end of a source that does not
	 *         loop; another negative errno if the source broke (it has logged why).
	 */
	int (*take)(struct source *source, const struct source_frame *frame, struct source_target *targets,
		    size_t target_count, struct picture *ret_picture);

	void (*close)(struct source *source);
};

/** @return The source of this name, or NULL. */
const struct source_ops *source_find(const char *name);

/** @return The index-th source, or NULL behind the last. */
const struct source_ops *source_list(size_t index);

/**
 * Open a source, and log what it is or why it cannot be opened. Takes as long as the disk and the file make it.
 *
 * @return 0 or a negative errno.
 */
int source_open(const struct source_ops *ops, const struct source_settings *settings, struct source **ret_source);

/** Close a source; NULL is none. */
void source_close(struct source *source);

/** @return The first target that shows the whole of a picture of this size, unscaled, or NULL. */
struct source_target *source_find_native_target(struct source_target *targets, size_t target_count,
						uint32_t width_pixels, uint32_t height_pixels);

extern const struct source_ops source_synthetic;
extern const struct source_ops source_file;
extern const struct source_ops source_vio;

#endif
