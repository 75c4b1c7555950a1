/* SPDX-License-Identifier: Apache-2.0 */
/* A channel with its producer in this process, and consumers that attach to it. */
#ifndef ZCF_TEST_CHANNEL_H
#define ZCF_TEST_CHANNEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "zcframe/zcframe.h"

/* So long that no lease runs out by itself. */
#define TEST_NO_DEADLINE_NS (UINT64_C(3600) * 1000000000)

struct test_channel {
	char name[ZCF_CHANNEL_NAME_SIZE];
	struct zcf_pool *pool;
	struct zcf_producer *producer;
};

/* What a channel is like; zero means the default: 64x64 NV12, 3 buffers, no deadline, no frame interval. */
struct test_channel_setup {
	uint32_t width_pixels;
	uint32_t height_pixels;
	uint32_t buffer_count;
	uint32_t max_consumers;
	uint64_t lease_deadline_ns;
	uint64_t frame_interval_ns;
};

void test_channel_open(struct test_channel *channel, const char *name, const struct test_channel_setup *setup);
void test_channel_close(struct test_channel *channel);

/* Every byte of the frame is made to depend on its sequence and its place, so that any overwriting shows. */
void test_stamp_write(struct zcf_buffer *buffer, uint64_t stamp);
bool test_stamp_is(const struct zcf_frame *frame, uint64_t stamp);

/* Dequeue, stamp with the sequence that it gets, publish. Returns the sequence; 0 if there was no buffer. */
uint64_t test_channel_try_publish(struct test_channel *channel);
/* The same, where there has to be a buffer. */
uint64_t test_channel_publish(struct test_channel *channel);

/* The state now; the memory is reused by the next call. */
const struct zcf_snapshot *test_channel_snapshot(struct test_channel *channel);

/* Dispatch until so many consumers are attached. */
void test_channel_await_consumers(struct test_channel *channel, uint32_t count);

/* zcf_consumer_open() in another thread, for a producer in this one. */
struct test_open {
	pthread_t thread;
	const char *channel;
	struct zcf_consumer_options options;
	int64_t timeout_ns;
	atomic_bool done;
	int result;
	struct zcf_consumer *consumer;
	char detail[512];
};

/* `options` may be NULL. */
void test_open_start(struct test_open *open, const char *channel, const struct zcf_consumer_options *options,
		     int64_t timeout_ns);
/* The result of the open; `producer`, if not NULL, is dispatched meanwhile. */
int test_open_finish(struct test_open *open, struct zcf_producer *producer);

/* Both at once, for an open that has to succeed. */
struct zcf_consumer *test_channel_attach(struct test_channel *channel, const struct zcf_consumer_options *options);

/* Acquire what has to be there already, and check its stamp. */
struct zcf_frame *test_acquire_now(struct zcf_consumer *consumer);

#endif
