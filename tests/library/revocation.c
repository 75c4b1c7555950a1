/* SPDX-License-Identifier: Apache-2.0 */
/* A lease that is past its deadline ends; its holder learns of it, and only its holder is concerned. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "child.h"
#include "test.h"

#define DEADLINE_NS (40 * NS_PER_MS)

static const struct test_channel_setup setup = {.lease_deadline_ns = DEADLINE_NS};

static struct zcf_consumer *attach_with_deadline(struct test_channel *channel, uint64_t deadline_ns)
{
	struct zcf_consumer_options options;

	zcf_consumer_options_init(&options);
	options.lease_deadline_ns = deadline_ns;
	return test_channel_attach(channel, &options);
}

/* Make a camera run dry: publish until every buffer has been used again, which takes what can be taken. */
static void publish_around(struct test_channel *channel)
{
	for (int i = 0; i < 6; i++)
		REQUIRE(test_channel_try_publish(channel) != 0);
}

struct revocation_log {
	int count;
	uint64_t sequence;
};

static void note_revocation(void *context, const struct zcf_event *event)
{
	struct revocation_log *log = context;

	if (event->kind != ZCF_EVENT_REVOKED)
		return;
	log->count++;
	log->sequence = event->sequence;
}

static void a_lease_past_its_deadline_is_revoked_and_its_holder_learns_it(void **state)
{
	struct zcf_consumer_counters counters;
	struct revocation_log log = {0};
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "late", &setup);
	zcf_producer_set_listener(channel.producer, note_revocation, &log);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_check(frame), 0);
	test_sleep_ns(DEADLINE_NS + 5 * NS_PER_MS);
	/* Late, and as long as nobody asked for the buffer nothing has happened. */
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].leases[0].overdue, 1);
	REQUIRE_EQUAL(zcf_frame_check(frame), 0);
	publish_around(&channel);
	REQUIRE_EQUAL(zcf_frame_check(frame), -ESTALE);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, 1);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].revoked, 1);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->skipped, 0);
	REQUIRE_EQUAL(log.count, 1);
	REQUIRE_EQUAL(log.sequence, 1);
	/* The pixels are a later frame's; the memory is still there. */
	REQUIRE(!test_stamp_is(frame, 1));
	zcf_frame_ref(frame);
	REQUIRE_EQUAL(zcf_frame_release(frame), -ESTALE);
	REQUIRE_EQUAL(zcf_frame_release(frame), -ESTALE);
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.stale, 1);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].stale, 1);
	/* It is not a punishment. */
	frame = test_acquire_now(consumer);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_frame_is_protected_by_the_last_holder_that_is_in_time(void **state)
{
	struct test_channel channel;

	(void)state;
	/* A consumer's own deadline may be shorter than the channel's. */
	test_channel_open(&channel, "late", &(struct test_channel_setup){.lease_deadline_ns = PATIENCE_NS});
	struct zcf_consumer *late = attach_with_deadline(&channel, NS_PER_MS);
	struct zcf_consumer *in_time = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *late_frame = test_acquire_now(late);
	struct zcf_frame *good_frame = test_acquire_now(in_time);
	test_sleep_ns(10 * NS_PER_MS);
	publish_around(&channel);
	REQUIRE_EQUAL(zcf_frame_check(late_frame), 0);
	REQUIRE_EQUAL(zcf_frame_check(good_frame), 0);
	REQUIRE(test_stamp_is(good_frame, 1));
	REQUIRE_EQUAL(zcf_frame_release(good_frame), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, 0);
	/* Now only the late one is left. */
	publish_around(&channel);
	REQUIRE_EQUAL(zcf_frame_release(late_frame), -ESTALE);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, 1);
	zcf_consumer_close(late);
	zcf_consumer_close(in_time);
	test_channel_close(&channel);
}

static void the_newest_frame_too_is_taken_from_a_late_holder_when_no_other_buffer_is_left(void **state)
{
	struct test_channel channel;
	struct zcf_buffer *buffers[3];

	(void)state;
	test_channel_open(&channel, "late", &setup);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffers[i]), 0);
	REQUIRE(zcf_producer_dequeue(channel.producer, 0, 0, &buffers[2]) < 0);
	test_sleep_ns(DEADLINE_NS + 5 * NS_PER_MS);
	REQUIRE(zcf_producer_dequeue(channel.producer, ZCF_DEQUEUE_KEEP_NEWEST, 0, &buffers[2]) < 0);
	REQUIRE_EQUAL(zcf_frame_check(frame), 0);
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffers[2]), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), -ESTALE);
	for (int i = 0; i < 3; i++)
		REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, buffers[i]), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_dequeue_that_waits_is_over_when_the_deadline_is(void **state)
{
	struct test_channel channel;
	struct zcf_consumer *consumers[3];
	struct zcf_frame *frames[3];
	struct zcf_buffer *buffer;

	(void)state;
	test_channel_open(&channel, "late", &setup);
	for (int i = 0; i < 3; i++)
		consumers[i] = test_channel_attach(&channel, NULL);
	for (int i = 0; i < 3; i++) {
		test_channel_publish(&channel);
		frames[i] = test_acquire_now(consumers[i]);
	}
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, -1, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, buffer), 0);
	REQUIRE_EQUAL(zcf_frame_release(frames[0]), -ESTALE);
	for (int i = 1; i < 3; i++)
		zcf_frame_release(frames[i]);
	for (int i = 0; i < 3; i++)
		zcf_consumer_close(consumers[i]);
	test_channel_close(&channel);
}

static void a_lease_on_an_old_frame_has_its_whole_deadline_too(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	/* A consumer that works off a backlog takes frames that were followed by others long ago. */
	test_channel_open(&channel, "late",
			  &(struct test_channel_setup){.lease_deadline_ns = 400 * NS_PER_MS, .buffer_count = 6});
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int i = 0; i < 6; i++)
		test_channel_publish(&channel);
	test_sleep_ns(900 * NS_PER_MS);
	REQUIRE_EQUAL(zcf_consumer_acquire_next(consumer, 0, &frame), 0);
	uint64_t begin_ns = test_now_ns();
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->sequence, 1);
	for (int i = 0; i < 20; i++) {
		REQUIRE(test_channel_try_publish(&channel) != 0);
		bool intact = test_stamp_is(frame, 1);
		int verdict = zcf_frame_check(frame);
		/* Unless this machine slept through the whole deadline. */
		if (test_now_ns() - begin_ns < 400 * (uint64_t)NS_PER_MS) {
			REQUIRE_EQUAL(verdict, 0);
			REQUIRE(intact);
		}
		test_sleep_ns(5 * NS_PER_MS);
	}
	zcf_frame_release(frame);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void hold_one_frame(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("late", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	test_child_report((int64_t)zcf_frame_get_info(frame)->sequence);
	test_child_await_command();
	/* Here we were stopped. */
	test_child_report(zcf_frame_check(frame));
	test_child_report(zcf_frame_release(frame));
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
	test_child_report(zcf_frame_release(frame));
	zcf_consumer_close(consumer);
}

static void a_stopped_holder_loses_its_frame_and_learns_it_when_it_goes_on(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_channel_open(&channel, "late", &setup);
	test_child_start(&child, hold_one_frame, NULL);
	test_child_next_report(&child, channel.producer);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 1);
	test_child_signal(&child, SIGSTOP);
	test_sleep_ns(DEADLINE_NS + 5 * NS_PER_MS);
	publish_around(&channel);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, 1);
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 1);
	test_child_command(&child, 0);
	test_child_signal(&child, SIGCONT);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), -ESTALE);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), -ESTALE);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 0);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	test_channel_close(&channel);
}

static void several_slow_consumers_cost_the_camera_frames_until_their_deadlines_and_no_longer(void **state)
{
	struct zcf_consumer *consumers[3];
	struct zcf_frame *frames[3];
	struct test_channel channel;
	uint64_t lost = 0;

	(void)state;
	test_channel_open(&channel, "late", &setup);
	for (int i = 0; i < 3; i++)
		consumers[i] = test_channel_attach(&channel, NULL);
	/* Between them they hold all three buffers, and none of them ever lets go. */
	for (int i = 0; i < 3; i++) {
		REQUIRE(test_channel_try_publish(&channel) != 0);
		REQUIRE_EQUAL(zcf_consumer_acquire(consumers[i], 0, &frames[i]), 0);
	}
	uint64_t last_acquired_ns = test_now_ns();
	while (test_channel_try_publish(&channel) == 0) {
		lost++;
		/* By then every one of them is past its deadline. */
		REQUIRE(test_now_ns() < last_acquired_ns + 2 * DEADLINE_NS || test_channel_try_publish(&channel) != 0);
		test_sleep_ns(NS_PER_MS);
	}
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
	REQUIRE_EQUAL(snapshot->skipped, lost);
	for (int i = 0; i < 3; i++)
		REQUIRE_EQUAL(snapshot->consumers[i].skips_caused, lost);
	for (int i = 0; i < 3; i++) {
		zcf_frame_release(frames[i]);
		zcf_consumer_close(consumers[i]);
	}
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(several_slow_consumers_cost_the_camera_frames_until_their_deadlines_and_no_longer),
		TEST(a_lease_past_its_deadline_is_revoked_and_its_holder_learns_it),
		TEST(a_frame_is_protected_by_the_last_holder_that_is_in_time),
		TEST(the_newest_frame_too_is_taken_from_a_late_holder_when_no_other_buffer_is_left),
		TEST(a_dequeue_that_waits_is_over_when_the_deadline_is),
		TEST(a_lease_on_an_old_frame_has_its_whole_deadline_too),
		TEST(a_stopped_holder_loses_its_frame_and_learns_it_when_it_goes_on),
	};

	return TEST_RUN(tests);
}
