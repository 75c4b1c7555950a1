/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

#include <string.h>

#define MOST_TICKS 16
#define MEBIBYTE   1048576

/* What is drawn of each result. */
struct measure {
	const char *label, *member;
	double unit;
};

/* Two measures, by what differs from one result to the next: "size", or a member of the results. */
static void write_plot(const struct document *document, const json_t *series, const char *title, const char *by,
		       const struct measure measures[2])
{
	struct line lines[2] = {{.is_ours = true}};
	char tick_texts[MOST_TICKS][24];
	const char *ticks[MOST_TICKS];
	const json_t *one;
	size_t i, count = 0;

	for (size_t line = 0; line < 2; line++)
		snprintf(lines[line].label, sizeof(lines[line].label), "%s", measures[line].label);
	json_array_foreach(series, i, one) {
		if (count == MOST_TICKS)
			break;
		if (strcmp(by, "size") == 0)
			snprintf(tick_texts[count], sizeof(tick_texts[0]), "%.0fx%.0f",
				 result_number(one, "width_pixels"), result_number(one, "height_pixels"));
		else
			snprintf(tick_texts[count], sizeof(tick_texts[0]), "%.0f", result_number(one, by));
		ticks[count] = tick_texts[count];
		for (size_t line = 0; line < 2; line++)
			lines[line].values[count] = result_number(one, measures[line].member) / measures[line].unit;
		count++;
	}
	if (count > 0)
		document->format->lines(document->output, title, ticks, count, lines, 2);
}

static void cell_mebibytes(const struct document *document, const json_t *one, const char *name)
{
	double bytes = result_number(one, name);

	if (bytes > 0)
		document_cell(document, "%.2f", bytes / MEBIBYTE);
	else
		document_cell(document, "-");
}

static void cell_size(const struct document *document, const json_t *one)
{
	document_cell(document, "%.0fx%.0f", result_number(one, "width_pixels"), result_number(one, "height_pixels"));
}

static void cell_times(const struct document *document, const json_t *one)
{
	document_cell(document, "%.2f", result_number(one, "p50_ns") / 1000);
	document_cell(document, "%.2f", result_number(one, "p99_ns") / 1000);
}

/* Heading and plot. */
static void begin_series(const struct document *document, const json_t *series, const char *title, const char *by)
{
	static const struct measure times[] = {{"p50", "p50_ns", 1000}, {"p99", "p99_ns", 1000}};
	char plot_title[128];

	document->format->heading(document->output, 3, title);
	snprintf(plot_title, sizeof(plot_title), "%s: µs by %s", title, by);
	write_plot(document, series, plot_title, by, times);
}

static void write_publishing(const struct document *document, const json_t *series, const char *title, const char *by)
{
	static const char *const titles[] = {"size",
					     "consumers",
					     "buffers",
					     "p50 µs",
					     "p99 µs",
					     "wake calls a frame",
					     "producer's memory MiB",
					     "a consumer's MiB"};
	const json_t *one;
	size_t i;

	begin_series(document, series, title, by);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(series, i, one) {
		document->format->row_begin(document->output, false);
		cell_size(document, one);
		document_cell(document, "%.0f", result_number(one, "consumers"));
		document_cell(document, "%.0f", result_number(one, "buffers"));
		cell_times(document, one);
		document_cell(document, "%.3f", result_number(one, "wake_calls_per_frame"));
		cell_mebibytes(document, one, "producer_memory_bytes");
		cell_mebibytes(document, one, "consumer_memory_bytes");
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}

static void write_attaching(const struct document *document, const json_t *series)
{
	static const char *const titles[] = {"size", "buffers", "p50 µs", "p99 µs"};
	const json_t *one;
	size_t i;

	begin_series(document, series, "Attaching: zcf_consumer_open()", "size");
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(series, i, one) {
		document->format->row_begin(document->output, false);
		cell_size(document, one);
		document_cell(document, "%.0f", result_number(one, "buffers"));
		cell_times(document, one);
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}

static void write_daemon_memory(const struct document *document, const json_t *series)
{
	static const char *const titles[] = {"consumers", "zcf-camerad's MiB", "of it private", "a consumer's MiB",
					     "of it private"};
	static const struct measure memory[] = {{"zcf-camerad", "daemon_memory_bytes", MEBIBYTE},
						{"a consumer", "consumer_memory_bytes", MEBIBYTE}};
	const json_t *one;
	size_t i;

	document->format->heading(document->output, 3, "Memory of the daemon and of its consumers");
	if (json_array_size(series) == 0) {
		document_paragraph(document, "Not measured: there was no zcf-camerad.");
		return;
	}
	document_paragraph(document,
			   "zcf-camerad with the synthetic camera and its three channels of three buffers, and "
			   "consumers of one of them that "
			   "read every byte. A process's share (PSS) counts what others map too in equal parts, and so "
			   "depends on what else "
			   "runs here; private is what it has written and alone maps: what one consumer more costs.");
	write_plot(document, series, "Memory by number of consumers: share (PSS) in MiB", "consumers", memory);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(series, i, one) {
		document->format->row_begin(document->output, false);
		document_cell(document, "%.0f", result_number(one, "consumers"));
		cell_mebibytes(document, one, "daemon_memory_bytes");
		cell_mebibytes(document, one, "daemon_private_bytes");
		cell_mebibytes(document, one, "consumer_memory_bytes");
		cell_mebibytes(document, one, "consumer_private_bytes");
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}

void report_write_scaling(const struct document *document, const json_t *scaling)
{
	document_paragraph(
		document,
		"What zcf_producer_publish() takes, system call included. Producer and consumers are processes of the "
		"benchmark; their memory is each one's share (PSS) of all that it maps, the program itself included.");
	write_publishing(document, json_object_get(scaling, "publish_by_size"),
			 "Publishing, by size of frame, nobody waits", "size");
	write_publishing(document, json_object_get(scaling, "publish_by_consumers"),
			 "Publishing, by consumers that sleep", "consumers");
	write_publishing(document, json_object_get(scaling, "publish_by_buffers"), "Publishing, by buffers of the pool",
			 "buffers");
	write_attaching(document, json_object_get(scaling, "attach"));
	write_daemon_memory(document, json_object_get(scaling, "daemon_memory"));
}
