/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer that anticipates: the producer need not wake it, and it misses nothing whenever frames come. */
#include <errno.h>

#include "channel.h"
#include "test.h"

#define INTERVAL_NS (10 * NS_PER_MS)
/* Generous, so that it works beside a compiler. */
#define ANTICIPATE_NS UINT64_C(8000000)

struct reader {
	pthread_t thread;
	struct zcf_consumer *consumer;
	_Atomic uint64_t seen; /* The newest sequence. */
	atomic_bool stopping;
};

static void *read_frames(void *context)
{
	struct reader *reader = context;
	struct zcf_frame *frame;

	while (!reader->stopping) {
		int error = zcf_consumer_acquire(reader->consumer, INTERVAL_NS * 20, &frame);
		if (error == -EAGAIN || error == -EINTR)
			continue;
		REQUIRE_EQUAL(error, 0);
		reader->seen = zcf_frame_get_info(frame)->sequence;
		zcf_frame_release(frame);
	}
	return NULL;
}

static void start(struct reader *reader, struct test_channel *channel)
{
	struct zcf_consumer_options options;
	struct test_channel_setup setup = {.frame_interval_ns = INTERVAL_NS};

	test_channel_open(channel, "beat", &setup);
	zcf_consumer_options_init(&options);
	options.anticipate_ns = ANTICIPATE_NS;
	*reader = (struct reader){.consumer = test_channel_attach(channel, &options)};
	REQUIRE_EQUAL(pthread_create(&reader->thread, NULL, read_frames, reader), 0);
}

static void stop(struct reader *reader, struct test_channel *channel)
{
	reader->stopping = true;
	zcf_consumer_interrupt(reader->consumer);
	pthread_join(reader->thread, NULL);
	zcf_consumer_close(reader->consumer);
	test_channel_close(channel);
}

static void await(const struct reader *reader, uint64_t sequence)
{
	while (reader->seen < sequence)
		test_sleep_ns(NS_PER_MS / 10);
}

static void frames_at_a_beat_are_taken_without_a_wake_call(void **state)
{
	struct test_channel channel;
	struct reader reader;
	uint64_t due_ns = test_now_ns();
	const struct zcf_snapshot *snapshot;

	(void)state;
	start(&reader, &channel);
	/* However busy the machine is, sometimes it will be. */
	do {
		due_ns += INTERVAL_NS;
		test_sleep_ns((int64_t)(due_ns - test_now_ns()));
		uint64_t sequence = test_channel_publish(&channel);
		await(&reader, sequence);
		snapshot = test_channel_snapshot(&channel);
	} while (snapshot->wake_calls + 20 > snapshot->published);
	stop(&reader, &channel);
}

static void frames_at_no_beat_are_taken_too_each_of_them(void **state)
{
	struct test_channel channel;
	struct reader reader;
	uint32_t random = 1;

	(void)state;
	start(&reader, &channel);
	/* Now and then there is a beat, so that it begins to anticipate, and is deceived. */
	for (uint32_t i = 0; i < 150; i++) {
		random = random * 1664525u + 1013904223u;
		test_sleep_ns(i % 50 < 25 ? INTERVAL_NS / 3 : (int64_t)(random % (uint32_t)INTERVAL_NS));
		await(&reader, test_channel_publish(&channel));
	}
	stop(&reader, &channel);
}

static void an_interrupt_ends_an_acquire_that_anticipates(void **state)
{
	struct test_channel channel;
	struct reader reader;

	(void)state;
	start(&reader, &channel);
	for (uint32_t i = 0; i < 30; i++) {
		await(&reader, test_channel_publish(&channel));
		test_sleep_ns(INTERVAL_NS / 2);
	}
	stop(&reader, &channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_at_a_beat_are_taken_without_a_wake_call),
		TEST(frames_at_no_beat_are_taken_too_each_of_them),
		TEST(an_interrupt_ends_an_acquire_that_anticipates),
	};

	return TEST_RUN(tests);
}
