/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "result_reader.h"

static void write_machine(const struct document *document, const json_t *results)
{
	const json_t *bench = json_object_get(results, "bench");
	char text[512];

	document_paragraph(document,
			   "Made by `zcf bench report` from what `zcf bench` measured on %s, zcframe %s%s. Not edited.",
			   result_text(bench, "date"), result_text(bench, "version"),
			   json_is_true(json_object_get(bench, "quick")) ? ", with --quick: not for figures" : "");
	document_paragraph(document, "%s",
			   result_machine_text(json_object_get(results, "machine"), text, sizeof(text)));
	document_paragraph(
		document,
		"Contenders run at once and take turns frame by frame; ratios are those of one round, the median over "
		"the rounds with the smallest and largest in parentheses. Times are from publish to the pointer in a "
		"consumer's hand, of 'last one's' to the last consumer's pointer, of 'read' to the last byte that a "
		"consumer has read. CPU is the time of all processes for one frame, without the camera's own writing; "
		"switches, cache misses and bytes copied are for one frame too. Lost: frames that a consumer did not "
		"get; torn: that it got and that were not what the camera wrote. Maxima on a virtual machine belong to "
		"its hypervisor. bench/README.md describes the method.");
}

static void write_limit(const struct document *document, const json_t *limit)
{
	report_write_contest(document, json_object_get(limit, "paced"));
	report_write_contest(document, json_object_get(limit, "often"));
	report_write_contest(document, json_object_get(limit, "several"));
}

static void write_peers(const struct document *document, const json_t *peers)
{
	const json_t *contests = json_object_get(peers, "contests"), *missing = json_object_get(peers, "missing"), *one;
	size_t i;

	json_array_foreach(json_object_get(json_array_get(contests, 0), "entries"), i, one)
		document_paragraph(document, "%s: %s.", result_text(one, "title"), result_text(one, "copies"));
	json_array_foreach(missing, i, one)
		document_paragraph(
			document,
			"%s was not measured: it is not on this machine, or was not there when this was built.",
			json_string_value(one));
	json_array_foreach(contests, i, one)
		report_write_contest(document, one);
}

static void write_part(const struct document *document, const json_t *results, const char *name, const char *title,
		       void (*write)(const struct document *document, const json_t *part))
{
	const json_t *part = json_object_get(results, name);

	if (part == NULL)
		return;
	document->format->heading(document->output, 2, title);
	write(document, part);
}

void report_write(const struct document *document, const json_t *results)
{
	document->format->begin(document->output, "zcframe: benchmarks");
	write_machine(document, results);
	report_write_verdicts(document, results, true);
	write_part(document, results, "limit", "The limit: waking a process", write_limit);
	write_part(document, results, "before_after", "Before and after", report_write_before_after);
	write_part(document, results, "peers", "Other libraries", write_peers);
	write_part(document, results, "scaling", "Scaling", report_write_scaling);
	write_part(document, results, "mjpeg", "MJPEG", report_write_mjpeg);
	write_part(document, results, "detector", "The detector", report_write_detector);
	write_part(document, results, "streaming", "The streaming server", report_write_streaming);
	write_part(document, results, "languages", "Other languages", report_write_languages);
	document->format->end(document->output);
}
