/* SPDX-License-Identifier: Apache-2.0 */
/* What is expected, and how it is found in results: by medians over the rounds, whatever they are. */
#include "expectations.h"

#include "message.h"
#include "result_reader.h"
#include "statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PATH(...)                                                                                                      \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}

static bool is_channel(const json_t *entry)
{
	return strcmp(result_text(entry, "name"), "zcframe") == 0;
}

static const json_t *limit_contest(const json_t *results, const char *name)
{
	return json_object_get(json_object_get(results, "limit"), name);
}

/* What has counted nothing has taken no time: that is no figure. */
static double positive(double value)
{
	return value > 0 ? value : NAN;
}

/* The worst of our entries in a contest, NAN if there is none. */
static double worst_ratio(const json_t *contest, const char *ratio, double consumers)
{
	const json_t *entry = result_find_worst(contest, ratio, consumers);

	return entry != NULL ? positive(result_ratio(entry, ratio)) : NAN;
}

static double paced_p50(const json_t *results)
{
	return worst_ratio(limit_contest(results, "paced"), "pointer_ratio", 1);
}

static double paced_p99(const json_t *results)
{
	return worst_ratio(limit_contest(results, "paced"), "pointer_p99_ratio", 1);
}

static double awake_p50(const json_t *results)
{
	return worst_ratio(limit_contest(results, "often"), "pointer_ratio", 1);
}

static double awake_p99(const json_t *results)
{
	return worst_ratio(limit_contest(results, "often"), "pointer_p99_ratio", 1);
}

static double last_of_four(const json_t *results)
{
	return worst_ratio(limit_contest(results, "several"), "last_pointer_ratio", 4);
}

static double pointer_p50(const json_t *outcome)
{
	return result_number(json_object_get(outcome, "pointer"), "p50_ns");
}

static double processor(const json_t *outcome)
{
	return result_number(outcome, "processor_ns");
}

static double divide(double ours, double theirs)
{
	return ours / theirs;
}

static double subtract(double ours, double theirs)
{
	return ours - theirs;
}

/*
 * Of two entries of a contest, round by round; the median. Rounds in which the other one had nothing are left out:
 * shmsrc loses its sink now and then. NAN if that was in half of them, or if we had nothing in any.
 */
static double compare(const json_t *ours, const json_t *theirs, double (*number)(const json_t *outcome),
		      double (*combine)(double ours, double theirs))
{
	const json_t *our_rounds = json_object_get(ours, "rounds"), *their_rounds = json_object_get(theirs, "rounds");
	size_t count = json_array_size(our_rounds), compared = 0;
	double *values = cli_allocate(count, sizeof(*values));
	double median = NAN;
	bool complete = true;

	for (size_t i = 0; i < count; i++) {
		double our_number = positive(number(json_array_get(our_rounds, i)));
		double their_number = positive(number(json_array_get(their_rounds, i)));
		complete = complete && !isnan(our_number);
		if (!isnan(their_number))
			values[compared++] = combine(our_number, their_number);
	}
	if (complete && compared * 2 > count)
		median = statistics_median(values, compared);
	free(values);
	return median;
}

static double flatness(const json_t *results)
{
	const json_t *paced = limit_contest(results, "paced");

	return compare(result_find_entry(paced, "zcframe", 3840), result_find_entry(paced, "zcframe", 640), pointer_p50,
		       divide);
}

static double reading_processor(const json_t *results)
{
	const json_t *contest;
	double worst = NAN;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(results, "before_after"), "contests"), i, contest)
		worst = fmax(worst, worst_ratio(contest, "processor_ratio", 1));
	return worst;
}

/* Of ours to the peer's, with the peer and in the contest where that is worst. */
static double against_peers(const json_t *results, double (*number)(const json_t *outcome))
{
	const json_t *contest, *entry;
	double worst = NAN;
	size_t i, k;

	json_array_foreach(json_object_get(json_object_get(results, "peers"), "contests"), i, contest) {
		const json_t *ours = result_find_entry(contest, "zcframe", 0);
		json_array_foreach(json_object_get(contest, "entries"), k, entry) {
			double ratio = compare(ours, entry, number, divide);
			if (is_channel(entry) || strncmp(result_text(entry, "name"), "futex", 5) == 0)
				continue;
			if (isnan(ratio))
				return NAN;
			worst = fmax(worst, ratio);
		}
	}
	return worst;
}

static double peers_p50(const json_t *results)
{
	return against_peers(results, pointer_p50);
}

static double peers_processor(const json_t *results)
{
	return against_peers(results, processor);
}

static double wake_calls(const json_t *results)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(results, "scaling"), "publish_by_consumers"), i, one)
		if (result_number(one, "consumers") == 16)
			return result_number(one, "wake_calls_per_frame");
	return NAN;
}

static double anticipating_p50(const json_t *results)
{
	const json_t *entry = result_find_entry(limit_contest(results, "paced"), "zcframe_anticipating", 0);

	return positive(result_ratio(entry, "pointer_ratio"));
}

/* What anticipating costs more than sleeping, in percent of a processor. */
static double anticipating_percent(const json_t *results)
{
	const json_t *contest = limit_contest(results, "paced");
	double more_ns = compare(result_find_entry(contest, "zcframe_anticipating", 0),
				 result_find_entry(contest, "zcframe", 640), processor, subtract);

	return more_ns * 100 / positive(result_number(contest, "interval_ns"));
}

static double detector_beyond(const json_t *results)
{
	return result_number_at(results, PATH("detector", "overhead", "beyond_inference_ns", "p99")) / 1e6;
}

static double streaming_encodes(const json_t *results)
{
	return result_number_at(results, PATH("streaming", "encodes_per_picture", "median"));
}

static double streaming_held(const json_t *results)
{
	return result_number_at(results, PATH("streaming", "held_beyond_encode_ns", "median")) / 1e6;
}

static double streaming_screen(const json_t *results)
{
	return result_number_at(results, PATH("streaming", "browser", "age", "p99_ns")) / 1e6;
}

/* The worst of what a language takes beyond C, in µs. */
static double beyond_c(const json_t *results, const char *language)
{
	const json_t *found = json_object_get(json_object_get(results, "languages"), language), *way;
	double worst = NAN;
	size_t i;

	json_array_foreach(json_object_get(found, "acquire_release"), i, way)
		worst = fmax(worst, result_number(way, "beyond_c_ns") / 1000);
	return worst;
}

static double python_beyond_c(const json_t *results)
{
	return beyond_c(results, "python");
}

static double go_beyond_c(const json_t *results)
{
	return beyond_c(results, "go");
}

const struct expectation expectations[] = {
	{"p50 of a bare futex wake's, 30 a second, worst size", 1.05, "limit", paced_p50, reason_paced_p50},
	{"p99 of a bare futex wake's, 30 a second, worst size", 1.2, "limit", paced_p99, reason_paced_p99},
	{"p50 of a bare futex wake's, processors awake", 1.05, "limit", awake_p50, reason_awake_p50},
	{"p99 of a bare futex wake's, processors awake", 1.2, "limit", awake_p99, reason_awake_p99},
	{"p50 at 3840x2160 of that at 640x360", 1.05, "limit", flatness, reason_flatness},
	{"last of four, of a bare futex's last of four", 1.1, "limit", last_of_four, reason_last_of_four},
	{"CPU of the bare wake's, one consumer that reads every byte, worst size", 1.15, "before_after",
	 reading_processor, reason_reading_processor},
	{"p50 of the best peer's, worst size", 1, "peers", peers_p50, reason_peers},
	{"CPU of the best peer's, worst size", 1, "peers", peers_processor, reason_peers},
	{"wake calls a frame with 16 consumers", 1, "scaling", wake_calls, reason_unknown},
	{"anticipating: p50 of a bare futex wake's", 0.5, "limit", anticipating_p50, reason_anticipating_p50},
	{"anticipating: percent of a processor more than sleeping", 1, "limit", anticipating_percent,
	 reason_anticipating},
	{"detector: p99 from publish to its result, less the model's own time, ms", 2, "detector", detector_beyond,
	 reason_detector},
	{"streaming: encodes of a picture that 10 viewers get", 1.05, "streaming", streaming_encodes, reason_unknown},
	{"streaming: a frame is held beyond the encoder's own time, ms", 1, "streaming", streaming_held,
	 reason_streaming},
	{"streaming: p99 from capture to the screen of Chromium, ms", 100, "streaming", streaming_screen,
	 reason_streaming},
	{"Python: acquire and release beyond C's, worst way, µs", 10, "languages", python_beyond_c, reason_unknown},
	{"Go: acquire and release beyond C's, worst way, µs", 2, "languages", go_beyond_c, reason_unknown},
};

const size_t expectation_count = sizeof(expectations) / sizeof(expectations[0]);
