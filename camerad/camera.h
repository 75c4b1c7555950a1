/* SPDX-License-Identifier: Apache-2.0 */
/** @file camera.h
 * The camera: a source, the channels that it fills, and the step that takes one frame. */
#ifndef CAMERAD_CAMERA_H
#define CAMERAD_CAMERA_H

#include "camera_hardware.h"
#include "channel.h"
#include "settings.h"
#include "source.h"
#include "source_watch.h"

struct camera {
	struct settings settings; /**< In force; owned. */
	struct source *source;
	uint64_t source_first_number; /**< Of the source's first frame, at which its time is 0. */
	struct channel *channels[SETTINGS_MAX_CHANNELS];
	size_t channel_count;

	uint64_t frame_number;    /**< Of the last frame; missed ones are counted too. */
	uint64_t missed;          /**< Frames that this program was too late for. */
	uint64_t without_picture; /**< Frames for which the source had no picture. */

	/* The frame that is being taken: target i is a buffer of target_channels[i]. */
	struct source_target targets[SETTINGS_MAX_CHANNELS];
	struct channel *target_channels[SETTINGS_MAX_CHANNELS];

	struct source_watch source_watch;
	struct camera_hardware hardware; /**< For a source that has some. */
};

/**
 * Open the source and all channels. Logs what fails.
 *
 * @param settings     Taken over (and emptied) on success.
 * @param last_number  That a frame had: 0 for a new camera.
 * @return 0 or a negative errno, after which the camera needs no closing.
 */
int camera_open(struct camera *camera, struct settings *settings, uint64_t last_number);
void camera_close(struct camera *camera);

/**
 * Take one frame and publish it on every channel that is due.
 *
 * @param due_ns  When it was due, which is its capture time.
 * @param missed  Frames before it that were not taken.
 * @return 0, also while there is no picture; -ENODATA when the source has ended.
 */
int camera_take_frame(struct camera *camera, uint64_t due_ns, uint64_t missed);

/** Finish the frame in a target and publish it. @return Whether it is published. */
bool camera_publish(struct camera *camera, struct channel *channel, const struct source_target *target, uint64_t number,
		    uint64_t capture_time_ns, int64_t capture_wall_ns);

uint32_t camera_get_rate_millihertz(const struct camera *camera);
uint32_t camera_count_consumers(const struct camera *camera);

/** What the settings open a source with; its strings stay theirs. */
struct source_settings camera_get_source_settings(const struct settings *settings);

/** Open a source as the settings say, and check that the channels' crops lie inside it. Logs what fails. */
int camera_open_source(const struct settings *settings, struct source **ret_source);
int camera_check_crops(const struct settings *settings, const struct source *source);

#endif
