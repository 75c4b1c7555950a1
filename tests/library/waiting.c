/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a frame: not at all, for a time, without limit, spinning, and being called off. */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel.h"
#include "raw_peer.h"
#include "test.h"

/* An acquire in a thread of its own. */
struct waiter {
	pthread_t thread;
	struct zcf_consumer *consumer;
	int64_t timeout_ns;
	atomic_bool done;
	int result;
	struct zcf_frame *frame;
};

static void *run_acquire(void *context)
{
	struct waiter *waiter = context;

	waiter->result = zcf_consumer_acquire(waiter->consumer, waiter->timeout_ns, &waiter->frame);
	atomic_store(&waiter->done, true);
	return NULL;
}

static void waiter_start(struct waiter *waiter, struct zcf_consumer *consumer, int64_t timeout_ns)
{
	*waiter = (struct waiter){.consumer = consumer, .timeout_ns = timeout_ns};
	REQUIRE_EQUAL(pthread_create(&waiter->thread, NULL, run_acquire, waiter), 0);
}

static int waiter_finish(struct waiter *waiter)
{
	REQUIRE_EQUAL(pthread_join(waiter->thread, NULL), 0);
	return waiter->result;
}

static struct zcf_consumer *attach_spinning(struct test_channel *channel, uint64_t spin_ns)
{
	struct zcf_consumer_options options;

	zcf_consumer_options_init(&options);
	options.spin_ns = spin_ns;
	return test_channel_attach(channel, &options);
}

static void a_timeout_ends_after_its_time_and_not_before(void **state)
{
	static const int64_t timeouts_ns[] = {0, 1, 5 * NS_PER_MS, 60 * NS_PER_MS, 300 * NS_PER_MS};
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "wait", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	struct zcf_consumer *spinning = attach_spinning(&channel, 20 * NS_PER_MS);
	for (size_t i = 0; i < sizeof(timeouts_ns) / sizeof(timeouts_ns[0]); i++) {
		uint64_t before_ns = test_now_ns();

		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, timeouts_ns[i], &frame), -EAGAIN);
		REQUIRE((int64_t)(test_now_ns() - before_ns) >= timeouts_ns[i]);
		before_ns = test_now_ns();
		REQUIRE_EQUAL(zcf_consumer_acquire_next(spinning, timeouts_ns[i], &frame), -EAGAIN);
		REQUIRE((int64_t)(test_now_ns() - before_ns) >= timeouts_ns[i]);
	}
	zcf_consumer_close(consumer);
	zcf_consumer_close(spinning);
	test_channel_close(&channel);
}

static void a_waiting_acquire_gets_the_frame_that_comes(void **state)
{
	struct test_channel channel;
	struct waiter waiter;

	(void)state;
	test_channel_open(&channel, "wait", NULL);
	struct zcf_consumer *consumers[] = {
		test_channel_attach(&channel, NULL),
		attach_spinning(&channel, 1 * NS_PER_MS),
		attach_spinning(&channel, 100 * NS_PER_S),
	};
	for (int i = 0; i < 3; i++) {
		for (uint64_t repeat = 0; repeat < 20; repeat++) {
			waiter_start(&waiter, consumers[i], repeat % 2 ? -1 : PATIENCE_NS);
			/* Sometimes before it sleeps, sometimes while it does. */
			test_sleep_ns((int64_t)repeat * NS_PER_MS / 4);
			REQUIRE(!atomic_load(&waiter.done));
			uint64_t sequence = test_channel_publish(&channel);
			REQUIRE_EQUAL(waiter_finish(&waiter), 0);
			REQUIRE_EQUAL(zcf_frame_get_info(waiter.frame)->sequence, sequence);
			REQUIRE(test_stamp_is(waiter.frame, sequence));
			REQUIRE_EQUAL(zcf_frame_release(waiter.frame), 0);
			for (int other = i + 1; other < 3; other++)
				zcf_frame_release(test_acquire_now(consumers[other]));
		}
	}
	for (int i = 0; i < 3; i++)
		zcf_consumer_close(consumers[i]);
	test_channel_close(&channel);
}

static void a_spinning_consumer_needs_no_wake_call(void **state)
{
	struct test_channel channel;
	struct waiter waiter;

	(void)state;
	test_channel_open(&channel, "wait", NULL);
	struct zcf_consumer *consumer = attach_spinning(&channel, 100 * NS_PER_S);
	for (int i = 0; i < 10; i++) {
		waiter_start(&waiter, consumer, PATIENCE_NS);
		test_sleep_ns(2 * NS_PER_MS);
		test_channel_publish(&channel);
		REQUIRE_EQUAL(waiter_finish(&waiter), 0);
		REQUIRE_EQUAL(zcf_frame_release(waiter.frame), 0);
	}
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->wake_calls, 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void an_interrupt_ends_the_acquire_that_waits_or_the_next_one_and_only_one(void **state)
{
	static const uint64_t spins_ns[] = {0, 100 * NS_PER_S};
	struct test_channel channel;
	struct zcf_frame *frame;
	struct waiter waiter;

	(void)state;
	test_channel_open(&channel, "wait", NULL);
	for (int i = 0; i < 2; i++) {
		struct zcf_consumer *consumer = attach_spinning(&channel, spins_ns[i]);

		for (int repeat = 0; repeat < 10; repeat++) {
			waiter_start(&waiter, consumer, -1);
			test_sleep_ns(repeat * NS_PER_MS);
			zcf_consumer_interrupt(consumer);
			REQUIRE_EQUAL(waiter_finish(&waiter), -EINTR);
			REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -EAGAIN);
		}
		zcf_consumer_interrupt(consumer);
		zcf_consumer_interrupt(consumer);
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, -1, &frame), -EINTR);
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -EAGAIN);
		zcf_consumer_close(consumer);
	}
	test_channel_close(&channel);
}

static void on_signal(int signal_number)
{
	(void)signal_number;
}

static void a_signal_handler_ends_the_acquire_that_waits(void **state)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct test_channel channel;
	struct waiter waiter;

	(void)state;
	sigaction(SIGUSR1, &action, NULL);
	test_channel_open(&channel, "wait", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	waiter_start(&waiter, consumer, -1);
	while (!atomic_load(&waiter.done)) {
		pthread_kill(waiter.thread, SIGUSR1);
		test_sleep_ns(NS_PER_MS);
	}
	REQUIRE_EQUAL(waiter_finish(&waiter), -EINTR);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void questions_are_answered_while_another_thread_waits_for_a_frame(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer_info info;
	struct test_channel channel;
	struct zcf_frame *frame;
	struct waiter waiter;

	(void)state;
	test_channel_open(&channel, "wait", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	waiter_start(&waiter, consumer, -1);
	test_sleep_ns(20 * NS_PER_MS);
	/* No frame comes before these return. */
	zcf_consumer_get_info(consumer, &info);
	REQUIRE_EQUAL(info.epoch, zcf_producer_get_epoch(channel.producer));
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.acquired, 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -EAGAIN);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 10 * NS_PER_MS, &frame), -EAGAIN);
	REQUIRE(!atomic_load(&waiter.done));
	test_channel_publish(&channel);
	REQUIRE_EQUAL(waiter_finish(&waiter), 0);
	REQUIRE_EQUAL(zcf_frame_release(waiter.frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_spinning_consumer_notices_that_its_producer_went_and_came_back(void **state)
{
	struct test_channel channel;
	struct waiter waiter;

	(void)state;
	test_channel_open(&channel, "wait", NULL);
	struct zcf_consumer *consumer = attach_spinning(&channel, 100 * NS_PER_S);
	uint64_t epoch = zcf_producer_get_epoch(channel.producer);
	waiter_start(&waiter, consumer, -1);
	test_sleep_ns(5 * NS_PER_MS);
	test_channel_close(&channel);
	test_channel_open(&channel, "wait", NULL);
	test_channel_await_consumers(&channel, 1);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(waiter_finish(&waiter), 0);
	REQUIRE(zcf_frame_get_info(waiter.frame)->epoch != epoch);
	REQUIRE_EQUAL(zcf_frame_release(waiter.frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* What an acquire sleeps with, but for the limit of its sleep. */
static void *sleep_on_the_board(void *context)
{
	const struct raw_consumer *raw = context;
	struct timespec limit = {.tv_sec = PATIENCE_NS / NS_PER_S};
	uint32_t event = atomic_load(&raw->board->event);

	return (void *)(intptr_t)(syscall(SYS_futex, &raw->board->event, FUTEX_WAIT, event, &limit, NULL, 0) < 0 ? errno
														 : 0);
}

static void a_sleeper_is_woken_when_its_channel_closes(void **state)
{
	struct test_channel channel;
	struct raw_consumer raw;
	pthread_t thread;
	void *error;

	(void)state;
	test_channel_open(&channel, "wait", NULL);
	raw_attach(&raw, &channel);
	REQUIRE_EQUAL(pthread_create(&thread, NULL, sleep_on_the_board, &raw), 0);
	test_sleep_ns(20 * NS_PER_MS);
	test_channel_close(&channel);
	REQUIRE_EQUAL(pthread_join(thread, &error), 0);
	/* If it was late, it slept for a word that had changed. */
	REQUIRE((intptr_t)error == 0 || (intptr_t)error == EAGAIN);
	raw_detach(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_timeout_ends_after_its_time_and_not_before),
		TEST(a_waiting_acquire_gets_the_frame_that_comes),
		TEST(a_spinning_consumer_needs_no_wake_call),
		TEST(an_interrupt_ends_the_acquire_that_waits_or_the_next_one_and_only_one),
		TEST(a_signal_handler_ends_the_acquire_that_waits),
		TEST(questions_are_answered_while_another_thread_waits_for_a_frame),
		TEST(a_spinning_consumer_notices_that_its_producer_went_and_came_back),
		TEST(a_sleeper_is_woken_when_its_channel_closes),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), 60);
}
