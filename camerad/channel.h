/* SPDX-License-Identifier: Apache-2.0 */
/** @file channel.h
 * One channel of the camera: its pool, its producer, its scaling stage, and what happens to each frame. */
#ifndef CAMERAD_CHANNEL_H
#define CAMERAD_CHANNEL_H

#include "consumer_watch.h"
#include "event_log.h"
#include "low_light.h"
#include "original/endpoint.h"
#include "scaler.h"
#include "settings.h"

struct channel {
	struct channel_settings settings;
	uint32_t rate_millihertz; /**< That it publishes at: its own, or the camera's if that is lower. */
	struct zcf_pool *pool;
	struct zcf_producer *producer; /**< NULL until it is opened. */
	struct endpoint *endpoint;     /**< NULL: the channel has none. */
	struct scaler *scaler;
	struct low_light low_light;
	struct event_log events;
	struct consumer_watch watch;
	uint64_t last_turn; /**< See channel_is_due(). */
	uint64_t published, skipped;
};

/** Which frames a channel gets: its own rate, or the camera's if it has none or a higher one. */
uint32_t channel_rate(const struct channel_settings *settings, uint32_t camera_rate_millihertz);

/** Make the channel with all its memory; nobody sees it yet. Logs what fails. @return 0 or a negative errno. */
int channel_create(const struct channel_settings *settings, uint32_t camera_rate_millihertz,
		   struct channel **ret_channel);

/** Let consumers attach. Logs what fails. @return 0 or a negative errno. */
int channel_open(struct channel *channel, const struct runtime_settings *runtime);

/**
 * Close it and open it anew with buffers that nobody has seen: consumers come back to a new epoch. Logs what fails.
 *
 * @return 0, or a negative errno, after which the channel can only be destroyed.
 */
int channel_renew(struct channel *channel, const struct runtime_settings *runtime);

/** Close and free; NULL is no channel. */
void channel_destroy(struct channel *channel);

/** @return Whether the channel takes the camera's frame of this number, so that its share comes out even. */
bool channel_is_due(struct channel *channel, uint64_t frame_number, uint32_t camera_rate_millihertz);

/** Get a buffer for the frame. @return Whether there was one; if not, the frame is lost to this channel. */
bool channel_begin_frame(struct channel *channel, struct source_target *target);

/** How a frame is finished and labelled. */
struct channel_frame {
	uint64_t number;
	uint64_t capture_time_ns;
	int64_t capture_wall_ns;
	int32_t camera_id;
	bool low_light_correction;
	float low_light_threshold;
};

/** Measure, correct and publish the buffer, which is full. @return Whether it is published. */
bool channel_finish_frame(struct channel *channel, const struct source_target *target,
			  const struct channel_frame *frame);

/** Of the frame published last, by a process before this one too. */
uint64_t channel_get_last_frame_number(const struct channel *channel);

/** Frames that the camera lost before they came here. */
void channel_skip_frames(struct channel *channel, uint64_t count);

/** Give the buffer back: there is no picture. */
void channel_cancel_frame(struct channel *channel, const struct source_target *target);

/** Serve the consumers that come, go and ask. */
void channel_dispatch(struct channel *channel);

#endif
