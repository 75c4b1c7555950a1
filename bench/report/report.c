/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "result_reader.h"

static void write_machine(const struct document *document, const json_t *results)
{
	const json_t *bench = json_object_get(results, "bench");
	char text[512];

	document_paragraph(
		document, "Made by `zcf bench report` from what `make bench` measured on %s, zcframe %s%s. Not edited.",
		result_text(bench, "date"), result_text(bench, "version"),
		json_is_true(json_object_get(bench, "quick")) ? ", with --quick: not for figures" : "");
	document_paragraph(document, "%s",
			   result_machine_text(json_object_get(results, "machine"), text, sizeof(text)));
	document_paragraph(
		document,
		"Contenders run at once and take turns frame by frame; ratios are those of one round, the median over "
		"the rounds with the smallest and largest in parentheses. CPU is the time of all processes for one "
		"frame, without the camera's own writing. Maxima on a virtual machine belong to its hypervisor. "
		"bench/README.md describes the method.");
}

static void write_limit(const struct document *document, const json_t *limit)
{
	document->format->heading(document->output, 2, "The limit: waking a process");
	report_write_contest(document, json_object_get(limit, "paced"));
	report_write_contest(document, json_object_get(limit, "often"));
	report_write_contest(document, json_object_get(limit, "several"));
}

static void write_peers(const struct document *document, const json_t *peers)
{
	const json_t *contests = json_object_get(peers, "contests"), *missing = json_object_get(peers, "missing"), *one;
	size_t i;

	document->format->heading(document->output, 2, "Other libraries");
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

void report_write(const struct document *document, const json_t *results)
{
	const json_t *limit = json_object_get(results, "limit"),
		     *before_after = json_object_get(results, "before_after");
	const json_t *peers = json_object_get(results, "peers"), *scaling = json_object_get(results, "scaling");

	document->format->begin(document->output, "zcframe: benchmarks");
	write_machine(document, results);
	document->format->heading(document->output, 2, "In short");
	report_write_verdicts(document, results);
	if (limit != NULL)
		write_limit(document, limit);
	if (before_after != NULL) {
		document->format->heading(document->output, 2, "Before and after");
		report_write_before_after(document, before_after);
	}
	if (peers != NULL)
		write_peers(document, peers);
	if (scaling != NULL) {
		document->format->heading(document->output, 2, "Scaling");
		report_write_scaling(document, scaling);
	}
	if (json_object_get(results, "mjpeg") != NULL) {
		document->format->heading(document->output, 2, "MJPEG");
		report_write_mjpeg(document, json_object_get(results, "mjpeg"));
	}
	if (json_object_get(results, "detector") != NULL) {
		document->format->heading(document->output, 2, "The detector");
		report_write_detector(document, json_object_get(results, "detector"));
	}
	if (json_object_get(results, "streaming") != NULL) {
		document->format->heading(document->output, 2, "The streaming server");
		report_write_streaming(document, json_object_get(results, "streaming"));
	}
	if (json_object_get(results, "languages") != NULL) {
		document->format->heading(document->output, 2, "Other languages");
		report_write_languages(document, json_object_get(results, "languages"));
	}
	document->format->end(document->output);
}
