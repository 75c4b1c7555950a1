/* SPDX-License-Identifier: Apache-2.0 */
/* One consumer in many threads, many consumers in one process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "test.h"

#define THREADS            6
#define FRAMES             3000

#define ACQUIRE_TIMEOUT_NS (5 * NS_PER_MS)

/* Frames on their way from the threads that acquire to those that release. */
struct hand_over {
	struct zcf_consumer *consumer;
	pthread_mutex_t lock;
	struct zcf_frame *frames[64];
	int count;
	atomic_bool stop;     /* For those that acquire. */
	atomic_bool stop_too; /* For those that release, once nobody acquires any more. */
	atomic_int verified;
	uint8_t seen[FRAMES + 1];
};

static void *acquire_frames(void *context)
{
	struct hand_over *hand_over = context;
	struct zcf_frame *frame;

	while (!atomic_load(&hand_over->stop)) {
		int error = zcf_consumer_acquire_next(hand_over->consumer, ACQUIRE_TIMEOUT_NS, &frame);

		if (error == -EAGAIN || error == -ENOBUFS)
			continue;
		REQUIRE_EQUAL(error, 0);
		pthread_mutex_lock(&hand_over->lock);
		REQUIRE_EQUAL(hand_over->seen[zcf_frame_get_info(frame)->sequence]++, 0);
		hand_over->frames[hand_over->count++] = frame;
		pthread_mutex_unlock(&hand_over->lock);
	}
	return NULL;
}

static void *release_frames(void *context)
{
	struct hand_over *hand_over = context;

	for (;;) {
		struct zcf_frame *frame = NULL;
		bool stop = atomic_load(&hand_over->stop_too);

		pthread_mutex_lock(&hand_over->lock);
		if (hand_over->count > 0)
			frame = hand_over->frames[--hand_over->count];
		pthread_mutex_unlock(&hand_over->lock);
		if (!frame && stop)
			return NULL;
		if (!frame) {
			test_sleep_ns(NS_PER_MS / 10);
			continue;
		}
		REQUIRE(zcf_frame_ref(frame) == frame);
		REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		REQUIRE_EQUAL(zcf_frame_check(frame), 0);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		atomic_fetch_add(&hand_over->verified, 1);
	}
}

static void frames_acquired_in_some_threads_are_released_in_others(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 10};
	struct zcf_consumer_options options;
	struct zcf_consumer_counters counters;
	struct test_channel channel;
	pthread_t threads[THREADS];
	struct hand_over *hand_over = calloc(1, sizeof(*hand_over));

	(void)state;
	test_channel_open(&channel, "threads", &setup);
	zcf_consumer_options_init(&options);
	options.max_leases = ZCF_MAX_LEASES;
	hand_over->consumer = test_channel_attach(&channel, &options);
	pthread_mutex_init(&hand_over->lock, NULL);
	for (int i = 0; i < THREADS; i++)
		REQUIRE_EQUAL(pthread_create(&threads[i], NULL, i % 2 ? acquire_frames : release_frames, hand_over), 0);
	for (int i = 0; i < FRAMES;) {
		i += test_channel_try_publish(&channel) != 0;
		if (i % 16 == 0)
			REQUIRE_EQUAL(zcf_producer_wait(channel.producer, test_now_ns() + NS_PER_MS / 2), 0);
	}
	atomic_store(&hand_over->stop, true);
	for (int i = 1; i < THREADS; i += 2)
		pthread_join(threads[i], NULL);
	atomic_store(&hand_over->stop_too, true);
	for (int i = 0; i < THREADS; i += 2)
		pthread_join(threads[i], NULL);
	zcf_consumer_get_counters(hand_over->consumer, &counters);
	REQUIRE_EQUAL(counters.acquired, atomic_load(&hand_over->verified));
	REQUIRE(counters.acquired > 100);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].acquired, counters.acquired);
	zcf_consumer_close(hand_over->consumer);
	pthread_mutex_destroy(&hand_over->lock);
	free(hand_over);
	test_channel_close(&channel);
}

static void consumers_in_one_process_do_not_know_of_each_other(void **state)
{
	struct zcf_consumer *consumers[8];
	struct zcf_frame *frames[8];
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "threads", NULL);
	for (int i = 0; i < 8; i++)
		consumers[i] = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	for (int i = 0; i < 8; i++) {
		frames[i] = test_acquire_now(consumers[i]);
		REQUIRE_EQUAL(zcf_frame_get_info(frames[i])->sequence, 1);
	}
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
	REQUIRE_EQUAL(snapshot->consumer_count, 8);
	REQUIRE_EQUAL(snapshot->held_buffers, 1);
	for (uint32_t i = 0; i < 8; i++)
		REQUIRE_EQUAL(snapshot->consumers[i].lease_count, 1);
	for (int i = 0; i < 8; i++) {
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, i < 7);
	}
	for (int i = 0; i < 8; i++)
		zcf_consumer_close(consumers[i]);
	test_channel_close(&channel);
}

static void a_frame_with_two_holders_is_released_by_the_last(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "threads", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	REQUIRE(zcf_frame_ref(frame) == frame);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
	REQUIRE(test_stamp_is(frame, 1));
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
	REQUIRE_EQUAL(zcf_frame_release(NULL), 0);
	zcf_consumer_close(consumer);
	zcf_consumer_close(NULL);
	test_channel_close(&channel);
}

struct turn {
	struct zcf_consumer *consumer;
	atomic_int *taken;
};

static void *acquire_one(void *context)
{
	struct turn *turn = context;
	struct zcf_frame *frame;

	REQUIRE_EQUAL(zcf_consumer_acquire(turn->consumer, PATIENCE_NS, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	atomic_fetch_add(turn->taken, 1);
	return NULL;
}

/* Three threads ask at once: one waits for a frame, the others for their turn. */
static void who_waits_for_another_thread_s_acquire_has_the_next_turn(void **state)
{
	struct test_channel channel;
	atomic_int taken = 0;
	pthread_t threads[3];

	(void)state;
	test_channel_open(&channel, "threads", NULL);
	struct turn turn = {test_channel_attach(&channel, NULL), &taken};
	for (int i = 0; i < 3; i++)
		REQUIRE_EQUAL(pthread_create(&threads[i], NULL, acquire_one, &turn), 0);
	test_sleep_ns(20 * NS_PER_MS);
	for (int i = 0; i < 3; i++) {
		test_channel_publish(&channel);
		while (atomic_load(&taken) == i)
			test_sleep_ns(NS_PER_MS);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	zcf_consumer_close(turn.consumer);
	test_channel_close(&channel);
}

static void a_frame_outlives_its_consumer_and_its_producer(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "threads", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	zcf_consumer_close(consumer);
	/* Its lease goes on, too. */
	for (int i = 0; i < 6; i++)
		test_channel_publish(&channel);
	REQUIRE(test_stamp_is(frame, 1));
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
	test_channel_close(&channel);
	REQUIRE(test_stamp_is(frame, 1));
	REQUIRE_EQUAL(zcf_frame_check(frame), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_acquired_in_some_threads_are_released_in_others),
		TEST(consumers_in_one_process_do_not_know_of_each_other),
		TEST(a_frame_with_two_holders_is_released_by_the_last),
		TEST(who_waits_for_another_thread_s_acquire_has_the_next_turn),
		TEST(a_frame_outlives_its_consumer_and_its_producer),
	};

	return TEST_RUN(tests);
}
