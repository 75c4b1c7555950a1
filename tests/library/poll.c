/* SPDX-License-Identifier: Apache-2.0 */
/* The pollable descriptor, for consumers that live in an event loop. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "raw_peer.h"
#include "test.h"

static bool readable(int fd, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, timeout_ms) == 1;
}

/* Acquire until there is none, as an event loop does. Returns the number of frames; the last error in `ret_error`. */
static int drain(struct zcf_consumer *consumer, uint64_t *last_sequence, int *ret_error)
{
	struct zcf_frame *frame;
	int count = 0;

	while ((*ret_error = zcf_consumer_acquire_next(consumer, 0, &frame)) == 0) {
		*last_sequence = zcf_frame_get_info(frame)->sequence;
		zcf_frame_release(frame);
		count++;
	}
	return count;
}

static void it_is_readable_when_a_frame_is_there_and_not_otherwise(void **state)
{
	struct test_channel channel;
	uint64_t sequence = 0;
	int error;

	(void)state;
	test_channel_open(&channel, "poll", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	int fd = zcf_consumer_get_fd(consumer);
	REQUIRE(fd >= 0);
	REQUIRE_EQUAL(zcf_consumer_get_fd(consumer), fd);
	REQUIRE(!readable(fd, 0));
	for (uint64_t i = 1; i <= 100; i++) {
		test_channel_publish(&channel);
		REQUIRE(readable(fd, 10000));
		REQUIRE_EQUAL(drain(consumer, &sequence, &error), 1);
		REQUIRE_EQUAL(error, -EAGAIN);
		REQUIRE_EQUAL(sequence, i);
		/* A frame that was announced while we looked may make it readable once more, for nothing; not twice. */
		for (int spurious = 0; readable(fd, 0); spurious++) {
			REQUIRE(spurious < 1);
			REQUIRE_EQUAL(drain(consumer, &sequence, &error), 0);
		}
	}
	REQUIRE(test_channel_snapshot(&channel)->notice_calls <= 100);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->wake_calls, 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void it_is_readable_at_once_if_a_frame_was_there_before(void **state)
{
	struct test_channel channel;
	uint64_t sequence = 0;
	int error;

	(void)state;
	test_channel_open(&channel, "poll", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	int fd = zcf_consumer_get_fd(consumer);
	REQUIRE(readable(fd, 10000));
	REQUIRE_EQUAL(drain(consumer, &sequence, &error), 1);
	REQUIRE(!readable(fd, 0));
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_consumer_that_does_not_look_gets_one_notice_for_many_frames(void **state)
{
	struct test_channel channel;
	uint64_t sequence = 0;
	int error;

	(void)state;
	test_channel_open(&channel, "poll", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	int fd = zcf_consumer_get_fd(consumer);
	for (int i = 0; i < 1000; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->notice_calls, 1);
	REQUIRE(readable(fd, 10000));
	REQUIRE(drain(consumer, &sequence, &error) > 0);
	REQUIRE_EQUAL(sequence, 1000);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_frame_that_there_was_no_lease_for_is_still_announced_after_a_release(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "poll", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	int fd = zcf_consumer_get_fd(consumer);
	for (int i = 0; i < 20; i++) {
		test_channel_publish(&channel);
		REQUIRE(readable(fd, 10000));
		struct zcf_frame *held = test_acquire_now(consumer);
		test_channel_publish(&channel);
		/* Now and then it looks at the link as well, and reads the notices. */
		for (int look = 0; look < 3; look++) {
			REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -ENOBUFS);
			test_sleep_ns(NS_PER_MS);
		}
		REQUIRE_EQUAL(zcf_frame_release(held), 0);
		REQUIRE(readable(fd, 10000));
		REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
		while (readable(fd, 0))
			REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -EAGAIN);
	}
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

#define STORM_FRAMES 4000

static void poll_for_all_frames(void *context)
{
	struct zcf_consumer *consumer;
	uint64_t sequence = 0, empty = 0;
	int error;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("poll", NULL, PATIENCE_NS, &consumer), 0);
	int fd = zcf_consumer_get_fd(consumer);
	test_child_report(0);
	while (sequence < STORM_FRAMES) {
		/* Frames come until the last one has been acknowledged: a wait that does not end lost one. */
		REQUIRE(readable(fd, 20000));
		int count = drain(consumer, &sequence, &error);
		REQUIRE_EQUAL(error, -EAGAIN);
		empty += count == 0;
		/* The publisher goes on when it knows that the newest frame was seen. */
		test_child_report((int64_t)sequence);
	}
	/* At most one empty look for each notice, and a notice comes for a frame. */
	REQUIRE(empty <= 2 * STORM_FRAMES);
	test_child_report(-1);
	zcf_consumer_close(consumer);
}

static void a_poll_loop_sees_the_newest_of_thousands_of_frames_and_never_hangs(void **state)
{
	struct test_channel channel;
	struct test_child child;
	int64_t seen = 0;

	(void)state;
	test_channel_open(&channel, "poll", NULL);
	test_child_start(&child, poll_for_all_frames, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 0);
	for (int64_t sequence = 1; sequence <= STORM_FRAMES; sequence++) {
		while (!test_channel_try_publish(&channel))
			;
		/* Now in step, so that every frame meets a consumer that is just going to sleep, now in bursts. */
		if (sequence % 8 != 0 && sequence < STORM_FRAMES && sequence > STORM_FRAMES / 2)
			continue;
		while (seen < sequence)
			seen = test_child_next_report(&child, channel.producer);
	}
	while (seen >= 0)
		seen = test_child_next_report(&child, channel.producer);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	test_channel_close(&channel);
}

static void it_stays_the_same_when_the_producer_goes_and_comes_back(void **state)
{
	struct test_channel channel;
	uint64_t sequence = 0, begin_ns;
	int error = 0, looks = 0;

	(void)state;
	test_channel_open(&channel, "poll", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	int fd = zcf_consumer_get_fd(consumer);
	for (int life = 0; life < 3; life++) {
		test_channel_close(&channel);
		REQUIRE(readable(fd, 10000));
		while (error != -ENOTCONN) {
			REQUIRE(readable(fd, 10000));
			drain(consumer, &sequence, &error);
		}
		/* Alone, it looks for a producer now and then, and does not burn a processor. */
		begin_ns = test_now_ns();
		for (looks = 0; test_now_ns() - begin_ns < 300 * (uint64_t)NS_PER_MS; looks++) {
			readable(fd, 300);
			REQUIRE_EQUAL(drain(consumer, &sequence, &error), 0);
			REQUIRE_EQUAL(error, -ENOTCONN);
		}
		REQUIRE(looks <= 60);
		test_channel_open(&channel, "poll", NULL);
		while (error == -ENOTCONN) {
			REQUIRE(readable(fd, 10000));
			drain(consumer, &sequence, &error);
			zcf_producer_dispatch(channel.producer);
		}
		REQUIRE_EQUAL(error, -EAGAIN);
		REQUIRE_EQUAL(zcf_consumer_get_fd(consumer), fd);
		while (readable(fd, 0))
			drain(consumer, &sequence, &error);
		test_channel_publish(&channel);
		REQUIRE(readable(fd, 10000));
		REQUIRE_EQUAL(drain(consumer, &sequence, &error), 1);
		REQUIRE_EQUAL(sequence, 1);
	}
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void after_a_refusal_it_becomes_readable_again_when_it_is_time_to_try_once_more(void **state)
{
	struct zcf_message_refused refused = {.error = -EUSERS, .detail = "full today"};
	struct test_channel channel;
	uint64_t sequence = 0;
	int error = 0;

	(void)state;
	raw_header_init(&refused.header, ZCF_MESSAGE_REFUSED, sizeof(refused));
	test_channel_open(&channel, "poll", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	int fd = zcf_consumer_get_fd(consumer);
	test_channel_close(&channel);
	int listen_fd = raw_listen("poll");
	for (int i = 0; i < 3; i++) {
		struct pollfd callers = {.fd = listen_fd, .events = POLLIN};
		int socket_fd;

		while (poll(&callers, 1, 0) == 0) {
			REQUIRE(readable(fd, 10000));
			drain(consumer, &sequence, &error);
		}
		socket_fd = accept(listen_fd, NULL, NULL);
		REQUIRE(socket_fd >= 0);
		raw_send(socket_fd, &refused, sizeof(refused), NULL, 0);
		do {
			REQUIRE(readable(fd, 10000));
			drain(consumer, &sequence, &error);
		} while (error == -ENOTCONN);
		REQUIRE_EQUAL(error, -EUSERS);
		close(socket_fd);
	}
	raw_listen_end(listen_fd, "poll");
	test_channel_open(&channel, "poll", NULL);
	do {
		REQUIRE(readable(fd, 10000));
		drain(consumer, &sequence, &error);
		zcf_producer_dispatch(channel.producer);
	} while (error != -EAGAIN);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void one_loop_serves_several_consumers_of_several_channels(void **state)
{
	struct test_channel channels[2];
	struct zcf_consumer *consumers[4];
	struct pollfd poll_fds[4];
	uint64_t sequence = 0;
	int error;

	(void)state;
	test_channel_open(&channels[0], "poll0", NULL);
	test_channel_open(&channels[1], "poll1", NULL);
	for (int i = 0; i < 4; i++) {
		consumers[i] = test_channel_attach(&channels[i % 2], NULL);
		poll_fds[i] = (struct pollfd){.fd = zcf_consumer_get_fd(consumers[i]), .events = POLLIN};
	}
	for (int round = 0; round < 100; round++) {
		int seen = 0;

		test_channel_publish(&channels[round % 2]);
		while (seen < 2) {
			REQUIRE(poll(poll_fds, 4, 10000) > 0);
			for (int i = 0; i < 4; i++) {
				if (!poll_fds[i].revents)
					continue;
				int count = drain(consumers[i], &sequence, &error);
				REQUIRE(count == 0 || i % 2 == round % 2);
				seen += count;
			}
		}
	}
	for (int i = 0; i < 4; i++)
		zcf_consumer_close(consumers[i]);
	test_channel_close(&channels[0]);
	test_channel_close(&channels[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_readable_when_a_frame_is_there_and_not_otherwise),
		TEST(it_is_readable_at_once_if_a_frame_was_there_before),
		TEST(a_consumer_that_does_not_look_gets_one_notice_for_many_frames),
		TEST(a_frame_that_there_was_no_lease_for_is_still_announced_after_a_release),
		TEST(a_poll_loop_sees_the_newest_of_thousands_of_frames_and_never_hangs),
		TEST(it_stays_the_same_when_the_producer_goes_and_comes_back),
		TEST(after_a_refusal_it_becomes_readable_again_when_it_is_time_to_try_once_more),
		TEST(one_loop_serves_several_consumers_of_several_channels),
	};

	return TEST_RUN(tests);
}
