/* SPDX-License-Identifier: Apache-2.0 */
#include "text_report.h"

#include "report.h"
#include "result_reader.h"
#include "table.h"
#include "units.h"

#include <stdio.h>

static void print_machine(const json_t *results)
{
	const json_t *machine = json_object_get(results, "machine");
	char text[512];

	printf("%s\n", result_machine_text(machine, text, sizeof(text)));
}

static void add_time(struct table *table, const json_t *outcome, const char *distribution, const char *quantile)
{
	table_add(table, TERMINAL_PLAIN, "%.1f",
		  result_number(json_object_get(outcome, distribution), quantile) / 1000);
}

static void add_ratio(struct table *table, const json_t *entry, const char *name)
{
	const json_t *ratio = json_object_get(entry, name);

	table_add(table, TERMINAL_BOLD, "%.2f", result_number(ratio, "median"));
	table_add(table, TERMINAL_PLAIN, "%.2f-%.2f", result_number(ratio, "minimum"), result_number(ratio, "maximum"));
}

static void add_entry(struct table *table, const json_t *entry)
{
	const json_t *all = json_object_get(entry, "all");
	char copied[UNITS_SIZE];

	table_add(table, TERMINAL_PLAIN, "%s", result_text(entry, "title"));
	table_add(table, TERMINAL_PLAIN, "%.0fx%.0f", result_number(entry, "width_pixels"),
		  result_number(entry, "height_pixels"));
	table_add(table, TERMINAL_PLAIN, "%.0f", result_number(entry, "consumers"));
	add_time(table, all, "pointer", "p50_ns");
	add_ratio(table, entry, "pointer_ratio");
	add_time(table, all, "pointer", "p99_ns");
	add_time(table, all, "last_pointer", "p50_ns");
	add_time(table, all, "last_byte", "p50_ns");
	table_add(table, TERMINAL_PLAIN, "%.1f", result_number(all, "processor_ns") / 1000);
	table_add(table, TERMINAL_BOLD, "%.2f", result_number(json_object_get(entry, "processor_ratio"), "median"));
	table_add(table, TERMINAL_PLAIN, "%.1f", result_number(all, "context_switches"));
	table_add(table, TERMINAL_PLAIN, "%s", units_bytes(copied, (uint64_t)result_number(all, "bytes_copied")));
	table_add(table, TERMINAL_PLAIN, "%.0f", result_number(all, "lost") + result_number(all, "skipped"));
	table_add(table, TERMINAL_PLAIN, "%.0f", result_number(all, "damaged"));
}

static void print_contest(const json_t *contest)
{
	static const struct table_column columns[] = {
		{"WAY", false, 0},     {"SIZE", false, 0},  {"CONSUMERS", true, 0}, {"P50", true, 0},
		{"OF FUTEX", true, 0}, {"ROUNDS", true, 0}, {"P99", true, 0},       {"LAST P50", true, 0},
		{"READ P50", true, 0}, {"CPU", true, 0},    {"OF FUTEX", true, 0},  {"SWITCHES", true, 0},
		{"COPIED", true, 0},   {"LOST", true, 0},   {"TORN", true, 0},
	};
	struct table *table = table_create(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *entry;
	size_t i;

	if (json_is_true(json_object_get(contest, "failed"))) {
		printf("\n%s: could not be measured\n", result_text(contest, "title"));
		table_destroy(table);
		return;
	}
	printf("\n%s: %.0f round%s of %.0f frames, %.1f a second; %s\n", result_text(contest, "title"),
	       result_number(contest, "rounds"), result_number(contest, "rounds") == 1 ? "" : "s",
	       result_number(contest, "frames"), 1e9 / result_number(contest, "interval_ns"),
	       json_is_true(json_object_get(contest, "touches_pixels")) ? "every byte is read" : "no pixel is touched");
	json_array_foreach(json_object_get(contest, "entries"), i, entry)
		add_entry(table, entry);
	table_print(table, stdout, 0, "  ");
	table_destroy(table);
}

/* Contests are found wherever they are: alone, in objects, in arrays. */
static void print_contests(const json_t *value)
{
	const char *key;
	const json_t *member;
	size_t i;

	if (json_object_get(value, "entries") != NULL) {
		print_contest(value);
		return;
	}
	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
			print_contests(member);
		return;
	}
	json_object_foreach((json_t *)value, key, member)
		print_contests(member);
}

static void print_missing_peers(const json_t *missing)
{
	const json_t *peer;
	size_t i;

	if (json_array_size(missing) > 0)
		putchar('\n');
	json_array_foreach(missing, i, peer)
		printf("Not measured, not there: %s\n", json_string_value(peer));
}

/* What is no contest. */
static void print_others(const struct document *document, const json_t *results)
{
	static const struct {
		const char *name;
		void (*write)(const struct document *document, const json_t *part);
	} parts[] = {
		{"scaling", report_write_scaling},     {"mjpeg", report_write_mjpeg},
		{"detector", report_write_detector},   {"streaming", report_write_streaming},
		{"languages", report_write_languages},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (json_object_get(results, parts[i].name) != NULL)
			parts[i].write(document, json_object_get(results, parts[i].name));
}

void text_report_print(const json_t *results)
{
	const struct document document = {.format = &document_terminal, .output = stdout};

	print_machine(results);
	printf("Times in microseconds. CPU is the time of all processes for one frame, without the camera's own "
	       "writing.\n");
	print_contests(results);
	print_missing_peers(json_object_get(json_object_get(results, "peers"), "missing"));
	print_others(&document, results);
	report_write_verdicts(&document, results, false);
}
