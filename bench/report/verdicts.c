/* SPDX-License-Identifier: Apache-2.0 */
/* What was expected, and what was found: by the medians, whatever they are. */
#include "report.h"
#include "result_reader.h"

#include <math.h>
#include <string.h>

static void write_verdict(const struct document *document, const char *claim, double measured, double limit,
			  const char *command)
{
	document->format->row_begin(document->output, false);
	document_cell(document, "%s", claim);
	document_cell(document, "%.2f", limit);
	if (isnan(measured))
		document_cell(document, "-");
	else
		document_cell(document, "%.2f", measured);
	document_cell(document, "%s", isnan(measured) ? "not measured" : measured <= limit ? "met" : "falls short");
	document_cell(document, "%s", command);
	document->format->row_end(document->output);
}

static bool is_channel(const json_t *entry)
{
	return strcmp(result_text(entry, "name"), "zcframe") == 0;
}

/* The worst of our entries in a contest, NAN if there is none. */
static double worst_ratio(const json_t *contest, const char *ratio, double consumers)
{
	const json_t *entry;
	double worst = NAN;
	size_t i;

	json_array_foreach(json_object_get(contest, "entries"), i, entry) {
		const json_t *value = json_object_get(entry, ratio);
		double number = json_is_object(value) ? result_number(value, "median") : json_number_value(value);
		if (is_channel(entry) && result_number(entry, "consumers") == consumers)
			worst = fmax(worst, number);
	}
	return worst;
}

static double worst_of_contests(const json_t *contests, const char *ratio)
{
	const json_t *contest;
	double worst = NAN;
	size_t i;

	json_array_foreach(contests, i, contest)
		worst = fmax(worst, worst_ratio(contest, ratio, 1));
	return worst;
}

static double pointer_p50(const json_t *entry)
{
	return result_number(json_object_get(json_object_get(entry, "all"), "pointer"), "p50_ns");
}

static double processor(const json_t *entry)
{
	return result_number(json_object_get(entry, "all"), "processor_ns");
}

/* Of our number to the best peer's, in the contest where that is worst. */
static double against_best_peer(const json_t *contests, double (*number)(const json_t *entry))
{
	const json_t *contest, *entry;
	double worst = NAN;
	size_t i, k;

	json_array_foreach(contests, i, contest) {
		double best = 0, ours = 0;
		json_array_foreach(json_object_get(contest, "entries"), k, entry) {
			if (is_channel(entry))
				ours = number(entry);
			else if (strcmp(result_text(entry, "name"), "futex") != 0 &&
				 (best == 0 || number(entry) < best))
				best = number(entry);
		}
		if (best > 0)
			worst = fmax(worst, ours / best);
	}
	return worst;
}

static double flatness(const json_t *contest)
{
	const json_t *small = result_find_entry(contest, "zcframe", 640),
		     *large = result_find_entry(contest, "zcframe", 3840);

	return pointer_p50(small) > 0 ? pointer_p50(large) / pointer_p50(small) : NAN;
}

/* What anticipating costs more than sleeping, in percent of a processor. */
static double anticipation_percent(const json_t *contest)
{
	const json_t *anticipating = result_find_entry(contest, "zcframe_anticipating", 0);
	double more_ns = processor(anticipating) - processor(result_find_entry(contest, "zcframe", 640));

	return result_number(contest, "interval_ns") > 0 ? more_ns * 100 / result_number(contest, "interval_ns") : NAN;
}

/* A number by the names of the objects around it; NAN if it is not there. */
static double number_at(const json_t *value, const char *const *names)
{
	for (; *names != NULL; names++)
		value = json_object_get(value, *names);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

void report_write_verdicts(const struct document *document, const json_t *results)
{
	static const char *const titles[] = {"expected", "at most", "measured", "", "command"};
	const json_t *limit = json_object_get(results, "limit"), *paced = json_object_get(limit, "paced");
	const json_t *often = json_object_get(limit, "often"), *several = json_object_get(limit, "several");
	const json_t *peers = json_object_get(json_object_get(results, "peers"), "contests");
	const json_t *before_after = json_object_get(json_object_get(results, "before_after"), "contests");
	const json_t *anticipating = result_find_entry(paced, "zcframe_anticipating", 0);
	const json_t *sixteen =
		json_array_get(json_object_get(json_object_get(results, "scaling"), "publish_by_consumers"), 4);

	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	write_verdict(document, "p50 of a bare futex wake's, 30 a second, worst size",
		      worst_ratio(paced, "pointer_ratio", 1), 1.05, "zcf bench limit");
	write_verdict(document, "p99 of a bare futex wake's, 30 a second, worst size",
		      worst_ratio(paced, "pointer_p99_ratio", 1), 1.2, "zcf bench limit");
	write_verdict(document, "p50 of a bare futex wake's, processors awake", worst_ratio(often, "pointer_ratio", 1),
		      1.05, "zcf bench limit");
	write_verdict(document, "p50 at 3840x2160 of that at 640x360", flatness(paced), 1.05, "zcf bench limit");
	write_verdict(document, "last of four, of a bare futex's last of four",
		      worst_ratio(several, "last_pointer_ratio", 4), 1.1, "zcf bench limit");
	write_verdict(document, "CPU of the bare wake's with every byte read, worst size",
		      worst_of_contests(before_after, "processor_ratio"), 1.15, "zcf bench before-after");
	write_verdict(document, "p50 of the best peer's, worst size", against_best_peer(peers, pointer_p50), 1,
		      "zcf bench peers");
	write_verdict(document, "CPU of the best peer's, worst size", against_best_peer(peers, processor), 1,
		      "zcf bench peers");
	write_verdict(document, "wake calls a frame with 16 consumers",
		      sixteen != NULL ? result_number(sixteen, "wake_calls_per_frame") : NAN, 1, "zcf bench scaling");
	write_verdict(document, "anticipating: p50 of a bare futex wake's",
		      anticipating != NULL ? result_number(json_object_get(anticipating, "pointer_ratio"), "median")
					   : NAN,
		      0.5, "zcf bench limit");
	write_verdict(document, "anticipating: percent of a processor more than sleeping", anticipation_percent(paced),
		      1, "zcf bench limit");
	write_verdict(document, "detector: p99 from publish to its result, less the model's own time, ms",
		      number_at(results, (const char *[]){"detector", "overhead", "beyond_inference_ns", "p99", NULL}) /
			      1e6,
		      2, "zcf bench detector");
	write_verdict(document, "streaming: encodes of a picture that 10 viewers get",
		      number_at(results, (const char *[]){"streaming", "encodes_per_picture", "median", NULL}), 1.05,
		      "zcf bench streaming");
	write_verdict(document, "streaming: a frame is held beyond the encoder's own time, ms",
		      number_at(results, (const char *[]){"streaming", "held_beyond_encode_ns", "median", NULL}) / 1e6,
		      1, "zcf bench streaming");
	write_verdict(document, "streaming: p99 from capture to the screen of Chromium, ms",
		      number_at(results, (const char *[]){"streaming", "browser", "age", "p99_ns", NULL}) / 1e6, 100,
		      "zcf bench streaming");
	document->format->table_end(document->output);
}
