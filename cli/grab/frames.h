/* SPDX-License-Identifier: Apache-2.0 */
/** @file frames.h
 * Frames of a channel for zcf grab: only such as were valid to the end. */
#ifndef ZCF_CLI_GRAB_FRAMES_H
#define ZCF_CLI_GRAB_FRAMES_H

#include "picture.h"

struct grab_frames;

/** @param every_frame  Leave none out that is still there; otherwise take the newest. @return An exit code, after a
 * message unless CLI_OK. */
int grab_frames_open(const char *channel, bool every_frame, bool wait, uint64_t timeout_ns,
		     struct grab_frames **ret_frames);

/** Wait for a frame and copy it. @return An exit code, after a message unless CLI_OK or interrupted. */
int grab_frames_next(struct grab_frames *frames, struct picture *picture);

/** @return The channel's frame interval, 0 if it has none. */
uint64_t grab_frames_get_interval_ns(struct grab_frames *frames);

/** @return Frames that were overwritten while they were copied, so far. */
uint64_t grab_frames_get_stale_count(const struct grab_frames *frames);

void grab_frames_close(struct grab_frames *frames);

#endif
