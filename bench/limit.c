/* SPDX-License-Identifier: Apache-2.0 */
/* The limit: what it takes to wake a process at all, and how close a frame comes to it. No pixel is touched. */
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct entry one_consumer[] = {
	{&contender_futex, 640, 360, 1, 0},       {&contender_channel, 640, 360, 1, 0},
	{&contender_channel, 1920, 1080, 1, 0},   {&contender_channel, 3840, 2160, 1, 0},
	{&contender_futex_again, 640, 360, 1, 0}, {&contender_futex_same_pages, 640, 360, 1, 0},
	{&contender_eventfd, 640, 360, 1, 0},     {&contender_cache_line, 640, 360, 1, 0},
	{&contender_anticipated, 640, 360, 1, 0},
};

/* So often that the processors do not fall asleep in between: what is left is what the programs do. */
static const struct entry fast[] = {
	{&contender_futex, 640, 360, 1, 0},
	{&contender_channel, 640, 360, 1, 0},
	{&contender_channel, 3840, 2160, 1, 0},
	{&contender_futex_again, 640, 360, 1, 0},
	{&contender_futex_same_pages, 640, 360, 1, 0},
	{&contender_eventfd, 640, 360, 1, 0},
};

static const struct entry several_consumers[] = {
	{&contender_futex, 640, 360, 4, 0},
	{&contender_channel, 640, 360, 4, 0},
	{&contender_futex_same_pages, 640, 360, 4, 0},
	{&contender_eventfd, 640, 360, 4, 0},
	{&contender_futex, 640, 360, 16, 4},
	{&contender_channel, 640, 360, 16, 4},
	{&contender_futex_same_pages, 640, 360, 16, 4},
	{&contender_eventfd, 640, 360, 16, 4},
};

/* Rounds: multiples of the entries but one, so that each can come behind each other equally often. */
static json_t *measure(struct suite *suite)
{
	json_t *paced = suite_contest(suite, "Waking one process at 30 frames a second", one_consumer,
				      COUNT(one_consumer), 24, 116, false);
	json_t *often = paced == NULL ? NULL
				      : suite_contest_paced(suite, "Waking one process 2500 times a second", fast,
							    COUNT(fast), 10, 1400, false, 400000);
	json_t *last = often == NULL ? NULL
				     : suite_contest(suite, "Waking 4 and 16 processes at 30 frames a second",
						     several_consumers, COUNT(several_consumers), 14, 68, false);

	if (last == NULL) {
		json_decref(paced);
		json_decref(often);
		return NULL;
	}
	return json_pack("{s:o, s:o, s:o}", "paced", paced, "often", often, "several", last);
}

const struct question question_limit = {.name = "limit", .steps = 3, .measure = measure};
