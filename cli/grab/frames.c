/* SPDX-License-Identifier: Apache-2.0 */
#include "frames.h"

#include "interrupt.h"
#include "message.h"
#include "units.h"

#include <zcframe/consumer.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct grab_frames {
	const char *channel;
	struct zcf_consumer *consumer;
	bool every_frame;
	uint64_t timeout_ns;
	uint64_t stale_count;
};

/* For the signal handler: zcf_consumer_interrupt() is async-signal-safe. */
static struct zcf_consumer *volatile waiting_consumer;

static void stop_waiting(void)
{
	if (waiting_consumer != NULL)
		zcf_consumer_interrupt(waiting_consumer);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int grab_frames_open(const char *channel, bool every_frame, bool wait, uint64_t timeout_ns,
		     struct grab_frames **ret_frames)
{
	struct grab_frames *frames = cli_allocate(1, sizeof(*frames));
	struct zcf_consumer_options options;
	int error;

	zcf_consumer_options_init(&options);
	options.label = "zcf grab";
	if (!every_frame)
		options.rate = ZCF_RATE_NEWEST_ONLY;
	interrupt_open(stop_waiting);
	error = zcf_consumer_open(channel, &options, wait ? (int64_t)timeout_ns : 0, &frames->consumer);
	if (error < 0) {
		free(frames);
		return error == -EINTR && interrupt_signal() != 0 ? CLI_FAILED : cli_channel_error(channel, error);
	}
	waiting_consumer = frames->consumer;
	frames->channel = channel;
	frames->every_frame = every_frame;
	frames->timeout_ns = timeout_ns;
	*ret_frames = frames;
	return CLI_OK;
}

static int report_no_frame(const struct grab_frames *frames, int error, uint64_t stale_count)
{
	char timeout[UNITS_SIZE];

	if (error == -EINTR && interrupt_signal() != 0)
		return CLI_FAILED;
	if (error == -EAGAIN && stale_count > 0) {
		cli_message("channel %s: all %" PRIu64
			    " frames of the last %s were overwritten while they were copied; "
			    "its producer must allow longer leases (lease_deadline)",
			    frames->channel, stale_count, units_duration(timeout, frames->timeout_ns));
		return CLI_TIMEOUT;
	}
	if (error == -EAGAIN) {
		cli_message("channel %s: no frame within %s; 'zcf info %s' shows its state", frames->channel,
			    units_duration(timeout, frames->timeout_ns), frames->channel);
		return CLI_TIMEOUT;
	}
	return cli_channel_error(frames->channel, error);
}

/* Copy a frame and give it back. @return 0, -ESTALE, or what picture_copy() says. */
static int take(struct zcf_frame *frame, struct picture *picture)
{
	int error = picture_copy(picture, frame);
	int verdict = zcf_frame_release(frame);

	/* A revoked frame may be a newer picture in part: not even its failure to copy means anything. */
	return verdict < 0 ? verdict : error;
}

int grab_frames_next(struct grab_frames *frames, struct picture *picture)
{
	uint64_t deadline_ns = now_ns() + frames->timeout_ns;
	uint64_t stale_count = 0;

	for (;;) {
		struct zcf_frame *frame;
		uint64_t at_ns = now_ns();
		int64_t left_ns = at_ns < deadline_ns ? (int64_t)(deadline_ns - at_ns) : 0;
		int error = interrupt_signal() != 0 ? -EINTR : 0;

		/* However many stale frames there were to fetch: the time is up when it is up. */
		if (error == 0 && left_ns == 0 && stale_count > 0)
			error = -EAGAIN;
		else if (error == 0)
			error = frames->every_frame ? zcf_consumer_acquire_next(frames->consumer, left_ns, &frame)
						    : zcf_consumer_acquire(frames->consumer, left_ns, &frame);
		if (error == -EINTR && interrupt_signal() == 0)
			continue;
		if (error < 0)
			return report_no_frame(frames, error, stale_count);
		error = take(frame, picture);
		if (error == -ESTALE) {
			stale_count++;
			frames->stale_count++;
			continue;
		}
		if (error < 0) {
			cli_message("channel %s: cannot use its frames: %s", frames->channel, strerror(-error));
			return CLI_FAILED;
		}
		return CLI_OK;
	}
}

uint64_t grab_frames_get_interval_ns(struct grab_frames *frames)
{
	struct zcf_consumer_info info;

	zcf_consumer_get_info(frames->consumer, &info);
	return info.frame_interval_ns;
}

uint64_t grab_frames_get_stale_count(const struct grab_frames *frames)
{
	return frames->stale_count;
}

void grab_frames_close(struct grab_frames *frames)
{
	if (frames == NULL)
		return;
	waiting_consumer = NULL;
	zcf_consumer_close(frames->consumer);
	free(frames);
}
