/* SPDX-License-Identifier: Apache-2.0 */
/* Rings followed step by step: a frame comes when the test feeds one to the node. */
#include "pipeline_fixture.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

static void ring_of_three_lets_two_out_and_drops_the_new_frame(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), first, second, none;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (uint32_t number = 1; number <= 5; number++)
		send_picture(vse, &in, number);
	struct emulated_channel_counters counters = channel_counters(vse, 0);
	assert_int_equal(counters.completed, 2);
	assert_int_equal(counters.overruns, 3);
	assert_int_equal(counters.finished, 2);
	/* What was there first is kept, not what is newest. */
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &first), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &second), 0);
	assert_int_equal(first.info.frame_id, 1);
	assert_int_equal(second.info.frame_id, 2);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 20, &none), -43);
	send_picture(vse, &in, 6);
	assert_int_equal(channel_counters(vse, 0).overruns, 4);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &first), 0);
	send_picture(vse, &in, 7);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &first), 0);
	assert_int_equal(first.info.frame_id, 7);
	counters = channel_counters(vse, 0);
	assert_int_equal(counters.held, 2);
	assert_int_equal(counters.taken, 3);
	assert_int_equal(counters.released, 1);
	hbn_vnode_close(vse);
}

static void starved_channel_does_not_disturb_its_neighbours(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 2);
	channel_open(vse, 1, 320, 240, 2);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (uint32_t number = 1; number <= 10; number++) {
		send_picture(vse, &in, number);
		assert_int_equal(hbn_vnode_getframe(vse, 1, 100, &image), 0);
		assert_int_equal(image.info.frame_id, number);
		assert_int_equal(hbn_vnode_releaseframe(vse, 1, &image), 0);
	}
	assert_int_equal(channel_counters(vse, 0).overruns, 9);
	assert_int_equal(channel_counters(vse, 1).overruns, 0);
	hbn_vnode_close(vse);
}

static void release_knows_only_the_index(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	send_picture(vse, &in, 1);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	hbn_vnode_image_t bare = {.info = {.bufferindex = 3}};
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, NULL), -8);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), -44);
	bare.info.bufferindex = -1;
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), -44);
	bare.info.bufferindex = image.info.bufferindex;
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), 0);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), -45);
	hbn_vnode_close(vse);
}

static void same_index_is_always_the_same_buffer(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), seen[3] = {0};
	int fds = 0;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (uint32_t number = 1; number <= 20; number++) {
		hbn_vnode_image_t image;
		send_picture(vse, &in, number);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
		assert_in_range(image.info.bufferindex, 0, 2);
		hbn_vnode_image_t *before = &seen[image.info.bufferindex];
		if (before->buffer.size[0])
			assert_memory_equal(&before->buffer, &image.buffer, sizeof(image.buffer));
		*before = image;
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
		if (number == 3)
			fds = harness_count_fds();
	}
	for (int i = 0; i < 3; i++)
		assert_true(seen[i].buffer.size[0] > 0);
	assert_int_equal(harness_count_fds(), fds); /* nothing is mapped or opened per frame */
	hbn_vnode_close(vse);
}

static short poll_now(int fd)
{
	struct pollfd frame = {.fd = fd, .events = POLLIN};
	poll(&frame, 1, 0);
	return frame.revents;
}

static void descriptor_is_readable_while_a_frame_waits_and_hangs_up_when_stopped(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	int32_t fd, again;
	(void)state;
	channel_open(vse, 0, 320, 240, 4);
	assert_int_equal(hbn_vnode_get_fd(vse, 0, &fd), 0);
	assert_true(poll_now(fd) & POLLHUP);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 1000, &image), -43);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(hbn_vnode_start(vse), 0);
		assert_int_equal(poll_now(fd), 0);
		send_picture(vse, &in, 1);
		send_picture(vse, &in, 2);
		assert_int_equal(poll_now(fd), POLLIN);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
		assert_int_equal(poll_now(fd), POLLIN);
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
		assert_int_equal(poll_now(fd), 0);
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
		send_picture(vse, &in, 3);
		assert_int_equal(hbn_vnode_stop(vse), 0);
		assert_int_equal(poll_now(fd), POLLHUP);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 1000, &image), -43);
		assert_int_equal(hbn_vnode_get_fd(vse, 0, &again), 0);
		assert_int_equal(again, fd);
	}
	hbn_vnode_close(vse);
}

static void condition_zero_throws_old_frames_away(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 4);
	assert_int_equal(hbn_vnode_start(vse), 0);
	send_picture(vse, &in, 1);
	send_picture(vse, &in, 2);
	assert_int_equal(hbn_vnode_getframe_cond(vse, 0, 30, 0, &image), -43);
	assert_int_equal(channel_counters(vse, 0).flushed, 2);
	assert_int_equal(hbn_vnode_getframe_cond(vse, 0, 30, -1, &image), -21);
	hbn_vnode_close(vse);
}

static uint64_t raw_time_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void positive_condition_skips_old_frames_and_never_gives_them_back(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 5);
	assert_int_equal(hbn_vnode_start(vse), 0);
	in.info.timestamps = 1;
	send_picture(vse, &in, 1);
	send_picture(vse, &in, 2);
	in.info.timestamps = UINT64_MAX;
	send_picture(vse, &in, 3);
	assert_int_equal(hbn_vnode_getframe_cond(vse, 0, 100, 1000, &image), 0);
	assert_int_equal(image.info.frame_id, 3);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
	assert_int_equal(channel_counters(vse, 0).held, 2);
	in.info.timestamps = 1;
	send_picture(vse, &in, 4);
	assert_int_equal(hbn_vnode_getframe_cond(vse, 0, 30, 1000, &image), -21);
	assert_int_equal(channel_counters(vse, 0).held, 3);
	/* An age of weeks, longer than most machines run. */
	in.info.timestamps = raw_time_ns();
	send_picture(vse, &in, 5);
	assert_int_equal(hbn_vnode_getframe_cond(vse, 0, 100, INT32_MAX, &image), 0);
	assert_int_equal(image.info.frame_id, 5);
	hbn_vnode_close(vse);
}

/** Another thread while this one waits for a frame. */
struct companion {
	hbn_vnode_handle_t vse;
	hbn_vnode_image_t in;
	pthread_t sleeper;
	atomic_bool over;
};

static void *send_until_over(void *argument)
{
	struct companion *companion = argument;
	while (!companion->over) {
		hbn_vnode_sendframe(companion->vse, 0, &companion->in);
		poll(NULL, 0, 10);
	}
	return NULL;
}

static void negative_condition_waits_for_a_frame_of_later_than_now(void **state)
{
	struct companion companion = {.vse = scaler_open(640, 480), .in = make_picture(640, 480, 200)};
	hbn_vnode_image_t image;
	pthread_t sender;
	(void)state;
	channel_open(companion.vse, 0, 320, 240, 4);
	assert_int_equal(hbn_vnode_start(companion.vse), 0);
	companion.in.info.timestamps = UINT64_MAX;
	send_picture(companion.vse, &companion.in, 1);
	assert_int_equal(hbn_vnode_getframe_cond(companion.vse, 0, 30, -1, &image), -21); /* that one was there */
	companion.in.info.frame_id = 2;
	pthread_create(&sender, NULL, send_until_over, &companion);
	assert_int_equal(hbn_vnode_getframe_cond(companion.vse, 0, 0, -1, &image), 0);
	assert_int_equal(image.info.frame_id, 2);
	companion.over = true;
	pthread_join(sender, NULL);
	hbn_vnode_close(companion.vse);
}

static void on_signal(int number)
{
	(void)number;
}

/** Signals first; a frame only if they did not end the wait. */
static void *interrupt_then_send(void *argument)
{
	struct companion *companion = argument;
	for (int i = 0; i < 200 && !companion->over; i++) {
		poll(NULL, 0, 10);
		pthread_kill(companion->sleeper, SIGUSR1);
	}
	if (!companion->over)
		hbn_vnode_sendframe(companion->vse, 0, &companion->in);
	return NULL;
}

static void interrupted_getframe_says_the_same_as_a_timeout(void **state)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct companion companion = {
		.vse = scaler_open(640, 480), .in = make_picture(640, 480, 200), .sleeper = pthread_self()};
	hbn_vnode_image_t image;
	pthread_t interrupter;
	(void)state;
	sigaction(SIGUSR1, &action, NULL);
	channel_open(companion.vse, 0, 320, 240, 4);
	assert_int_equal(hbn_vnode_start(companion.vse), 0);
	pthread_create(&interrupter, NULL, interrupt_then_send, &companion);
	assert_int_equal(hbn_vnode_getframe(companion.vse, 0, 0, &image), -43);
	companion.over = true;
	pthread_join(interrupter, NULL);
	hbn_vnode_close(companion.vse);
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct wait {
	hbn_vnode_handle_t vse;
	uint32_t timeout_ms;
	int64_t took_ms;
	int32_t result;
};

static void flush_drops_what_waits_and_keeps_what_is_held(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), held, image;
	(void)state;
	assert_int_equal(hbn_vnode_flushframe(0, 0), -1);
	assert_int_equal(hbn_vnode_flushframe(vse, 6), -23);
	assert_int_equal(channel_configure(vse, 1, 320, 240), 0);
	assert_int_equal(hbn_vnode_flushframe(vse, 1), -46);
	channel_open(vse, 0, 320, 240, 4);
	assert_int_equal(hbn_vnode_start(vse), 0);
	send_picture(vse, &in, 1);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &held), 0);
	send_picture(vse, &in, 2);
	send_picture(vse, &in, 3);
	assert_int_equal(hbn_vnode_flushframe(vse, 0), 0);
	assert_int_equal(channel_counters(vse, 0).flushed, 2);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 30, &image), -43);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &held), 0);
	send_picture(vse, &in, 4);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	assert_int_equal(image.info.frame_id, 4);
	hbn_vnode_close(vse);
}

static void *get_nothing(void *argument)
{
	struct wait *wait = argument;
	hbn_vnode_image_t image;
	int64_t before = now_ms();
	wait->result = hbn_vnode_getframe(wait->vse, 0, wait->timeout_ms, &image);
	wait->took_ms = now_ms() - before;
	return NULL;
}

static void timeout_of_zero_or_more_than_a_second_is_four_seconds(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	struct wait waits[] = {{.timeout_ms = 0}, {.timeout_ms = 1001}, {.timeout_ms = 50}, {.timeout_ms = 1000}};
	static const int64_t at_least[] = {3990, 3990, 49, 990};
	pthread_t threads[4];
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (int i = 0; i < 4; i++) {
		waits[i].vse = vse;
		pthread_create(&threads[i], NULL, get_nothing, &waits[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(waits[i].result, -43);
		assert_true(waits[i].took_ms >= at_least[i]);
	}
	hbn_vnode_close(vse);
}

static void closing_the_node_ends_a_waiting_getframe(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	struct wait wait = {.vse = vse, .timeout_ms = 0};
	pthread_t thread;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	pthread_create(&thread, NULL, get_nothing, &wait);
	poll(NULL, 0, 50);
	hbn_vnode_close(vse);
	pthread_join(thread, NULL);
	assert_true(wait.result == -43 || wait.result == -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(ring_of_three_lets_two_out_and_drops_the_new_frame),
		opened_test(starved_channel_does_not_disturb_its_neighbours),
		opened_test(release_knows_only_the_index),
		opened_test(same_index_is_always_the_same_buffer),
		opened_test(descriptor_is_readable_while_a_frame_waits_and_hangs_up_when_stopped),
		opened_test(condition_zero_throws_old_frames_away),
		opened_test(positive_condition_skips_old_frames_and_never_gives_them_back),
		opened_test(negative_condition_waits_for_a_frame_of_later_than_now),
		opened_test(interrupted_getframe_says_the_same_as_a_timeout),
		opened_test(flush_drops_what_waits_and_keeps_what_is_held),
		opened_test(timeout_of_zero_or_more_than_a_second_is_four_seconds),
		opened_test(closing_the_node_ends_a_waiting_getframe),
	};
	return HARNESS_RUN(argc, argv, tests);
}
