/* SPDX-License-Identifier: Apache-2.0 */
/* The beat: learned from a regular camera, not believed of an irregular one, never spun for longer than allowed. */
#include "consumer/beat.h"

#include "test.h"

#define PERIOD_NS UINT64_C(33333333)
#define LIMIT_NS  UINT64_C(300000)
#define START_NS  UINT64_C(1000000000)

/* The same numbers in every run; between -reach and reach. */
static int64_t jitter_ns(uint32_t *state, int64_t reach_ns)
{
	*state = *state * 1664525u + 1013904223u;
	return (int64_t)(*state >> 8) % (2 * reach_ns + 1) - reach_ns;
}

/* Frames 0 to count - 1 at a beat, each early or late by the reach at most. Returns when the next one is due. */
static uint64_t observe(struct zcf_beat *beat, uint32_t count, int64_t reach_ns)
{
	uint32_t random = 1;

	for (uint32_t i = 0; i < count; i++)
		zcf_beat_observe(beat, START_NS + i * PERIOD_NS + (uint64_t)jitter_ns(&random, reach_ns));
	return START_NS + count * PERIOD_NS;
}

static void a_regular_camera_is_anticipated_around_the_time_when_its_frame_is_due(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t due_ns = observe(&beat, 60, 10000);
	struct zcf_beat_window window;

	(void)state;
	REQUIRE(zcf_beat_plan(&beat, due_ns - PERIOD_NS / 2, &window));
	REQUIRE(window.wake_ns < due_ns - 10000);
	REQUIRE(window.wake_ns > due_ns - LIMIT_NS);
	REQUIRE(window.end_ns > due_ns + 10000);
	REQUIRE(window.end_ns - window.wake_ns <= LIMIT_NS);
}

static void nothing_is_anticipated_before_the_beat_is_known(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	struct zcf_beat_window window;

	(void)state;
	for (uint32_t i = 0; i < 9; i++) {
		REQUIRE(!zcf_beat_plan(&beat, START_NS + i * PERIOD_NS - 1000, &window));
		zcf_beat_observe(&beat, START_NS + i * PERIOD_NS);
	}
	zcf_beat_observe(&beat, START_NS + 9 * PERIOD_NS);
	REQUIRE(zcf_beat_plan(&beat, START_NS + 9 * PERIOD_NS + 1000, &window));
}

static void without_a_limit_nothing_is_anticipated(void **state)
{
	struct zcf_beat beat = {0};
	uint64_t due_ns = observe(&beat, 60, 0);
	struct zcf_beat_window window;

	(void)state;
	REQUIRE(!zcf_beat_plan(&beat, due_ns - 1000000, &window));
}

static void a_camera_that_strays_further_than_the_limit_is_not_anticipated(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t due_ns = observe(&beat, 200, 400000);
	struct zcf_beat_window window;

	(void)state;
	REQUIRE(!zcf_beat_plan(&beat, due_ns - 1000000, &window));
}

static void a_camera_without_a_beat_is_not_anticipated(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t time_ns = START_NS;
	struct zcf_beat_window window;
	uint32_t random = 7;

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		time_ns += PERIOD_NS + (uint64_t)jitter_ns(&random, (int64_t)PERIOD_NS * 9 / 10);
		zcf_beat_observe(&beat, time_ns);
		REQUIRE(!zcf_beat_plan(&beat, time_ns + 1000, &window));
	}
}

static void the_beat_outlasts_frames_that_are_missing(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t due_ns = observe(&beat, 60, 2000);
	struct zcf_beat_window window;

	(void)state;
	zcf_beat_observe(&beat, due_ns + 3 * PERIOD_NS);
	REQUIRE(zcf_beat_plan(&beat, due_ns + 3 * PERIOD_NS + 1000, &window));
	REQUIRE(window.wake_ns < due_ns + 4 * PERIOD_NS && window.end_ns > due_ns + 4 * PERIOD_NS);
}

static void another_rate_is_learned_anew(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t time_ns = observe(&beat, 60, 2000);
	struct zcf_beat_window window;

	(void)state;
	for (uint32_t i = 0; i < 30; i++)
		zcf_beat_observe(&beat, time_ns += 20000000);
	REQUIRE(zcf_beat_plan(&beat, time_ns + 1000, &window));
	REQUIRE(window.wake_ns < time_ns + 20000000 && window.end_ns > time_ns + 20000000);
}

static void a_camera_slightly_off_its_nominal_rate_is_followed(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	struct zcf_beat_window window;
	uint64_t time_ns = START_NS;
	uint32_t random = 3, inside = 0;

	(void)state;
	/* It drifts by 30 us a second, which adds up to more than the window within seconds. */
	for (uint32_t i = 0; i < 3000; i++) {
		uint64_t next_ns = time_ns + PERIOD_NS + 1000;
		zcf_beat_observe(&beat, time_ns + (uint64_t)jitter_ns(&random, 3000));
		if (i >= 100)
			inside += zcf_beat_plan(&beat, time_ns + 10000, &window) && window.wake_ns < next_ns &&
				  window.end_ns > next_ns;
		time_ns = next_ns;
	}
	REQUIRE(inside > 2800);
}

static void sleeps_that_end_late_are_begun_earlier(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t due_ns = observe(&beat, 60, 0);
	struct zcf_beat_window before, after;

	(void)state;
	REQUIRE(zcf_beat_plan(&beat, due_ns - 1000000, &before));
	for (uint32_t i = 0; i < 200; i++)
		zcf_beat_woke(&beat, 1000000, 1000000 + 80000);
	REQUIRE(zcf_beat_plan(&beat, due_ns - 1000000, &after));
	REQUIRE(after.wake_ns + 75000 < before.wake_ns);
	REQUIRE(after.wake_ns + 90000 > before.wake_ns);
}

static void sleeps_that_end_at_any_time_are_not_relied_on(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t due_ns = observe(&beat, 60, 0);
	struct zcf_beat_window window;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		zcf_beat_woke(&beat, 1000000, 1000000 + (i % 2 ? 0 : 5000000));
	REQUIRE(!zcf_beat_plan(&beat, due_ns - 1000000, &window));
}

static void a_frame_that_is_overdue_is_not_spun_for(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t due_ns = observe(&beat, 60, 2000);
	struct zcf_beat_window window;

	(void)state;
	REQUIRE(!zcf_beat_plan(&beat, due_ns + LIMIT_NS, &window));
}

static void after_spins_in_vain_it_rests_and_tries_again_later(void **state)
{
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	uint64_t due_ns = observe(&beat, 60, 0);
	struct zcf_beat_window window;
	uint32_t rested = 0;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		zcf_beat_spun(&beat, false);
	REQUIRE(zcf_beat_plan(&beat, due_ns - 1000000, &window));
	zcf_beat_spun(&beat, true);
	for (uint32_t i = 0; i < 4; i++)
		zcf_beat_spun(&beat, false);
	while (!zcf_beat_plan(&beat, due_ns - 1000000, &window)) {
		zcf_beat_observe(&beat, due_ns);
		due_ns += PERIOD_NS;
		rested++;
		REQUIRE(rested < 1000);
	}
	REQUIRE(rested >= 10);
}

/* The producer writes the times. Whatever they are, there is a plan that can be followed, or none. */
static void times_that_cannot_be_do_no_harm(void **state)
{
	static const uint64_t times[] = {0, 1, UINT64_MAX, 5, UINT64_MAX - 1, UINT64_MAX / 2, 2, 3, 4};
	struct zcf_beat beat = {.limit_ns = LIMIT_NS};
	struct zcf_beat_window window;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		zcf_beat_observe(&beat, times[i * i % 9]);
		zcf_beat_plan(&beat, times[i % 9], &window);
	}
	for (uint32_t i = 0; i < 100; i++)
		zcf_beat_observe(&beat, i);
	if (zcf_beat_plan(&beat, 50, &window))
		REQUIRE(window.end_ns < 50 + 2 * LIMIT_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_regular_camera_is_anticipated_around_the_time_when_its_frame_is_due),
		TEST(nothing_is_anticipated_before_the_beat_is_known),
		TEST(without_a_limit_nothing_is_anticipated),
		TEST(a_camera_that_strays_further_than_the_limit_is_not_anticipated),
		TEST(a_camera_without_a_beat_is_not_anticipated),
		TEST(the_beat_outlasts_frames_that_are_missing),
		TEST(another_rate_is_learned_anew),
		TEST(a_camera_slightly_off_its_nominal_rate_is_followed),
		TEST(sleeps_that_end_late_are_begun_earlier),
		TEST(sleeps_that_end_at_any_time_are_not_relied_on),
		TEST(a_frame_that_is_overdue_is_not_spun_for),
		TEST(after_spins_in_vain_it_rests_and_tries_again_later),
		TEST(times_that_cannot_be_do_no_harm),
	};

	return TEST_RUN(tests);
}
