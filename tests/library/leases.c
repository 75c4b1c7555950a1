/* SPDX-License-Identifier: Apache-2.0 */
/* While a frame is held its buffer is nobody else's. Nothing here runs out by time; see revocation.c for that. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "child.h"
#include "test.h"

static struct zcf_consumer *attach_with_leases(struct test_channel *channel, uint32_t max_leases)
{
	struct zcf_consumer_options options;

	zcf_consumer_options_init(&options);
	options.max_leases = max_leases;
	return test_channel_attach(channel, &options);
}

static void a_held_buffer_is_never_handed_to_the_source(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "leases", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int round = 0; round < 50; round++) {
		test_channel_publish(&channel);
		struct zcf_frame *frame = test_acquire_now(consumer);
		uint32_t held = zcf_frame_get_info(frame)->buffer_index;
		for (int i = 0; i < 20; i++) {
			struct zcf_buffer *buffer;

			REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffer), 0);
			REQUIRE(zcf_buffer_get_index(buffer) != held);
			REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, buffer), 0);
			test_channel_publish(&channel);
		}
		REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
		REQUIRE_EQUAL(zcf_frame_check(frame), 0);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	}
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

struct grant_log {
	uint32_t granted_leases[8];
	int count;
};

static void note_grant(void *context, const struct zcf_event *event)
{
	struct grant_log *log = context;

	REQUIRE_EQUAL(event->buffer_count, 5);
	if (event->kind == ZCF_EVENT_ATTACHED)
		log->granted_leases[log->count++] = event->granted_leases;
}

static void who_may_hold_how_many_is_said_when_a_consumer_attaches(void **state)
{
	static const uint32_t wanted[] = {1, 2, 8}, granted_together[] = {1, 3, 6};
	const struct test_channel_setup setup = {.buffer_count = 5};
	struct zcf_consumer *consumers[3];
	struct zcf_consumer_info info;
	struct test_channel channel;
	struct grant_log log = {0};

	(void)state;
	test_channel_open(&channel, "leases", &setup);
	zcf_producer_set_listener(channel.producer, note_grant, &log);
	for (int i = 0; i < 3; i++) {
		consumers[i] = attach_with_leases(&channel, wanted[i]);
		/* The consumer, the producer's program, and whoever asks for a snapshot. */
		zcf_consumer_get_info(consumers[i], &info);
		REQUIRE_EQUAL(info.granted_leases, granted_together[i]);
		REQUIRE_EQUAL(log.granted_leases[i], granted_together[i]);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->granted_leases, granted_together[i]);
	}
	zcf_consumer_close(consumers[2]);
	test_channel_await_consumers(&channel, 2);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->granted_leases, 3);
	zcf_consumer_close(consumers[0]);
	zcf_consumer_close(consumers[1]);
	test_channel_close(&channel);
}

struct skip_log {
	int count;
	uint64_t sequences[8];
};

static void note_skip(void *context, const struct zcf_event *event)
{
	struct skip_log *log = context;

	if (event->kind == ZCF_EVENT_SKIPPED)
		log->sequences[log->count++] = event->sequence;
}

static void a_camera_frame_without_a_buffer_is_counted_and_charged_to_each_holder(void **state)
{
	struct test_channel channel;
	struct zcf_consumer *consumers[4];
	struct zcf_frame *frames[3], *frame;
	struct skip_log log = {0};

	(void)state;
	test_channel_open(&channel, "leases", NULL);
	for (int i = 0; i < 4; i++)
		consumers[i] = test_channel_attach(&channel, NULL);
	for (int i = 0; i < 3; i++) {
		test_channel_publish(&channel);
		frames[i] = test_acquire_now(consumers[i]);
	}
	zcf_producer_set_listener(channel.producer, note_skip, &log);
	for (int lost = 1; lost <= 2; lost++) {
		REQUIRE_EQUAL(test_channel_try_publish(&channel), 0);
		const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
		REQUIRE_EQUAL(snapshot->skipped, lost);
		REQUIRE_EQUAL(snapshot->held_buffers, 3);
		for (int i = 0; i < 4; i++)
			REQUIRE_EQUAL(snapshot->consumers[i].skips_caused, i < 3 ? lost : 0);
	}
	REQUIRE_EQUAL(log.count, 6);
	REQUIRE_EQUAL(log.sequences[0] + log.sequences[1] + log.sequences[2], 1 + 2 + 3);
	REQUIRE_EQUAL(zcf_frame_release(frames[1]), 0);
	REQUIRE_EQUAL(test_channel_publish(&channel), 4);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumers[3], 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->skipped_before, 2);
	zcf_frame_release(frame);
	REQUIRE_EQUAL(zcf_frame_release(frames[0]), 0);
	REQUIRE_EQUAL(zcf_frame_release(frames[2]), 0);
	for (int i = 0; i < 4; i++)
		zcf_consumer_close(consumers[i]);
	test_channel_close(&channel);
}

static void who_holds_two_buffers_is_charged_once_for_a_lost_frame(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 4};
	struct zcf_consumer_options options;
	struct zcf_consumer *consumers[2];
	struct test_channel channel;
	struct zcf_frame *frames[4];

	(void)state;
	test_channel_open(&channel, "leases", &setup);
	zcf_consumer_options_init(&options);
	options.max_leases = 2;
	for (int i = 0; i < 2; i++)
		consumers[i] = test_channel_attach(&channel, &options);
	for (int i = 0; i < 4; i++) {
		test_channel_publish(&channel);
		frames[i] = test_acquire_now(consumers[i / 2]);
	}
	REQUIRE_EQUAL(test_channel_try_publish(&channel), 0);
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[i].skips_caused, 1);
	for (int i = 0; i < 4; i++)
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
	for (int i = 0; i < 2; i++)
		zcf_consumer_close(consumers[i]);
	test_channel_close(&channel);
}

/* It is closed to others only when a newer one has been there for a deadline. */
static void an_old_frame_that_somebody_holds_is_offered_to_others_too(void **state)
{
	struct test_channel_setup setup = {.lease_deadline_ns = PATIENCE_NS};
	struct zcf_consumer *first, *second;
	struct zcf_frame *frame, *same;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "leases", &setup);
	first = test_channel_attach(&channel, NULL);
	second = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	frame = test_acquire_now(first);
	for (int i = 0; i < 3; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_consumer_acquire_next(second, 0, &same), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(same)->sequence, 1);
	REQUIRE_EQUAL(zcf_frame_release(same), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(first);
	zcf_consumer_close(second);
	test_channel_close(&channel);
}

static void a_consumer_holds_as_many_frames_as_it_was_granted(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 5};
	struct zcf_frame *frames[3], *frame;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "leases", &setup);
	struct zcf_consumer *consumer = attach_with_leases(&channel, 3);
	for (int i = 0; i < 3; i++) {
		test_channel_publish(&channel);
		frames[i] = test_acquire_now(consumer);
	}
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -ENOBUFS);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), -ENOBUFS);
	REQUIRE(strstr(zcf_error_detail(), "release one first") != NULL);
	/* All of it on record. */
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
	REQUIRE_EQUAL(snapshot->consumers[0].lease_count, 3);
	uint64_t sum = 0;
	for (int i = 0; i < 3; i++) {
		sum += snapshot->consumers[0].leases[i].sequence;
		REQUIRE_EQUAL(snapshot->consumers[0].leases[i].overdue, 0);
	}
	REQUIRE_EQUAL(sum, 1 + 2 + 3);
	/* In any order. */
	REQUIRE_EQUAL(zcf_frame_release(frames[1]), 0);
	frames[1] = test_acquire_now(consumer);
	REQUIRE_EQUAL(zcf_frame_get_info(frames[1])->sequence, 4);
	for (int i = 2; i >= 0; i--) {
		REQUIRE(test_stamp_is(frames[i], zcf_frame_get_info(frames[i])->sequence));
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
	}
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void the_newest_frame_is_the_last_to_be_taken_back_and_can_be_spared(void **state)
{
	struct zcf_frame_metadata metadata = {0};
	struct test_channel channel;
	struct zcf_buffer *buffers[3], *none;

	(void)state;
	test_channel_open(&channel, "leases", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int i = 0; i < 3; i++)
		test_channel_publish(&channel);
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, ZCF_DEQUEUE_KEEP_NEWEST, 0, &buffers[i]), 0);
	REQUIRE(zcf_producer_dequeue(channel.producer, ZCF_DEQUEUE_KEEP_NEWEST, 0, &none) < 0);
	struct zcf_frame *frame = test_acquire_now(consumer);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->sequence, 3);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	/* Without the flag it is taken. */
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffers[2]), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -EAGAIN);
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &none), -EBUSY);
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, -1, &none), -EBUSY);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->skipped, 0);
	REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, buffers[1]), 0);
	REQUIRE_EQUAL(zcf_producer_publish(channel.producer, buffers[0], &metadata), 0);
	REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, buffers[2]), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* Takes the newest frame at one command, and lets go so long after the next. */
static void hold_until_told(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("leases", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	for (;;) {
		test_child_await_command();
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
		test_child_report((int64_t)zcf_frame_get_info(frame)->sequence);
		int64_t delay_ns = test_child_await_command();
		test_sleep_ns(delay_ns);
		REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	}
}

static void a_dequeue_that_waits_is_woken_by_a_release(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 2};
	struct test_channel channel;
	struct test_child children[2];
	struct zcf_buffer *buffer;

	(void)state;
	test_channel_open(&channel, "leases", &setup);
	for (int i = 0; i < 2; i++) {
		test_child_start(&children[i], hold_until_told, NULL);
		test_child_next_report(&children[i], channel.producer);
		uint64_t sequence = test_channel_publish(&channel);
		test_child_command(&children[i], 0);
		REQUIRE_EQUAL(test_child_next_report(&children[i], channel.producer), sequence);
	}
	uint64_t before_ns = test_now_ns();
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 30 * NS_PER_MS, &buffer), -ENOBUFS);
	REQUIRE(test_now_ns() - before_ns >= 30 * (uint64_t)NS_PER_MS);
	for (int round = 0; round < 50; round++) {
		/* Before the wait, at its beginning, in the middle of it. */
		test_child_command(&children[round % 2], round % 5 * NS_PER_MS);
		REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, -1, &buffer), 0);
		test_stamp_write(buffer, (uint64_t)round + 3);
		REQUIRE_EQUAL(zcf_producer_publish(channel.producer, buffer, &(struct zcf_frame_metadata){0}), 0);
		test_child_command(&children[round % 2], 0);
		REQUIRE_EQUAL(test_child_next_report(&children[round % 2], channel.producer), round + 3);
	}
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->skipped, 1);
	for (int i = 0; i < 2; i++)
		test_child_kill(&children[i]);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void a_killed_holder_gives_its_buffer_back_with_the_next_dispatch(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_channel_open(&channel, "leases", NULL);
	for (int round = 0; round < 20; round++) {
		test_child_start(&child, hold_until_told, NULL);
		test_child_next_report(&child, channel.producer);
		test_channel_publish(&channel);
		test_child_command(&child, 0);
		test_child_next_report(&child, channel.producer);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
		test_child_kill(&child);
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
		REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 0);
		for (int i = 0; i < 6; i++)
			test_channel_publish(&channel);
	}
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->skipped, 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, 0);
	test_channel_close(&channel);
}

static void a_pool_that_is_used_again_takes_its_old_frames_away_from_those_who_still_hold_them(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "leases", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	zcf_producer_destroy(channel.producer);
	/* As long as nobody writes there it stays what it was. */
	REQUIRE_EQUAL(zcf_frame_check(frame), 0);
	REQUIRE(test_stamp_is(frame, 1));
	REQUIRE_EQUAL(zcf_producer_create("leases", channel.pool, NULL, &channel.producer), 0);
	for (int i = 0; i < 6; i++)
		test_channel_publish(&channel);
	REQUIRE(!test_stamp_is(frame, 1));
	REQUIRE_EQUAL(zcf_frame_check(frame), -ESTALE);
	REQUIRE_EQUAL(zcf_frame_release(frame), -ESTALE);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_pool_serves_one_producer_at_a_time(void **state)
{
	struct zcf_producer *second = NULL;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "leases", NULL);
	REQUIRE_EQUAL(zcf_producer_create("other", channel.pool, NULL, &second), -EBUSY);
	REQUIRE(second == NULL);
	zcf_producer_destroy(NULL);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_may_hold_how_many_is_said_when_a_consumer_attaches),
		TEST(a_held_buffer_is_never_handed_to_the_source),
		TEST(a_camera_frame_without_a_buffer_is_counted_and_charged_to_each_holder),
		TEST(who_holds_two_buffers_is_charged_once_for_a_lost_frame),
		TEST(an_old_frame_that_somebody_holds_is_offered_to_others_too),
		TEST(a_consumer_holds_as_many_frames_as_it_was_granted),
		TEST(the_newest_frame_is_the_last_to_be_taken_back_and_can_be_spared),
		TEST(a_dequeue_that_waits_is_woken_by_a_release),
		TEST(a_killed_holder_gives_its_buffer_back_with_the_next_dispatch),
		TEST(a_pool_that_is_used_again_takes_its_old_frames_away_from_those_who_still_hold_them),
		TEST(a_pool_serves_one_producer_at_a_time),
	};

	return TEST_RUN(tests);
}
