/* SPDX-License-Identifier: Apache-2.0 */
/* A producer that is late itself takes nothing away from a consumer that is not. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "channel.h"
#include "test.h"

/*
 * What happens to a producer that the scheduler takes off the processor just after it looked at the clock: time goes
 * by, and a consumer acquires, before it goes on.
 */
static struct {
	struct zcf_consumer *consumer; /* NULL: nothing happens. */
	struct zcf_frame *frame;
	uint64_t acquired_ns;
} interruption;

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	struct zcf_consumer *consumer = interruption.consumer;
	int result = __real_clock_gettime(clock, ret_time);

	if (consumer && clock == CLOCK_MONOTONIC) {
		interruption.consumer = NULL;
		test_sleep_ns(150 * NS_PER_MS);
		interruption.acquired_ns = test_now_ns();
		REQUIRE_EQUAL(zcf_consumer_acquire_next(consumer, 0, &interruption.frame), 0);
	}
	return result;
}

/* The camera asks for buffers; the frame of the interruption stays for its whole deadline. */
static void require_whole_deadline(struct test_channel *channel, uint64_t deadline_ns)
{
	bool looked = false;

	for (int i = 0; i < 60; i++) {
		test_channel_try_publish(channel);
		int verdict = zcf_frame_check(interruption.frame);
		/* Unless this machine slept meanwhile. */
		if (test_now_ns() - interruption.acquired_ns < deadline_ns) {
			REQUIRE_EQUAL(verdict, 0);
			looked = true;
		}
		test_sleep_ns(5 * NS_PER_MS);
	}
	REQUIRE(looked);
	REQUIRE(zcf_frame_check(interruption.frame) < 0); /* and not much longer */
	zcf_frame_release(interruption.frame);
}

static void a_lease_taken_while_the_producer_is_interrupted_has_its_whole_deadline(void **state)
{
	struct test_channel channel;
	struct zcf_buffer *buffer;

	(void)state;
	test_channel_open(&channel, "late", &(struct test_channel_setup){.lease_deadline_ns = 200 * NS_PER_MS});
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	interruption.consumer = consumer;
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, buffer), 0);
	require_whole_deadline(&channel, 200 * NS_PER_MS);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_lease_taken_while_the_producer_is_about_to_close_the_frame_has_its_whole_deadline(void **state)
{
	struct test_channel channel;
	struct zcf_buffer *buffer;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "late", &(struct test_channel_setup){.lease_deadline_ns = 200 * NS_PER_MS});
	struct zcf_consumer *first = test_channel_attach(&channel, NULL);
	struct zcf_consumer *second = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	test_channel_publish(&channel);
	test_sleep_ns(210 * NS_PER_MS);
	/* A deadline after the second frame came, the first one is held: that closes it with the next dequeue. */
	REQUIRE_EQUAL(zcf_consumer_acquire_next(first, 0, &frame), 0);
	interruption.consumer = second;
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, buffer), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(interruption.frame)->sequence, 1);
	require_whole_deadline(&channel, 200 * NS_PER_MS);
	zcf_frame_release(frame);
	zcf_consumer_close(first);
	zcf_consumer_close(second);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lease_taken_while_the_producer_is_interrupted_has_its_whole_deadline),
		TEST(a_lease_taken_while_the_producer_is_about_to_close_the_frame_has_its_whole_deadline),
	};

	return TEST_RUN(tests);
}
