/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

static void write_series(const struct document *document, const json_t *series, const char *title)
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

	document->format->heading(document->output, 3, title);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(series, i, one) {
		document->format->row_begin(document->output, false);
		document_cell(document, "%.0fx%.0f", result_number(one, "width_pixels"),
			      result_number(one, "height_pixels"));
		document_cell(document, "%.0f", result_number(one, "consumers"));
		document_cell(document, "%.0f", result_number(one, "buffers"));
		document_cell(document, "%.2f", result_number(one, "p50_ns") / 1000);
		document_cell(document, "%.2f", result_number(one, "p99_ns") / 1000);
		document_cell(document, "%.3f", result_number(one, "wake_calls_per_frame"));
		document_cell(document, "%.2f", result_number(one, "producer_memory_bytes") / 1048576);
		document_cell(document, "%.2f", result_number(one, "consumer_memory_bytes") / 1048576);
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}

void report_write_scaling(const struct document *document, const json_t *scaling)
{
	document_paragraph(
		document,
		"What zcf_producer_publish() takes, system call included. Memory is each process's share (PSS) of "
		"all that it maps, the program itself included.");
	write_series(document, json_object_get(scaling, "publish_by_size"),
		     "Publishing, by size of frame, nobody waits");
	write_series(document, json_object_get(scaling, "publish_by_consumers"), "Publishing, by consumers that sleep");
	write_series(document, json_object_get(scaling, "publish_by_buffers"), "Publishing, by buffers of the pool");
	write_series(document, json_object_get(scaling, "attach"), "Attaching: zcf_consumer_open()");
}
