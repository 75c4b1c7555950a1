/* SPDX-License-Identifier: Apache-2.0 */
/* Which frame an acquire gives: the newest, the next, those of a rate; and what it says of those in between. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "child.h"
#include "test.h"

static struct zcf_consumer *attach_with_rate(struct test_channel *channel, enum zcf_rate rate, uint32_t value)
{
	struct zcf_consumer_options options;

	zcf_consumer_options_init(&options);
	options.rate = rate;
	options.rate_value = value;
	return test_channel_attach(channel, &options);
}

/* The sequence of the frame that is there now, released at once; 0 if there is none. */
static uint64_t take(struct zcf_consumer *consumer, bool next, uint64_t *ret_gap)
{
	struct zcf_frame *frame;
	int error = next ? zcf_consumer_acquire_next(consumer, 0, &frame) : zcf_consumer_acquire(consumer, 0, &frame);

	if (error == -EAGAIN)
		return 0;
	REQUIRE_EQUAL(error, 0);
	uint64_t sequence = zcf_frame_get_info(frame)->sequence;
	if (ret_gap)
		*ret_gap = zcf_frame_get_info(frame)->sequence_gap;
	REQUIRE(test_stamp_is(frame, sequence));
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	return sequence;
}

static void the_newest_frame_comes_first_and_none_comes_twice(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 5};
	struct zcf_consumer_counters counters;
	struct test_channel channel;
	uint64_t gap;

	(void)state;
	test_channel_open(&channel, "order", &setup);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	REQUIRE_EQUAL(take(consumer, false, NULL), 0);
	for (int i = 0; i < 3; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(take(consumer, false, &gap), 3);
	REQUIRE_EQUAL(gap, 0); /* the first one of all has no gap before it */
	REQUIRE_EQUAL(take(consumer, false, NULL), 0);
	REQUIRE_EQUAL(take(consumer, true, NULL), 0);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(take(consumer, false, &gap), 4);
	REQUIRE_EQUAL(gap, 0);
	for (int i = 0; i < 8; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(take(consumer, false, &gap), 12);
	REQUIRE_EQUAL(gap, 7);
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.acquired, 3);
	REQUIRE_EQUAL(counters.missed, 7);
	REQUIRE_EQUAL(counters.stale, 0);
	REQUIRE_EQUAL(counters.reattached, 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void the_next_frame_is_the_oldest_that_is_still_there(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 4};
	struct test_channel channel;
	uint64_t gap;

	(void)state;
	test_channel_open(&channel, "order", &setup);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int i = 0; i < 3; i++)
		test_channel_publish(&channel);
	for (uint64_t sequence = 1; sequence <= 3; sequence++)
		REQUIRE_EQUAL(take(consumer, true, NULL), sequence);
	REQUIRE_EQUAL(take(consumer, true, NULL), 0);
	for (int i = 0; i < 10; i++)
		test_channel_publish(&channel);
	/* Four buffers hold the last four: 10, 11, 12, 13. */
	REQUIRE_EQUAL(take(consumer, true, &gap), 10);
	REQUIRE_EQUAL(gap, 6);
	REQUIRE_EQUAL(take(consumer, true, &gap), 11);
	REQUIRE_EQUAL(gap, 0);
	/* The newest passes over what is older ... */
	REQUIRE_EQUAL(take(consumer, false, &gap), 13);
	REQUIRE_EQUAL(gap, 1);
	/* ... for good. */
	REQUIRE_EQUAL(take(consumer, true, NULL), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_frame_says_how_many_camera_frames_were_lost_before_it(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "order", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	zcf_producer_skip(channel.producer, 3);
	zcf_producer_skip(channel.producer, 2);
	test_channel_publish(&channel);
	frame = test_acquire_now(consumer);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->skipped_before, 5);
	zcf_frame_release(frame);
	test_channel_publish(&channel);
	frame = test_acquire_now(consumer);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->skipped_before, 0);
	zcf_frame_release(frame);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->skipped, 5);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void every_nth_gives_multiples_of_n_only(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 5};
	struct zcf_consumer_counters counters;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "order", &setup);
	struct zcf_consumer *third = attach_with_rate(&channel, ZCF_RATE_EVERY_NTH, 3);
	struct zcf_consumer *all = attach_with_rate(&channel, ZCF_RATE_EVERY_NTH, 1);
	for (uint64_t sequence = 1; sequence <= 30; sequence++) {
		test_channel_publish(&channel);
		REQUIRE_EQUAL(take(third, sequence % 2, NULL), sequence % 3 == 0 ? sequence : 0);
		REQUIRE_EQUAL(take(all, sequence % 2, NULL), sequence);
	}
	/* 31 to 40: 33 and 36 are gone, 39 is not the newest but is there. */
	for (int i = 0; i < 10; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(take(third, false, NULL), 39);
	zcf_consumer_get_counters(third, &counters);
	REQUIRE_EQUAL(counters.acquired, 11);
	REQUIRE_EQUAL(counters.missed, 2);
	zcf_consumer_close(third);
	zcf_consumer_close(all);
	test_channel_close(&channel);
}

static void newest_only_never_looks_back(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 4};
	struct zcf_consumer_counters counters;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "order", &setup);
	struct zcf_consumer *consumer = attach_with_rate(&channel, ZCF_RATE_NEWEST_ONLY, 0);
	for (int i = 0; i < 3; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(take(consumer, true, NULL), 3);
	REQUIRE_EQUAL(take(consumer, true, NULL), 0);
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.missed, 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void at_most_so_many_a_second_leaves_out_what_comes_too_soon(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frame;
	uint64_t last_ns;

	(void)state;
	test_channel_open(&channel, "order", NULL);
	/* 20 a second. */
	struct zcf_consumer *consumer = attach_with_rate(&channel, ZCF_RATE_AT_MOST_MILLIHERTZ, 20000);
	test_channel_publish(&channel);
	frame = test_acquire_now(consumer);
	last_ns = zcf_frame_get_info(frame)->publish_time_ns;
	zcf_frame_release(frame);
	for (int count = 0; count < 5;) {
		test_channel_publish(&channel);
		int error = zcf_consumer_acquire(consumer, 0, &frame);
		if (error == -EAGAIN) {
			test_sleep_ns(NS_PER_MS);
			continue;
		}
		REQUIRE_EQUAL(error, 0);
		REQUIRE(zcf_frame_get_info(frame)->publish_time_ns - last_ns >= 50 * (uint64_t)NS_PER_MS);
		/* The beat is kept, so the next may come a little less than 50 ms after this late one. */
		last_ns += 50 * NS_PER_MS;
		if (last_ns + 50 * NS_PER_MS < zcf_frame_get_info(frame)->publish_time_ns)
			last_ns = zcf_frame_get_info(frame)->publish_time_ns - 50 * NS_PER_MS;
		zcf_frame_release(frame);
		count++;
	}
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* Of a camera at the very rate that was asked for, no frame is to be left out because it came a little early. */
static void at_most_so_many_a_second_takes_a_frame_that_is_early_by_less_than_half_an_interval(void **state)
{
	struct test_channel_setup setup = {.frame_interval_ns = 400 * NS_PER_MS};
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "order", &setup);
	struct zcf_consumer *consumer = attach_with_rate(&channel, ZCF_RATE_AT_MOST_MILLIHERTZ, 2500);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	test_sleep_ns(250 * NS_PER_MS);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void the_average_of_at_most_so_many_a_second_is_what_was_asked_for(void **state)
{
	struct test_channel_setup setup = {.frame_interval_ns = 4 * NS_PER_MS};
	struct test_channel channel;
	int published = 0, acquired = 0;

	(void)state;
	test_channel_open(&channel, "order", &setup);
	/* 100 a second of 250: every 10 ms where a frame comes every 4. */
	struct zcf_consumer *consumer = attach_with_rate(&channel, ZCF_RATE_AT_MOST_MILLIHERTZ, 100000);
	uint64_t begin_ns = test_now_ns(), next_ns = begin_ns;
	while (published < 150) {
		REQUIRE_EQUAL(zcf_producer_wait(channel.producer, next_ns), 0);
		next_ns += 4 * NS_PER_MS;
		test_channel_publish(&channel);
		published++;
		acquired += take(consumer, false, NULL) != 0;
	}
	uint64_t elapsed_ns = test_now_ns() - begin_ns;
	/* One for each beat, and one more at the start; where the machine stalled there were no frames to take. */
	REQUIRE((uint64_t)acquired <= elapsed_ns / (10 * NS_PER_MS) + 2);
	REQUIRE(acquired >= 150 * 4 / 10 / 2);
	REQUIRE(acquired < published);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* A child that sleeps in an acquire with the rate "every tenth", and reports each sequence. */
static void sleep_for_every_tenth(void *context)
{
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)context;
	zcf_consumer_options_init(&options);
	options.rate = ZCF_RATE_EVERY_NTH;
	options.rate_value = 10;
	REQUIRE_EQUAL(zcf_consumer_open("order", &options, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	for (;;) {
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
		int64_t sequence = (int64_t)zcf_frame_get_info(frame)->sequence;
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		test_child_report(sequence);
	}
}

static void a_sleeper_is_woken_for_the_frames_it_wants_and_no_others(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_channel_open(&channel, "order", NULL);
	test_child_start(&child, sleep_for_every_tenth, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 0);
	for (uint64_t sequence = 1; sequence <= 100; sequence++) {
		/* Time for it to fall asleep, or to be woken by mistake. */
		test_sleep_ns(2 * NS_PER_MS);
		test_channel_publish(&channel);
		if (sequence % 10 == 0)
			REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), sequence);
	}
	REQUIRE(test_channel_snapshot(&channel)->wake_calls <= 10);
	REQUIRE(test_channel_snapshot(&channel)->wake_calls >= 5); /* it did sleep */
	test_child_kill(&child);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void a_sleeper_that_missed_the_frame_it_wanted_sleeps_on_until_the_next_such(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_channel_open(&channel, "order", NULL);
	/* Attached late: 10 is gone, three newer ones are there. */
	for (int i = 0; i < 13; i++)
		test_channel_publish(&channel);
	test_child_start(&child, sleep_for_every_tenth, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 0);
	for (uint64_t sequence = 14; sequence <= 20; sequence++) {
		test_sleep_ns(20 * NS_PER_MS);
		test_channel_publish(&channel);
	}
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 20);
	REQUIRE(test_channel_snapshot(&channel)->wake_calls <= 1);
	test_child_kill(&child);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_newest_frame_comes_first_and_none_comes_twice),
		TEST(the_next_frame_is_the_oldest_that_is_still_there),
		TEST(a_frame_says_how_many_camera_frames_were_lost_before_it),
		TEST(every_nth_gives_multiples_of_n_only),
		TEST(newest_only_never_looks_back),
		TEST(at_most_so_many_a_second_leaves_out_what_comes_too_soon),
		TEST(at_most_so_many_a_second_takes_a_frame_that_is_early_by_less_than_half_an_interval),
		TEST(the_average_of_at_most_so_many_a_second_is_what_was_asked_for),
		TEST(a_sleeper_is_woken_for_the_frames_it_wants_and_no_others),
		TEST(a_sleeper_that_missed_the_frame_it_wanted_sleeps_on_until_the_next_such),
	};

	return TEST_RUN(tests);
}
