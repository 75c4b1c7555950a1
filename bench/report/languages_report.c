/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

#include <string.h>

static void write_table(const struct document *document, const json_t *ways, const char *what)
{
	const char *titles[] = {what, "p50 µs", "p99 µs", "of C", "beyond C µs"};
	const json_t *way;
	size_t i;

	if (json_array_size(ways) == 0)
		return;
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(ways, i, way) {
		document->format->row_begin(document->output, strcmp(result_text(way, "title"), "C") != 0);
		document_cell(document, "%s", result_text(way, "title"));
		document_cell(document, "%.2f", result_number(way, "p50_ns") / 1000);
		document_cell(document, "%.2f", result_number(way, "p99_ns") / 1000);
		document_cell(document, "%.2f", result_number(way, "ratio_to_c"));
		document_cell(document, "%.2f", result_number(way, "beyond_c_ns") / 1000);
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}

static void write_language(const struct document *document, const json_t *language, const char *name)
{
	document->format->heading(document->output, 3, name);
	if (json_object_get(language, "missing") != NULL)
		document_paragraph(document, "Not measured: %s.", result_text(language, "missing"));
	write_table(document, json_object_get(language, "acquire_release"), "acquire and release");
	write_table(document, json_object_get(language, "wake"), "from publish to the frame, after 3 ms of sleep");
}

void report_write_languages(const struct document *document, const json_t *languages)
{
	document_paragraph(document, "Each beside the same calls from C, on the frames of one channel, in turns.");
	write_language(document, json_object_get(languages, "python"), "Python");
	write_language(document, json_object_get(languages, "go"), "Go");
}
