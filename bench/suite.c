/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "clock.h"
#include "interrupt.h"
#include "json_output.h"
#include "message.h"
#include "process.h"
#include "progress.h"
#include "rates.h"
#include "suite_options.h"
#include "text_report.h"

#include <time.h>

#define INTERVAL_30_FPS_NS UINT64_C(33333333)
/* Besides the pixels: wake-ups, and what else there is. */
#define TURN_NS UINT64_C(300000)

/* What a contender may take for one frame: its copies, and the reading of consumers that share a processor. */
static uint64_t turn_ns(const struct suite *suite, const struct entry *entry, bool touches_pixels)
{
	double bytes = (double)entry->width_pixels * entry->height_pixels * 3 / 2;
	double readers = (double)((entry->consumers + (uint32_t)suite->machine.consumer_processor_count - 1) /
				  (uint32_t)suite->machine.consumer_processor_count);
	double seconds = entry->contender->copy_count * entry->consumers * bytes / suite->copy_rate;

	if (touches_pixels)
		seconds += bytes / suite->write_rate + readers * bytes / suite->read_rate;
	return TURN_NS + (uint64_t)(seconds * 1.3e9);
}

json_t *suite_contest(struct suite *suite, const char *what, const struct entry *entries, size_t entry_count,
		      uint32_t rounds, uint32_t frames, bool touches_pixels)
{
	uint64_t interval_ns = INTERVAL_30_FPS_NS;

	for (size_t i = 0; i < entry_count; i++) {
		uint64_t needed_ns = entry_count * turn_ns(suite, &entries[i], touches_pixels);
		if (needed_ns > interval_ns)
			interval_ns = needed_ns;
	}
	/* Fewer frames where they are slow, but the time stays within bounds. */
	if (interval_ns > INTERVAL_30_FPS_NS) {
		uint64_t fewer = frames * INTERVAL_30_FPS_NS / interval_ns;
		frames = fewer < 14 ? 14 : (uint32_t)fewer;
	}
	return suite_contest_paced(suite, what, entries, entry_count, rounds, frames, touches_pixels, interval_ns);
}

json_t *suite_contest_paced(struct suite *suite, const char *what, const struct entry *entries, size_t entry_count,
			    uint32_t rounds, uint32_t frames, bool touches_pixels, uint64_t interval_ns)
{
	struct contest contest = {
		.entries = entries,
		.entry_count = entry_count,
		.rounds = suite->rounds > 0 ? suite->rounds
			  : suite->quick    ? 1
					    : rounds,
		.frames = suite->frames > 0 ? suite->frames
			  : suite->quick    ? (frames + 1) / 2
					    : frames,
		.interval_ns = interval_ns,
		.touches_pixels = touches_pixels,
		.machine = &suite->machine,
		.directory = suite->directory,
	};
	struct result *results;
	json_t *json = NULL;

	progress_step("%s", what);
	results = contest_run(&contest);
	/* On a busy machine one process of many may come too late: once more, and then on without this contest. */
	if (results == NULL && interrupt_signal() == 0)
		results = contest_run(&contest);
	if (results == NULL)
		return interrupt_signal() != 0 ? NULL
					       : json_pack("{s:s, s:b, s:[]}", "title", what, "failed", 1, "entries");
	json = contest_make_json(&contest, results);
	json_object_set_new(json, "title", json_string(what));
	contest_free(&contest, results);
	return json;
}

static json_t *describe_run(const struct suite *suite)
{
	char date[32];
	time_t now = time(NULL);
	struct tm calendar;

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", gmtime_r(&now, &calendar));
	return json_pack("{s:s, s:s, s:b, s:f, s:f, s:f}", "version", ZCF_CLI_VERSION, "date", date, "quick",
			 (int)suite->quick, "read_bytes_per_second", suite->read_rate, "write_bytes_per_second",
			 suite->write_rate, "copy_bytes_per_second", suite->copy_rate);
}

static json_t *measure_all(struct suite *suite, const struct question *const *questions, size_t count)
{
	json_t *results;
	unsigned steps = 0;

	for (size_t i = 0; i < count; i++)
		steps +=
			suite->quick && questions[i]->quick_steps > 0 ? questions[i]->quick_steps : questions[i]->steps;
	progress_begin(steps);
	rates_measure(&suite->read_rate, &suite->write_rate, &suite->copy_rate);
	results = json_pack("{s:o, s:o}", "bench", describe_run(suite), "machine", machine_make_json(&suite->machine));
	for (size_t i = 0; i < count && results != NULL; i++) {
		json_t *answer = questions[i]->measure(suite);
		if (answer == NULL) {
			json_decref(results);
			results = NULL;
		} else {
			json_object_set_new(results, questions[i]->name, answer);
		}
	}
	progress_end();
	return results;
}

int suite_run(const struct question *const *questions, size_t count, bool json)
{
	struct suite suite = {
		.quick = suite_options.quick,
		.rounds = suite_options.rounds,
		.frames = suite_options.frames,
	};
	json_t *results;

	machine_describe(&suite.machine);
	interrupt_open(NULL);
	if (bench_directory_create(suite.directory, sizeof(suite.directory)) < 0)
		return CLI_FAILED;
	results = measure_all(&suite, questions, count);
	bench_directory_remove(suite.directory);
	interrupt_end_by_signal();
	if (results == NULL)
		return CLI_FAILED;
	if (json)
		return json_output_print(results);
	text_report_print(results);
	json_decref(results);
	return CLI_OK;
}
