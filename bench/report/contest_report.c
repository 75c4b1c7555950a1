/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

#include <string.h>

#define MOST_BARS 24

static bool is_ours(const json_t *entry)
{
	return strncmp(result_text(entry, "name"), "zcframe", 7) == 0;
}

static void describe_entry(const json_t *entry, struct bar *bar)
{
	if (result_number(entry, "consumers") > 1)
		snprintf(bar->label, sizeof(bar->label), "%s, %.0f consumers", result_text(entry, "title"),
			 result_number(entry, "consumers"));
	else
		snprintf(bar->label, sizeof(bar->label), "%s, %.0fp", result_text(entry, "title"),
			 result_number(entry, "height_pixels"));
	bar->is_ours = is_ours(entry);
}

static void write_bars(const struct document *document, const json_t *contest)
{
	struct bar times[MOST_BARS] = {0}, processor[MOST_BARS] = {0};
	const json_t *entry;
	size_t i, count = 0;

	json_array_foreach(json_object_get(contest, "entries"), i, entry) {
		const json_t *all = json_object_get(entry, "all"), *pointer = json_object_get(all, "pointer");
		if (count == MOST_BARS)
			break;
		describe_entry(entry, &times[count]);
		times[count].value = result_number(pointer, "p50_ns") / 1000;
		times[count].mark = result_number(pointer, "p99_ns") / 1000;
		describe_entry(entry, &processor[count]);
		processor[count++].value = result_number(all, "processor_ns") / 1000;
	}
	document->format->bars(
		document->output,
		"From publish to the pointer: p50 (bar, number) and p99 (red; an arrow: farther out), µs", times,
		count);
	document->format->bars(document->output, "CPU, all processes for a frame, µs", processor, count);
}

static void cell_time(const struct document *document, const json_t *outcome, const char *distribution,
		      const char *quantile)
{
	document_cell(document, "%.1f", result_number(json_object_get(outcome, distribution), quantile) / 1000);
}

static void cell_ratio(const struct document *document, const json_t *entry, const char *name)
{
	const json_t *ratio = json_object_get(entry, name);

	document_cell(document, "%.2f (%.2f-%.2f)", result_number(ratio, "median"), result_number(ratio, "minimum"),
		      result_number(ratio, "maximum"));
}

static void write_row(const struct document *document, const json_t *entry)
{
	const json_t *all = json_object_get(entry, "all");
	const json_t *misses = json_object_get(all, "cache_misses");

	document->format->row_begin(document->output, is_ours(entry));
	document_cell(document, "%s", result_text(entry, "title"));
	document_cell(document, "%.0fx%.0f", result_number(entry, "width_pixels"),
		      result_number(entry, "height_pixels"));
	document_cell(document, "%.0f", result_number(entry, "consumers"));
	cell_time(document, all, "pointer", "p50_ns");
	cell_ratio(document, entry, "pointer_ratio");
	cell_time(document, all, "pointer", "p99_ns");
	cell_ratio(document, entry, "pointer_p99_ratio");
	cell_time(document, all, "pointer", "max_ns");
	cell_time(document, all, "last_pointer", "p50_ns");
	cell_ratio(document, entry, "last_pointer_ratio");
	cell_time(document, all, "last_byte", "p50_ns");
	cell_time(document, all, "last_byte", "p99_ns");
	cell_time(document, all, "last_byte", "max_ns");
	document_cell(document, "%.1f", result_number(all, "processor_ns") / 1000);
	cell_ratio(document, entry, "processor_ratio");
	document_cell(document, "%.1f", result_number(all, "context_switches"));
	if (json_is_number(misses))
		document_cell(document, "%.0f", json_number_value(misses));
	else
		document_cell(document, "not counted");
	document_cell(document, "%.0f", result_number(all, "bytes_copied"));
	document_cell(document, "%.0f", result_number(all, "lost") + result_number(all, "skipped"));
	document_cell(document, "%.0f", result_number(all, "damaged"));
	document->format->row_end(document->output);
}

/* Whether a round of any entry has counted so few that its p99 is its maximum. */
static bool judges_p99_by_slowest(const json_t *contest)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(contest, "entries"), i, entry)
		if (result_number(json_object_get(entry, "all"), "counted") < 100 * result_number(contest, "rounds"))
			return true;
	return false;
}

void report_write_contest(const struct document *document, const json_t *contest)
{
	static const char *const titles[] = {
		"way",      "size",           "consumers",    "p50 µs",       "of futex", "p99 µs",   "of futex",
		"max µs",   "last one's p50", "of futex",     "read p50",     "read p99", "read max", "CPU µs",
		"of futex", "switches",       "cache misses", "bytes copied", "lost",     "torn",
	};
	const json_t *entry;
	size_t i;

	if (json_is_true(json_object_get(contest, "failed"))) {
		document_paragraph(document, "%s: could not be measured; `zcf bench` says why while it runs.",
				   result_text(contest, "title"));
		return;
	}
	document_paragraph(document, "%s: %.0f round%s of %.0f frames, %.1f a second; %s.%s",
			   result_text(contest, "title"), result_number(contest, "rounds"),
			   result_number(contest, "rounds") == 1 ? "" : "s", result_number(contest, "frames"),
			   1e9 / result_number(contest, "interval_ns"),
			   json_is_true(json_object_get(contest, "touches_pixels")) ? "every byte is written and read"
										    : "no pixel is touched",
			   judges_p99_by_slowest(contest)
				   ? " A round counts fewer than a hundred of them, so its p99 is the slowest."
				   : "");
	write_bars(document, contest);
	document->format->details_begin(document->output, "All figures");
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(json_object_get(contest, "entries"), i, entry)
		write_row(document, entry);
	document->format->table_end(document->output);
	document->format->details_end(document->output);
}
