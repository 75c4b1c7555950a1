/* SPDX-License-Identifier: Apache-2.0 */
/* What was expected, and what was found: by the medians, whatever they are. */
#include "reasons.h"
#include "report.h"
#include "result_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATH(...)                                                                                                      \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}

struct verdict {
	const char *claim;
	double limit;
	const char *question; /* As its member in the results. */
	double (*measure)(const json_t *results);
	reason_writer *explain;
};

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

static double pointer_p50(const json_t *entry)
{
	return result_number(json_object_get(json_object_get(entry, "all"), "pointer"), "p50_ns");
}

static double processor(const json_t *entry)
{
	return result_number(json_object_get(entry, "all"), "processor_ns");
}

static double flatness(const json_t *results)
{
	const json_t *small = result_find_entry(limit_contest(results, "paced"), "zcframe", 640),
		     *large = result_find_entry(limit_contest(results, "paced"), "zcframe", 3840);

	return positive(pointer_p50(large)) / positive(pointer_p50(small));
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

/* Of our number to the best peer's, in the contest where that is worst. */
static double against_best_peer(const json_t *results, double (*number)(const json_t *entry))
{
	const json_t *contest, *entry;
	double worst = NAN;
	size_t i, k;

	json_array_foreach(json_object_get(json_object_get(results, "peers"), "contests"), i, contest) {
		double best = NAN, ours = NAN;
		json_array_foreach(json_object_get(contest, "entries"), k, entry) {
			if (is_channel(entry))
				ours = positive(number(entry));
			else if (strncmp(result_text(entry, "name"), "futex", 5) != 0)
				best = fmin(best, positive(number(entry)));
		}
		if (isnan(ours))
			return NAN;
		worst = fmax(worst, ours / best);
	}
	return worst;
}

static double peers_p50(const json_t *results)
{
	return against_best_peer(results, pointer_p50);
}

static double peers_processor(const json_t *results)
{
	return against_best_peer(results, processor);
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
	double more_ns = positive(processor(result_find_entry(contest, "zcframe_anticipating", 0))) -
			 positive(processor(result_find_entry(contest, "zcframe", 640)));

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

static const struct verdict verdicts[] = {
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

#define VERDICTS (sizeof(verdicts) / sizeof(verdicts[0]))

/* With so many digits, two at least, that what falls short does not look as if it were met. */
static const char *write_measured(double measured, double limit, char *text, size_t size)
{
	for (int digits = 2; digits <= 6; digits++) {
		snprintf(text, size, "%.*f", digits, measured);
		if (measured <= limit || strtod(text, NULL) > limit)
			break;
	}
	return text;
}

static const char *write_command(const char *question, char *text, size_t size)
{
	snprintf(text, size, "zcf bench %s", question);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
	return text;
}

static void write_row(const struct document *document, const struct verdict *verdict, double measured)
{
	char text[48];

	document->format->row_begin(document->output, false);
	document_cell(document, "%s", verdict->claim);
	document_cell(document, "%.2f", verdict->limit);
	if (isnan(measured))
		document_cell(document, "-");
	else
		document_cell(document, "%s", write_measured(measured, verdict->limit, text, sizeof(text)));
	document_cell(document, "%s",
		      isnan(measured)              ? "not measured"
		      : measured <= verdict->limit ? "met"
						   : "falls short");
	document_cell(document, "%s", write_command(verdict->question, text, sizeof(text)));
	document->format->row_end(document->output);
}

static void write_reasons(const struct document *document, const json_t *results)
{
	bool begun = false;

	for (size_t i = 0; i < VERDICTS; i++) {
		const struct verdict *verdict = &verdicts[i];
		double measured = verdict->measure(results);
		struct reason reason = {.length = 0};
		char text[48];
		if (isnan(measured) || measured <= verdict->limit)
			continue;
		if (!begun)
			document->format->heading(document->output, 3,
						  "What falls short, and what this run says of why");
		begun = true;
		verdict->explain(results, &reason);
		document_paragraph(document, "%s, %s instead of %.2f: %s", verdict->claim,
				   write_measured(measured, verdict->limit, text, sizeof(text)), verdict->limit,
				   reason.text);
	}
}

static bool deals_with(const json_t *results, const struct verdict *verdict)
{
	return json_object_get(results, verdict->question) != NULL;
}

static bool deals_with_any(const json_t *results)
{
	for (size_t i = 0; i < VERDICTS; i++)
		if (deals_with(results, &verdicts[i]))
			return true;
	return false;
}

/* All on one scale: beyond the mark is what falls short. */
static void write_bars(const struct document *document, const json_t *results)
{
	struct bar bars[VERDICTS] = {0};
	size_t count = 0;

	for (size_t i = 0; i < VERDICTS; i++) {
		double measured = verdicts[i].measure(results);
		if (isnan(measured))
			continue;
		snprintf(bars[count].label, sizeof(bars[0].label), "%s", verdicts[i].claim);
		bars[count].value = measured / verdicts[i].limit;
		bars[count].mark = 1;
		bars[count].is_ours = true;
		bars[count++].falls_short = measured > verdicts[i].limit;
	}
	document->format->bars(document->output,
			       "What was measured, as a share of what was expected at most (red line): green if met, "
			       "orange if it falls short",
			       bars, count);
}

void report_write_verdicts(const struct document *document, const json_t *results, bool all)
{
	static const char *const titles[] = {"expected", "at most", "measured", "", "command"};

	if (!all && !deals_with_any(results))
		return;
	document->format->heading(document->output, 2,
				  json_is_true(json_object_get(json_object_get(results, "bench"), "quick"))
					  ? "In short, by --quick, which is not for figures"
					  : "In short");
	write_bars(document, results);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < VERDICTS; i++)
		if (all || deals_with(results, &verdicts[i]))
			write_row(document, &verdicts[i], verdicts[i].measure(results));
	document->format->table_end(document->output);
	write_reasons(document, results);
}
