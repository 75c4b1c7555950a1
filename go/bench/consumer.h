/* SPDX-License-Identifier: Apache-2.0 */
/* The C side: what the same steps cost without Go. */
#ifndef ZCF_GO_BENCH_CONSUMER_H
#define ZCF_GO_BENCH_CONSUMER_H

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>
#include <zcframe/zcframe.h>

static inline int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nanoseconds for acquire and release of a frame that is there; negative: an error. */
static inline int64_t time_acquire_release(struct zcf_consumer *consumer)
{
	int64_t start_ns = now_ns();
	struct zcf_frame *frame;
	int error = zcf_consumer_acquire(consumer, 0, &frame);

	if (error < 0)
		return error;
	zcf_frame_release(frame);
	return now_ns() - start_ns;
}

/* Go's runtime sends signals to its threads, so a wait may be interrupted. */
static inline int await(struct zcf_consumer *consumer, struct zcf_frame **ret_frame)
{
	int error;

	do
		error = zcf_consumer_acquire(consumer, -1, ret_frame);
	while (error == -EINTR);
	return error;
}

/* Nanoseconds from publish to the frame in hand, for one that is waited for; negative: an error. */
static inline int64_t time_wake(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame;
	int error = await(consumer, &frame);

	if (error < 0)
		return error;
	int64_t latency_ns = now_ns() - (int64_t)zcf_frame_get_info(frame)->publish_time_ns;
	zcf_frame_release(frame);
	return latency_ns;
}

/* As time_wake(), but says when the frame was published, for the caller to look at the clock when it is back. */
static inline int64_t await_publication(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame;
	int error = await(consumer, &frame);

	if (error < 0)
		return error;
	int64_t publish_time_ns = (int64_t)zcf_frame_get_info(frame)->publish_time_ns;
	zcf_frame_release(frame);
	return publish_time_ns;
}

static inline int pin_thread(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

#endif
