/* SPDX-License-Identifier: Apache-2.0 */
/* When frames are due. */
#include "camerad/frame_clock.h"
#include "camerad/channel.h"
#include "test.h"

#include <poll.h>
#include <stdlib.h>

static void wait_for(struct frame_clock *clock)
{
	struct pollfd poll_fd = {.fd = clock->timer_fd, .events = POLLIN};

	REQUIRE_EQUAL(poll(&poll_fd, 1, -1), 1);
}

static void frames_are_due_on_a_grid_of_absolute_times(void **state)
{
	struct frame_clock clock;
	uint64_t first = 0, due, missed, number = 0;

	(void)state;
	REQUIRE_EQUAL(frame_clock_open(&clock), 0);
	frame_clock_start(&clock, 200000);
	REQUIRE_EQUAL(clock.interval_ns, 5000000);
	for (int i = 0; i < 20; i++) {
		wait_for(&clock);
		REQUIRE(frame_clock_take(&clock, &due, &missed));
		if (first == 0)
			first = due;
		else
			number += missed + 1;
		REQUIRE_EQUAL(due, first + number * 5000000);
		REQUIRE(due <= test_now_ns());
		test_sleep_ns(1000000); /* A slow camera does not move the grid. */
	}
	frame_clock_close(&clock);
}

static void grid_times_that_went_by_are_counted_and_come_as_one_frame(void **state)
{
	struct frame_clock clock;
	uint64_t first, due, missed, start;

	(void)state;
	REQUIRE_EQUAL(frame_clock_open(&clock), 0);
	start = test_now_ns();
	frame_clock_start(&clock, 100000);
	wait_for(&clock);
	REQUIRE(frame_clock_take(&clock, &first, &missed));
	test_sleep_ns(55 * NS_PER_MS);
	REQUIRE(frame_clock_take(&clock, &due, &missed));
	REQUIRE(missed >= 4);
	REQUIRE_EQUAL(due, first + (missed + 1) * 10000000);
	REQUIRE(due >= start && due <= test_now_ns());
	frame_clock_close(&clock);
}

static void a_stopped_clock_has_no_frames_and_starts_anew(void **state)
{
	struct frame_clock clock;
	uint64_t due, missed;

	(void)state;
	REQUIRE_EQUAL(frame_clock_open(&clock), 0);
	REQUIRE(!frame_clock_take(&clock, &due, &missed));
	frame_clock_start(&clock, 1000000);
	test_sleep_ns(10 * NS_PER_MS);
	frame_clock_stop(&clock);
	REQUIRE(!clock.running);
	REQUIRE(!frame_clock_take(&clock, &due, &missed));
	frame_clock_start(&clock, 100);
	wait_for(&clock);
	REQUIRE(frame_clock_take(&clock, &due, &missed));
	REQUIRE_EQUAL(missed, 0);
	frame_clock_close(&clock);
}

static uint64_t count_frames(uint32_t channel_rate, uint32_t camera_rate, uint64_t frames, uint64_t *ret_longest_gap)
{
	struct channel channel = {.rate_millihertz = channel_rate, .last_turn = UINT64_MAX};
	uint64_t count = 0, last = 0;

	*ret_longest_gap = 0;
	for (uint64_t number = 1; number <= frames; number++) {
		if (!channel_is_due(&channel, number, camera_rate))
			continue;
		if (count++ > 0 && number - last > *ret_longest_gap)
			*ret_longest_gap = number - last;
		last = number;
	}
	return count;
}

static void a_slower_channel_gets_its_even_share_of_the_frames(void **state)
{
	uint64_t gap;

	(void)state;
	REQUIRE_EQUAL(count_frames(30000, 30000, 3000, &gap), 3000);
	REQUIRE_EQUAL(gap, 1);
	REQUIRE(labs((long)count_frames(15000, 30000, 3000, &gap) - 1500) <= 1);
	REQUIRE_EQUAL(gap, 2);
	REQUIRE(labs((long)count_frames(25000, 30000, 3000, &gap) - 2500) <= 1);
	REQUIRE_EQUAL(gap, 2);
	REQUIRE(labs((long)count_frames(1000, 30000, 3000, &gap) - 100) <= 1);
	REQUIRE_EQUAL(gap, 30);
	REQUIRE(labs((long)count_frames(29970, 59940, 60000, &gap) - 30000) <= 1);
	REQUIRE_EQUAL(gap, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_are_due_on_a_grid_of_absolute_times),
		TEST(grid_times_that_went_by_are_counted_and_come_as_one_frame),
		TEST(a_stopped_clock_has_no_frames_and_starts_anew),
		TEST(a_slower_channel_gets_its_even_share_of_the_frames),
	};

	return TEST_RUN(tests);
}
