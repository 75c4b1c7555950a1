/* SPDX-License-Identifier: Apache-2.0 */
/* From what the processes of a benchmark noted to the figures of its report. */
#include "contest.h"
#include "message.h"
#include "statistics.h"
#include "summary.h"
#include "test.h"
#include "turns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES    5
#define CONSUMERS 2

/* zcf's own are not linked in. */
void cli_message(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
}

void *cli_allocate(size_t count, size_t size_bytes)
{
	void *memory = calloc(count, size_bytes);

	REQUIRE(memory != NULL);
	return memory;
}

static uint64_t quantile_of_first(size_t count, double quantile)
{
	uint64_t values[200];

	for (size_t i = 0; i < count; i++)
		values[i] = count - i;
	return statistics_quantile(values, count, quantile);
}

static void a_quantile_is_a_value_that_was_measured(void **state)
{
	(void)state;
	REQUIRE_EQUAL(quantile_of_first(5, 0.5), 3);
	REQUIRE_EQUAL(quantile_of_first(200, 0.5), 101);
	REQUIRE_EQUAL(quantile_of_first(200, 0.99), 199);
	/* What a report says of rounds of fewer than a hundred. */
	REQUIRE_EQUAL(quantile_of_first(99, 0.99), 99);
	REQUIRE_EQUAL(quantile_of_first(1, 0.99), 1);
	REQUIRE_EQUAL(quantile_of_first(0, 0.99), 0);
}

static void a_median_is_in_the_middle_and_leaves_the_rounds_in_their_order(void **state)
{
	const double odd[] = {9, 1, 5}, even[] = {8, 1, 2, 100};
	double values[] = {9, 1, 5};

	(void)state;
	REQUIRE(statistics_median(odd, 3) == 5);
	REQUIRE(statistics_median(even, 4) == 5);
	REQUIRE(statistics_median(odd, 1) == 9);
	REQUIRE(statistics_minimum(even, 4) == 1);
	REQUIRE(statistics_maximum(even, 4) == 100);
	statistics_median(values, 3);
	REQUIRE_EQUAL(memcmp(values, odd, sizeof(odd)), 0);
}

/* Frame i is published at 1000 (i + 1); consumer c has it after `late` + 10 i + 100 c, and has read it 5 later. */
static struct trial *create_trial(uint64_t late, int *fd)
{
	struct trial *trial = trial_create(CONSUMERS, FRAMES, fd);

	REQUIRE(trial != NULL);
	trial->first_counted = 1;
	for (uint32_t frame = 0; frame < FRAMES; frame++) {
		trial_sent_ns(trial)[frame] = 1000 * (frame + 1);
		for (uint32_t consumer = 0; consumer < CONSUMERS; consumer++) {
			uint64_t pointer_ns = trial_sent_ns(trial)[frame] + late + 10 * frame + 100 * consumer;
			trial_pointer_ns(trial, consumer)[frame] = pointer_ns;
			trial_read_ns(trial, consumer)[frame] = pointer_ns + 5;
		}
	}
	return trial;
}

/* A round of a trial, which it takes. */
static void add_round(struct summary *summary, struct trial *trial, int fd)
{
	summary_add(summary, trial);
	trial_destroy(trial, fd);
}

static void a_frame_that_a_consumer_misses_is_lost_and_has_no_last_consumer(void **state)
{
	struct summary *summary = summary_create(1, FRAMES, CONSUMERS);
	struct result result;
	struct trial *trial;
	int fd;

	(void)state;
	trial = create_trial(0, &fd);
	trial_pointer_ns(trial, 0)[0] = 900000; /* Before counting begins. */
	trial_pointer_ns(trial, 1)[4] = 0;
	add_round(summary, trial, fd);
	summary_finish(summary, &result);
	summary_destroy(summary);
	REQUIRE_EQUAL(result.all.counted, 7);
	REQUIRE_EQUAL(result.all.lost, 1);
	REQUIRE_EQUAL(result.all.pointer.max_ns, 130);
	REQUIRE_EQUAL(result.all.pointer.p50_ns, 40); /* Of 10, 20, 30, 40, 110, 120, 130. */
	REQUIRE_EQUAL(result.all.read.max_ns, 135);
	REQUIRE_EQUAL(result.all.last.p50_ns, 120); /* Of 110, 120, 130. */
	free(result.rounds);
}

static void percentiles_are_of_all_rounds_and_each_round_has_its_own(void **state)
{
	static const uint64_t late_ns[] = {0, 1000, 5000};
	struct summary *summary = summary_create(3, FRAMES, CONSUMERS);
	struct result result;
	int fd;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct trial *trial = create_trial(late_ns[i], &fd);
		trial->bytes_copied = 400 * (i + 1);
		add_round(summary, trial, fd);
	}
	summary_finish(summary, &result);
	summary_destroy(summary);
	REQUIRE_EQUAL(result.all.counted, 24);
	REQUIRE_EQUAL(result.rounds[0].pointer.max_ns, 140);
	REQUIRE_EQUAL(result.rounds[1].pointer.max_ns, 1140);
	REQUIRE_EQUAL(result.rounds[2].last.p50_ns, 5130);
	REQUIRE_EQUAL(result.all.pointer.p50_ns, 1110);
	REQUIRE_EQUAL(result.all.pointer.max_ns, 5140);
	REQUIRE(result.all.bytes_copied == 200); /* The middle round's, for each of four frames. */
	free(result.rounds);
}

static void processor_time_is_of_everybody_but_the_camera(void **state)
{
	struct summary *summary = summary_create(1, FRAMES, CONSUMERS);
	struct result result;
	struct trial *trial;
	int fd;

	(void)state;
	trial = create_trial(0, &fd);
	trial->producer_account =
		(struct account){.processor_ns = 9000, .voluntary_switches = 4, .has_misses = 1, .cache_misses = 40};
	trial->camera_cpu_ns = 5000;
	trial->consumer_accounts[0] =
		(struct account){.processor_ns = 400, .voluntary_switches = 4, .has_misses = 1, .cache_misses = 4};
	trial->consumer_accounts[1] =
		(struct account){.processor_ns = 800, .involuntary_switches = 8, .has_misses = 1, .cache_misses = 8};
	trial->helper_accounts[0] = (struct account){.ended = 1, .processor_ns = 1200, .has_misses = 1};
	trial->helper_accounts[1] = (struct account){.processor_ns = 1000000, .has_misses = 0}; /* Was not there. */
	add_round(summary, trial, fd);
	summary_finish(summary, &result);
	summary_destroy(summary);
	REQUIRE(result.all.producer_ns == 1000);
	REQUIRE(result.all.consumers_ns == 300);
	REQUIRE(result.all.helpers_ns == 300);
	REQUIRE(contest_processor_ns(&result.all) == 1600);
	REQUIRE(result.all.switches == 4);
	REQUIRE(result.all.cache_misses == 13);
	free(result.rounds);
}

static void cache_misses_are_not_counted_where_one_process_could_not(void **state)
{
	struct summary *summary = summary_create(1, FRAMES, CONSUMERS);
	struct result result;
	struct trial *trial;
	int fd;

	(void)state;
	trial = create_trial(0, &fd);
	trial->producer_account = (struct account){.has_misses = 1, .cache_misses = 40};
	trial->consumer_accounts[1] = (struct account){.has_misses = 1, .cache_misses = 40};
	add_round(summary, trial, fd);
	summary_finish(summary, &result);
	summary_destroy(summary);
	REQUIRE(result.all.cache_misses < 0);
	free(result.rounds);
}

static void a_ratio_is_the_median_of_the_rounds_ratios(void **state)
{
	static const struct entry entries[] = {{.base = 0}, {.base = 0}};
	static const struct contest contest = {.entries = entries, .entry_count = 2, .rounds = 3};
	struct outcome base[3] = {{.pointer.p50_ns = 100}, {.pointer.p50_ns = 200}, {.pointer.p50_ns = 1000}};
	struct outcome ours[3] = {{.pointer.p50_ns = 110}, {.pointer.p50_ns = 400}, {.pointer.p50_ns = 500}};
	const struct result results[] = {{.rounds = base}, {.rounds = ours}};
	struct ratio ratio;

	(void)state;
	/* Of the medians it would be 2. */
	ratio = contest_ratio(&contest, results, 1, contest_pointer_p50);
	REQUIRE(ratio.median == 1.1 && ratio.minimum == 0.5 && ratio.maximum == 2);
	ratio = contest_ratio(&contest, results, 0, contest_pointer_p50);
	REQUIRE(ratio.median == 1 && ratio.minimum == 1 && ratio.maximum == 1);
	base[1].pointer.p50_ns = 0; /* A futex that nobody heard of. */
	REQUIRE(contest_ratio(&contest, results, 1, contest_pointer_p50).minimum == 0);
}

/* How often which entry came behind which, after so many rounds: the fewest and the most times. */
static void require_followed(size_t count, uint32_t rounds, uint32_t fewest, uint32_t most)
{
	uint32_t followed[12][12] = {0};
	struct turns turns;
	size_t order[12];

	turns_init(&turns, count);
	for (uint32_t round = 0; round < rounds; round++) {
		unsigned seen = 0;

		turns_choose(&turns, order);
		for (size_t turn = 0; turn < count; turn++) {
			seen |= 1u << order[turn];
			followed[order[turn == 0 ? count - 1 : turn - 1]][order[turn]]++;
		}
		REQUIRE_EQUAL(seen, (1u << count) - 1);
	}
	turns_fini(&turns);
	for (size_t i = 0; i < count * count; i++) {
		uint32_t times = followed[i / count][i % count];

		if (i / count != i % count)
			REQUIRE(times >= fewest && times <= most);
	}
}

static void each_contender_follows_each_other_equally_often(void **state)
{
	(void)state;
	require_followed(4, 12, 4, 4);
	/* As good as it gets without looking for it. */
	require_followed(6, 10, 1, 3);
	require_followed(8, 14, 1, 3);
	require_followed(9, 24, 2, 4);
}

static void turns_are_the_same_in_every_run(void **state)
{
	struct turns one, other;
	size_t first[9], second[9];

	(void)state;
	turns_init(&one, 9);
	turns_init(&other, 9);
	for (int round = 0; round < 3; round++) {
		turns_choose(&one, first);
		turns_choose(&other, second);
		REQUIRE(memcmp(first, second, sizeof(first)) == 0);
	}
	turns_fini(&one);
	turns_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_quantile_is_a_value_that_was_measured),
		TEST(a_median_is_in_the_middle_and_leaves_the_rounds_in_their_order),
		TEST(a_frame_that_a_consumer_misses_is_lost_and_has_no_last_consumer),
		TEST(percentiles_are_of_all_rounds_and_each_round_has_its_own),
		TEST(processor_time_is_of_everybody_but_the_camera),
		TEST(cache_misses_are_not_counted_where_one_process_could_not),
		TEST(a_ratio_is_the_median_of_the_rounds_ratios),
		TEST(each_contender_follows_each_other_equally_often),
		TEST(turns_are_the_same_in_every_run),
	};

	return TEST_RUN(tests);
}
