/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

void test_channel_open(struct test_channel *channel, const char *name, const struct test_channel_setup *setup)
{
	static const struct test_channel_setup nothing;
	struct zcf_producer_options options;
	struct zcf_format format;

	if (!setup)
		setup = &nothing;
	zcf_producer_options_init(&options);
	options.lease_deadline_ns = setup->lease_deadline_ns ? setup->lease_deadline_ns : TEST_NO_DEADLINE_NS;
	options.frame_interval_ns = setup->frame_interval_ns;
	if (setup->max_consumers)
		options.max_consumers = setup->max_consumers;
	snprintf(channel->name, sizeof(channel->name), "%s", name);
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, setup->width_pixels ? setup->width_pixels : 64,
				      setup->height_pixels ? setup->height_pixels : 64, 0),
		      0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, setup->buffer_count ? setup->buffer_count : 3, &channel->pool), 0);
	REQUIRE_EQUAL(zcf_producer_create(name, channel->pool, &options, &channel->producer), 0);
}

void test_channel_close(struct test_channel *channel)
{
	zcf_producer_destroy(channel->producer);
	zcf_pool_destroy(channel->pool);
}

static uint64_t stamp_word(uint64_t stamp, uint64_t place)
{
	return stamp * UINT64_C(0x9e3779b97f4a7c15) + place;
}

void test_stamp_write(struct zcf_buffer *buffer, uint64_t stamp)
{
	const struct zcf_format *format = zcf_buffer_get_format(buffer);

	for (uint32_t i = 0; i < format->plane_count; i++) {
		/* Volatile: a revoked reader may look on, and the compiler must not write anything in between. */
		volatile uint64_t *words = zcf_buffer_get_plane(buffer, i);

		for (uint64_t w = 0; w < format->planes[i].size_bytes / sizeof(*words); w++)
			words[w] = stamp_word(stamp, format->planes[i].offset_bytes + w);
	}
}

bool test_stamp_is(const struct zcf_frame *frame, uint64_t stamp)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;

	for (uint32_t i = 0; i < format->plane_count; i++) {
		const volatile uint64_t *words = zcf_frame_get_plane(frame, i);

		for (uint64_t w = 0; w < format->planes[i].size_bytes / sizeof(*words); w++)
			if (words[w] != stamp_word(stamp, format->planes[i].offset_bytes + w))
				return false;
	}
	return true;
}

uint64_t test_channel_try_publish(struct test_channel *channel)
{
	struct zcf_frame_metadata metadata = {0};
	struct zcf_buffer *buffer;
	int error = zcf_producer_dequeue(channel->producer, 0, 0, &buffer);

	if (error == -ENOBUFS)
		return 0;
	REQUIRE_EQUAL(error, 0);
	metadata.frame_number = test_channel_snapshot(channel)->published + 1;
	test_stamp_write(buffer, metadata.frame_number);
	REQUIRE_EQUAL(zcf_producer_publish(channel->producer, buffer, &metadata), 0);
	return metadata.frame_number;
}

uint64_t test_channel_publish(struct test_channel *channel)
{
	uint64_t sequence = test_channel_try_publish(channel);

	REQUIRE(sequence != 0);
	return sequence;
}

const struct zcf_snapshot *test_channel_snapshot(struct test_channel *channel)
{
	static struct zcf_snapshot snapshot;

	zcf_producer_get_snapshot(channel->producer, &snapshot);
	return &snapshot;
}

void test_channel_await_consumers(struct test_channel *channel, uint32_t count)
{
	while (zcf_producer_get_consumer_count(channel->producer) != count)
		REQUIRE_EQUAL(zcf_producer_wait(channel->producer, test_now_ns() + NS_PER_MS), 0);
}

static void *run_open(void *context)
{
	struct test_open *open = context;

	open->result = zcf_consumer_open(open->channel, &open->options, open->timeout_ns, &open->consumer);
	snprintf(open->detail, sizeof(open->detail), "%s", zcf_error_detail());
	atomic_store(&open->done, true);
	return NULL;
}

void test_open_start(struct test_open *open, const char *channel, const struct zcf_consumer_options *options,
		     int64_t timeout_ns)
{
	*open = (struct test_open){.channel = channel, .timeout_ns = timeout_ns};
	if (options)
		open->options = *options;
	else
		zcf_consumer_options_init(&open->options);
	REQUIRE_EQUAL(pthread_create(&open->thread, NULL, run_open, open), 0);
}

int test_open_finish(struct test_open *open, struct zcf_producer *producer)
{
	while (producer && !atomic_load(&open->done))
		zcf_producer_wait(producer, test_now_ns() + NS_PER_MS);
	REQUIRE_EQUAL(pthread_join(open->thread, NULL), 0);
	return open->result;
}

struct zcf_consumer *test_channel_attach(struct test_channel *channel, const struct zcf_consumer_options *options)
{
	struct test_open open;

	test_open_start(&open, channel->name, options, PATIENCE_NS);
	int error = test_open_finish(&open, channel->producer);
	if (error)
		print_error("open: %s\n", open.detail);
	REQUIRE_EQUAL(error, 0);
	return open.consumer;
}

struct zcf_frame *test_acquire_now(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame;

	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
	return frame;
}
