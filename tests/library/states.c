/* SPDX-License-Identifier: Apache-2.0 */
/* How the producer judges its consumers: live, slow, stuck; and what it says about its source. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "channel.h"
#include "child.h"
#include "test.h"

#define STUCK_AFTER_NS (20 * NS_PER_MS)

struct state_log {
	int count;
	uint32_t states[8];
	char details[8][128];
};

static void note_state(void *context, const struct zcf_event *event)
{
	struct state_log *log = context;

	if (event->kind != ZCF_EVENT_STATE)
		return;
	log->states[log->count] = event->consumer->state;
	strncpy(log->details[log->count++], event->detail, sizeof(log->details[0]) - 1);
}

static uint32_t judged(struct test_channel *channel, uint64_t stuck_after_ns)
{
	zcf_producer_judge_consumers(channel->producer, stuck_after_ns);
	return test_channel_snapshot(channel)->consumers[0].state;
}

static void one_that_keeps_a_frame_is_stuck_until_it_gives_it_back(void **state)
{
	const struct test_channel_setup setup = {.lease_deadline_ns = NS_PER_MS};
	struct state_log log = {0};
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "states", &setup);
	zcf_producer_set_listener(channel.producer, note_state, &log);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	REQUIRE_EQUAL(judged(&channel, STUCK_AFTER_NS), ZCF_CONSUMER_LIVE);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	REQUIRE_EQUAL(judged(&channel, TEST_NO_DEADLINE_NS), ZCF_CONSUMER_LIVE);
	/* Its lease is revoked, which gives the camera its buffer back; but it does not look. */
	test_sleep_ns(2 * STUCK_AFTER_NS);
	for (int i = 0; i < 4; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_check(frame), -ESTALE);
	REQUIRE_EQUAL(judged(&channel, STUCK_AFTER_NS), ZCF_CONSUMER_STUCK);
	REQUIRE_EQUAL(judged(&channel, STUCK_AFTER_NS), ZCF_CONSUMER_STUCK);
	REQUIRE_EQUAL(zcf_frame_release(frame), -ESTALE);
	/* For a moment it counts as slow, since it lost a frame. */
	REQUIRE_EQUAL(judged(&channel, STUCK_AFTER_NS), ZCF_CONSUMER_SLOW);
	while (judged(&channel, STUCK_AFTER_NS) != ZCF_CONSUMER_LIVE)
		test_sleep_ns(50 * NS_PER_MS);
	/* Each change was told once. */
	REQUIRE_EQUAL(log.count, 3);
	REQUIRE_EQUAL(log.states[0], ZCF_CONSUMER_STUCK);
	REQUIRE(strstr(log.details[0], "does not give a frame back") != NULL);
	REQUIRE_EQUAL(log.states[1], ZCF_CONSUMER_SLOW);
	REQUIRE_EQUAL(log.states[2], ZCF_CONSUMER_LIVE);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void one_that_misses_frames_is_slow_unless_it_said_so(void **state)
{
	struct zcf_consumer_options options;
	struct test_channel channel;

	(void)state;
	for (int copies = 0; copies < 2; copies++) {
		test_channel_open(&channel, "states", NULL);
		/* Those before it came are not counted for it. */
		for (int i = 0; i < 100; i++)
			test_channel_publish(&channel);
		zcf_consumer_options_init(&options);
		options.copy_out = copies;
		struct zcf_consumer *consumer = test_channel_attach(&channel, &options);
		for (int i = 0; i < 20; i++) {
			test_channel_publish(&channel);
			if (i % 4 == 0)
				REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
		}
		REQUIRE_EQUAL(judged(&channel, STUCK_AFTER_NS), copies ? ZCF_CONSUMER_LIVE : ZCF_CONSUMER_SLOW);
		zcf_consumer_close(consumer);
		test_channel_close(&channel);
	}
}

static void what_was_missed_under_another_producer_is_forgotten(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frame;
	int error;

	(void)state;
	test_channel_open(&channel, "states", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int i = 0; i < 41; i++) {
		test_channel_publish(&channel);
		if (i % 40 == 0)
			REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	}
	test_channel_close(&channel);
	test_channel_open(&channel, "states", NULL);
	do {
		zcf_producer_wait(channel.producer, test_now_ns() + NS_PER_MS);
		error = zcf_consumer_acquire(consumer, 0, &frame);
	} while (error == -ENOTCONN || zcf_producer_get_consumer_count(channel.producer) == 0);
	REQUIRE_EQUAL(error, -EAGAIN);
	for (int i = 0; i < 10; i++) {
		test_channel_publish(&channel);
		REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	}
	REQUIRE_EQUAL(judged(&channel, STUCK_AFTER_NS), ZCF_CONSUMER_LIVE);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void attach_and_wait(void *context)
{
	struct zcf_consumer *consumer;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("states", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(1);
	test_child_await_command();
	zcf_consumer_close(consumer);
}

static void one_whose_process_is_stopped_is_stuck_while_it_is(void **state)
{
	struct test_channel channel;
	struct test_child child;
	struct state_log log = {0};

	(void)state;
	test_channel_open(&channel, "states", NULL);
	zcf_producer_set_listener(channel.producer, note_state, &log);
	test_child_start(&child, attach_and_wait, NULL);
	test_child_next_report(&child, channel.producer);
	REQUIRE_EQUAL(judged(&channel, TEST_NO_DEADLINE_NS), ZCF_CONSUMER_LIVE);
	test_child_signal(&child, SIGSTOP);
	while (judged(&channel, TEST_NO_DEADLINE_NS) != ZCF_CONSUMER_STUCK)
		test_sleep_ns(NS_PER_MS);
	REQUIRE(strstr(log.details[0], "stopped") != NULL);
	test_child_signal(&child, SIGCONT);
	while (judged(&channel, TEST_NO_DEADLINE_NS) != ZCF_CONSUMER_LIVE)
		test_sleep_ns(NS_PER_MS);
	test_child_command(&child, 0);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	test_channel_close(&channel);
}

static void one_that_is_expelled_loses_its_leases_at_once_and_may_come_back(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "states", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	frame = test_acquire_now(consumer);
	uint64_t id = test_channel_snapshot(&channel)->consumers[0].id;
	REQUIRE_EQUAL(zcf_producer_expel(channel.producer, id, "for a test"), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
	REQUIRE_EQUAL(zcf_producer_expel(channel.producer, id, "for a test"), -ENOENT);
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 0);
	for (int i = 0; i < 4; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_release(frame), -ESTALE);
	/* A frame is there, but it is not for one who is not attached. */
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -ENOTCONN);
	while (zcf_consumer_acquire(consumer, 0, &frame) != 0)
		REQUIRE_EQUAL(zcf_producer_wait(channel.producer, test_now_ns() + NS_PER_MS), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void consumers_and_snapshots_see_whether_the_source_brings_frames(void **state)
{
	struct zcf_consumer_info info;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "states", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int silent = 0; silent < 4; silent++) {
		zcf_producer_set_source_state(channel.producer, silent % 2 ? ZCF_SOURCE_SILENT : ZCF_SOURCE_DELIVERS);
		zcf_consumer_get_info(consumer, &info);
		REQUIRE_EQUAL(info.source_state, silent % 2);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->source_state, silent % 2);
	}
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->source_silences, 2);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_keeps_a_frame_is_stuck_until_it_gives_it_back),
		TEST(one_that_misses_frames_is_slow_unless_it_said_so),
		TEST(what_was_missed_under_another_producer_is_forgotten),
		TEST(one_whose_process_is_stopped_is_stuck_while_it_is),
		TEST(one_that_is_expelled_loses_its_leases_at_once_and_may_come_back),
		TEST(consumers_and_snapshots_see_whether_the_source_brings_frames),
	};

	return TEST_RUN(tests);
}
