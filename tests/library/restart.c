/* SPDX-License-Identifier: Apache-2.0 */
/* A producer dies and another takes its place: consumers go on by themselves. Only the watchdog limits the time. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "test.h"

static void produce(void *context)
{
	struct test_channel_setup setup = {.width_pixels = *(uint32_t *)context, .frame_interval_ns = 5 * NS_PER_MS};
	struct test_channel channel;

	test_channel_open(&channel, "restart", &setup);
	test_child_report((int64_t)zcf_producer_get_epoch(channel.producer));
	for (;;) {
		REQUIRE_EQUAL(zcf_producer_wait(channel.producer, test_now_ns() + 5 * NS_PER_MS), 0);
		test_channel_try_publish(&channel);
	}
}

static void start_producer(struct test_child *producer, uint32_t width_pixels, uint64_t *ret_epoch)
{
	test_child_start(producer, produce, &width_pixels);
	*ret_epoch = (uint64_t)test_child_next_report(producer, NULL);
}

/* What a killed producer leaves for its successor is all there is. */
static void remove_socket_of_the_dead(void)
{
	char path[256];

	REQUIRE_EQUAL(test_runtime_directory_entries(), 1);
	snprintf(path, sizeof(path), "%s/restart.sock", test_runtime_directory());
	REQUIRE_EQUAL(unlink(path), 0);
}

static void a_waiting_consumer_goes_on_with_the_next_producer_and_is_told_of_the_break(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer_info consumer_info;
	struct zcf_consumer *consumer;
	struct test_child producer;
	struct zcf_frame *frame;
	uint64_t epoch, last_epoch = 0;
	uint32_t width_pixels = 64;

	(void)state;
	start_producer(&producer, width_pixels, &epoch);
	REQUIRE_EQUAL(zcf_consumer_open("restart", NULL, PATIENCE_NS, &consumer), 0);
	for (uint64_t life = 0; life < 4; life++) {
		uint64_t last_sequence = 0;

		for (int frames = 0; frames < 5;) {
			REQUIRE_EQUAL(zcf_consumer_acquire(consumer, frames % 2 ? -1 : PATIENCE_NS, &frame), 0);
			const struct zcf_frame_info *info = zcf_frame_get_info(frame);
			/* What the last life left may still come first. */
			if (info->epoch != epoch) {
				REQUIRE_EQUAL(info->epoch, last_epoch);
				REQUIRE_EQUAL(zcf_frame_release(frame), 0);
				continue;
			}
			REQUIRE_EQUAL(info->flags, life > 0 && frames == 0 ? ZCF_FRAME_DISCONTINUITY : 0);
			REQUIRE_EQUAL(info->sequence_gap, last_sequence ? info->sequence - last_sequence - 1 : 0);
			REQUIRE_EQUAL(info->format.width_pixels, width_pixels);
			REQUIRE(test_stamp_is(frame, info->sequence));
			last_sequence = info->sequence;
			REQUIRE_EQUAL(zcf_frame_release(frame), 0);
			frames++;
		}
		zcf_consumer_get_info(consumer, &consumer_info);
		REQUIRE_EQUAL(consumer_info.epoch, epoch);
		REQUIRE_EQUAL(consumer_info.format.width_pixels, width_pixels);
		zcf_consumer_get_counters(consumer, &counters);
		REQUIRE_EQUAL(counters.reattached, life);
		test_child_kill(&producer);
		last_epoch = epoch;
		width_pixels *= 2;
		start_producer(&producer, width_pixels, &epoch);
		REQUIRE(epoch != last_epoch);
	}
	test_child_kill(&producer);
	zcf_consumer_close(consumer);
	remove_socket_of_the_dead();
}

/* Every second frame: the first one is not wanted. */
static void consume_every_second(void *context)
{
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	zcf_consumer_options_init(&options);
	options.rate = *(bool *)context ? ZCF_RATE_EVERY_NTH : ZCF_RATE_EVERY_FRAME;
	options.rate_value = 2;
	REQUIRE_EQUAL(zcf_consumer_open("restart", &options, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	test_child_await_command();
	test_child_report(0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	REQUIRE(zcf_frame_get_info(frame)->flags & ZCF_FRAME_DISCONTINUITY);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
}

static void take_everything_back(struct test_channel *channel)
{
	struct zcf_buffer *buffers[ZCF_MAX_BUFFERS];
	uint32_t count = 0;

	while (zcf_producer_dequeue(channel->producer, 0, 0, &buffers[count]) == 0)
		count++;
	while (count > 0)
		zcf_producer_cancel(channel->producer, buffers[--count]);
}

/* The producer goes while its last frame is on the board, and this consumer will never take it. */
static void leave_with_a_frame_that_is_not_taken(bool wants_every_second)
{
	struct test_channel channel;
	struct test_child consumer;

	test_channel_open(&channel, "restart", NULL);
	test_child_start(&consumer, consume_every_second, &wants_every_second);
	test_child_next_report(&consumer, channel.producer);
	test_channel_publish(&channel);
	if (!wants_every_second)
		take_everything_back(&channel);
	test_child_command(&consumer, 0);
	test_child_next_report(&consumer, channel.producer);
	/* Most likely it sleeps by now. If it does not, the producer is gone a little earlier. */
	test_sleep_ns(50 * NS_PER_MS);
	test_channel_close(&channel);
	test_channel_open(&channel, "restart", NULL);
	test_channel_await_consumers(&channel, 1);
	test_channel_publish(&channel);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(test_child_finish(&consumer, channel.producer), 0);
	test_channel_close(&channel);
}

static void a_consumer_notices_the_end_of_a_producer_whose_last_frame_it_does_not_want(void **state)
{
	(void)state;
	leave_with_a_frame_that_is_not_taken(true);
}

static void a_consumer_notices_the_end_of_a_producer_whose_last_frame_was_withdrawn(void **state)
{
	(void)state;
	leave_with_a_frame_that_is_not_taken(false);
}

static void a_held_frame_of_a_dead_producer_stays_what_it_was(void **state)
{
	struct zcf_consumer *consumer;
	struct test_child producer;
	struct zcf_frame *old, *frame;
	uint64_t epoch, old_epoch;
	int error;

	(void)state;
	start_producer(&producer, 64, &old_epoch);
	REQUIRE_EQUAL(zcf_consumer_open("restart", NULL, PATIENCE_NS, &consumer), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &old), 0);
	test_child_kill(&producer);
	uint64_t sequence = zcf_frame_get_info(old)->sequence;
	/* Alone: it may hold no second frame of the old life, and then there is nobody. */
	while ((error = zcf_consumer_acquire(consumer, 20 * NS_PER_MS, &frame)) == -ENOBUFS)
		;
	while (error == -EAGAIN)
		error = zcf_consumer_acquire(consumer, 20 * NS_PER_MS, &frame);
	REQUIRE(error == -ENOTCONN || error == -ENOBUFS);
	start_producer(&producer, 128, &epoch);
	do
		error = zcf_consumer_acquire(consumer, PATIENCE_NS, &frame);
	while (error == -ENOBUFS);
	REQUIRE_EQUAL(error, 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->epoch, epoch);
	REQUIRE_EQUAL(zcf_frame_get_info(old)->epoch, old_epoch);
	for (int i = 0; i < 20; i++) {
		REQUIRE(test_stamp_is(old, sequence));
		REQUIRE_EQUAL(zcf_frame_check(old), 0);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	}
	REQUIRE_EQUAL(zcf_frame_release(old), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	test_child_kill(&producer);
	remove_socket_of_the_dead();
}

static void who_holds_all_it_may_goes_on_too_without_letting_go(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frame;
	int error;

	(void)state;
	test_channel_open(&channel, "restart", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *old = test_acquire_now(consumer);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -ENOBUFS);
	test_channel_close(&channel);
	/* A frame that it has not had is still on the board of the dead, and its only lease is in use. */
	while ((error = zcf_consumer_acquire(consumer, 0, &frame)) == -ENOBUFS)
		test_sleep_ns(NS_PER_MS);
	REQUIRE_EQUAL(error, -ENOTCONN);
	test_channel_open(&channel, "restart", NULL);
	while ((error = zcf_consumer_acquire(consumer, NS_PER_MS, &frame)) == -ENOTCONN)
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	REQUIRE_EQUAL(error, -EAGAIN);
	test_channel_publish(&channel);
	frame = test_acquire_now(consumer);
	REQUIRE(test_stamp_is(old, 1));
	REQUIRE_EQUAL(zcf_frame_release(old), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void without_a_producer_an_acquire_says_so_when_its_time_is_over(void **state)
{
	static const int64_t timeouts_ns[] = {0, NS_PER_MS, 30 * NS_PER_MS, 300 * NS_PER_MS};
	struct test_channel channel;
	struct zcf_consumer_info info;
	struct zcf_frame *frame;
	int error;

	(void)state;
	test_channel_open(&channel, "restart", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_close(&channel);
	do
		error = zcf_consumer_acquire(consumer, 0, &frame);
	while (error == -EAGAIN);
	REQUIRE_EQUAL(error, -ENOTCONN);
	for (size_t i = 0; i < sizeof(timeouts_ns) / sizeof(timeouts_ns[0]); i++) {
		uint64_t before_ns = test_now_ns();

		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, timeouts_ns[i], &frame), -ENOTCONN);
		REQUIRE((int64_t)(test_now_ns() - before_ns) >= timeouts_ns[i]);
		zcf_consumer_get_info(consumer, &info);
		REQUIRE_EQUAL(info.epoch, 0);
	}
	zcf_consumer_interrupt(consumer);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, -1, &frame), -EINTR);
	zcf_consumer_close(consumer);
}

/* Three ways of consuming. Each reports every new epoch that it sees. */
enum way { SLEEPS, POLLS, HOLDS };

static void consume(void *context)
{
	enum way way = *(enum way *)context;
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame = NULL, *last = NULL;
	uint64_t epoch = 0, last_epoch = 0;
	bool drained = true;

	zcf_consumer_options_init(&options);
	REQUIRE_EQUAL(zcf_consumer_open("restart", &options, PATIENCE_NS, &consumer), 0);
	struct pollfd poll_fd = {.fd = way == POLLS ? zcf_consumer_get_fd(consumer) : -1, .events = POLLIN};
	for (;;) {
		/* Poll when there was nothing more, as the header has it. */
		if (way == POLLS && drained)
			REQUIRE(poll(&poll_fd, 1, 20000) == 1);
		int error = zcf_consumer_acquire(consumer, way == POLLS ? 0 : PATIENCE_NS, &frame);
		drained = error < 0;
		if (way == POLLS && (error == -EAGAIN || error == -ENOTCONN))
			continue;
		if (way == HOLDS && error == -ENOBUFS) {
			test_sleep_ns(5 * NS_PER_MS);
			continue;
		}
		REQUIRE_EQUAL(error, 0);
		const struct zcf_frame_info *info = zcf_frame_get_info(frame);
		REQUIRE(test_stamp_is(frame, info->sequence));
		if (info->epoch != epoch) {
			REQUIRE_EQUAL(info->flags, epoch ? ZCF_FRAME_DISCONTINUITY : 0);
			last_epoch = epoch;
			epoch = info->epoch;
			test_child_report((int64_t)epoch);
		} else {
			REQUIRE_EQUAL(info->flags, 0);
		}
		REQUIRE(info->epoch != last_epoch);
		if (way != HOLDS) {
			REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		} else if (!last || zcf_frame_get_info(last)->epoch != epoch) {
			/* Keep the first of each life until the next. */
			if (last)
				REQUIRE(test_stamp_is(last, zcf_frame_get_info(last)->sequence));
			REQUIRE_EQUAL(zcf_frame_release(last), 0);
			last = frame;
		} else {
			REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		}
	}
}

static void sleepers_pollers_and_holders_all_go_on_by_themselves(void **state)
{
	struct test_child producer, consumers[6];
	uint64_t epoch;

	(void)state;
	start_producer(&producer, 64, &epoch);
	for (int i = 0; i < 6; i++) {
		enum way way = (enum way)(i % 3);

		test_child_start(&consumers[i], consume, &way);
	}
	for (int life = 0; life < 4; life++) {
		for (int i = 0; i < 6; i++)
			REQUIRE_EQUAL(test_child_next_report(&consumers[i], NULL), epoch);
		test_child_kill(&producer);
		/* Sometimes at once, sometimes long after everybody has noticed. */
		test_sleep_ns(life * 150 * NS_PER_MS);
		start_producer(&producer, 64, &epoch);
	}
	for (int i = 0; i < 6; i++) {
		REQUIRE_EQUAL(test_child_next_report(&consumers[i], NULL), epoch);
		test_child_kill(&consumers[i]);
	}
	test_child_kill(&producer);
	remove_socket_of_the_dead();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_waiting_consumer_goes_on_with_the_next_producer_and_is_told_of_the_break),
		TEST(a_consumer_notices_the_end_of_a_producer_whose_last_frame_it_does_not_want),
		TEST(a_consumer_notices_the_end_of_a_producer_whose_last_frame_was_withdrawn),
		TEST(a_held_frame_of_a_dead_producer_stays_what_it_was),
		TEST(who_holds_all_it_may_goes_on_too_without_letting_go),
		TEST(without_a_producer_an_acquire_says_so_when_its_time_is_over),
		TEST(sleepers_pollers_and_holders_all_go_on_by_themselves),
	};

	return TEST_RUN(tests);
}
