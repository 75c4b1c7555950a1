/* SPDX-License-Identifier: Apache-2.0 */
/* Before and after: what the first design promised, measured. */
#include "suite.h"

#include <stdio.h>

#define WAYS 4

static const struct contender *const ways[WAYS] = {
	&contender_futex,
	&contender_copy,
	&contender_single_slot,
	&contender_channel,
};

static const uint32_t sizes[][2] = {{640, 360}, {640, 480}, {1920, 1080}, {3840, 2160}};
static const uint32_t consumer_counts[] = {1, 2, 4, 8, 16};

#define SIZES           (sizeof(sizes) / sizeof(sizes[0]))
#define CONSUMER_COUNTS (sizeof(consumer_counts) / sizeof(consumer_counts[0]))

static json_t *measure_one(struct suite *suite, uint32_t width, uint32_t height, uint32_t consumers)
{
	struct entry entries[WAYS];
	char what[64];

	for (size_t i = 0; i < WAYS; i++)
		entries[i] = (struct entry){ways[i], width, height, consumers, 0};
	snprintf(what, sizeof(what), "%ux%u, %u consumer%s", width, height, consumers, consumers == 1 ? "" : "s");
	/* Where processes have a processor each, what is to be seen is small. In twelve rounds each of the six orders
	 * in which four can follow one another comes twice. */
	return consumers == 1 ? suite_contest(suite, what, entries, WAYS, 12, 48, true)
			      : suite_contest(suite, what, entries, WAYS, 3, 40, true);
}

/* The design's own case: three channels, with one consumer each. */
static json_t *measure_three_channels(struct suite *suite)
{
	static const uint32_t channels[3][2] = {{640, 480}, {640, 360}, {640, 480}};
	struct entry entries[3 * WAYS];

	for (size_t i = 0; i < 3 * WAYS; i++)
		entries[i] = (struct entry){ways[i / 3], channels[i % 3][0], channels[i % 3][1], 1, i % 3};
	return suite_contest(suite, "The design's three channels", entries, 3 * WAYS, 5, 64, true);
}

/* 640x360 and 1920x1080, 1 and 4 consumers. */
static bool is_quick(size_t size, size_t consumers)
{
	return size % 2 == 0 && consumers % 2 == 0 && consumers < 4;
}

static json_t *measure(struct suite *suite)
{
	json_t *channels = measure_three_channels(suite);
	json_t *contests;

	if (channels == NULL)
		return NULL;
	contests = json_array();
	for (size_t i = 0; i < SIZES * CONSUMER_COUNTS; i++) {
		const uint32_t *size = sizes[i / CONSUMER_COUNTS];
		json_t *contest;
		if (suite->quick && !is_quick(i / CONSUMER_COUNTS, i % CONSUMER_COUNTS))
			continue;
		contest = measure_one(suite, size[0], size[1], consumer_counts[i % CONSUMER_COUNTS]);
		if (contest == NULL) {
			json_decref(channels);
			json_decref(contests);
			return NULL;
		}
		json_array_append_new(contests, contest);
	}
	return json_pack("{s:o, s:o}", "three_channels", channels, "contests", contests);
}

const struct question question_before_after = {
	.name = "before_after",
	.steps = 1 + SIZES * CONSUMER_COUNTS,
	.quick_steps = 1 + 4,
	.measure = measure,
};
