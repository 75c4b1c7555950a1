/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

/* Where a frame's time goes, in this order. */
static const struct {
	const char *name, *title;
	bool is_ours;
} stages[] = {
	{"floor_inference_ns", "the model alone", false},
	{"inference_ns", "zcf-yolod: the model", true},
	{"wait_ns", "zcf-yolod: from publish to the frame", true},
	{"preprocess_ns", "zcf-yolod: scale and convert", true},
	{"postprocess_ns", "zcf-yolod: make boxes", true},
	{"beyond_inference_ns", "zcf-yolod: all but the model", true},
};

#define STAGES (sizeof(stages) / sizeof(stages[0]))

static void write_stages(const struct document *document, const json_t *overhead)
{
	static const char *const titles[] = {"of a frame's time", "p50 ms", "p99 ms"};
	struct bar bars[STAGES] = {0};

	for (size_t i = 0; i < STAGES; i++) {
		const json_t *time = json_object_get(overhead, stages[i].name);
		snprintf(bars[i].label, sizeof(bars[i].label), "%s", stages[i].title);
		bars[i].value = result_number(time, "p50") / 1e6;
		bars[i].mark = result_number(time, "p99") / 1e6;
		bars[i].is_ours = stages[i].is_ours;
	}
	document->format->bars(document->output,
			       "Of a frame's time: p50 (bar, number) and p99 (red; an arrow: farther out), ms", bars,
			       STAGES);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < STAGES; i++) {
		document->format->row_begin(document->output, stages[i].is_ours);
		document_cell(document, "%s", stages[i].title);
		document_cell(document, "%.2f", bars[i].value);
		document_cell(document, "%.2f", bars[i].mark);
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}

static void write_processor_time(const struct document *document, const json_t *overhead)
{
	static const char *const titles[] = {"processor time", "ms a frame", "of the model alone"};
	const json_t *ratio = json_object_get(overhead, "processor_ratio");

	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	document->format->row_begin(document->output, false);
	document_cell(document, "the model alone");
	document_cell(document, "%.2f", result_number(json_object_get(overhead, "floor_processor_ns"), "median") / 1e6);
	document_cell(document, "1.00");
	document->format->row_end(document->output);
	document->format->row_begin(document->output, true);
	document_cell(document, "zcf-yolod");
	document_cell(document, "%.2f", result_number(json_object_get(overhead, "processor_ns"), "median") / 1e6);
	document_cell(document, "%.2f (%.2f-%.2f)", result_number(ratio, "median"), result_number(ratio, "minimum"),
		      result_number(ratio, "maximum"));
	document->format->row_end(document->output);
	document->format->table_end(document->output);
}

static void write_neighbours(const struct document *document, const json_t *detector)
{
	const json_t *queue = json_object_get(detector, "queue"), *others = json_object_get(detector, "others");
	const json_t *input = json_object_get(detector, "preprocessing");
	const json_t *model = json_object_get(json_object_get(detector, "overhead"), "inference_ns");
	double rate_hz = result_number(queue, "rate_hz");

	document_paragraph(
		document,
		"With a camera of %.0f frames a second, %s, the frame that is taken is %.2f frames old (p99 %.2f), in "
		"the last third of the time %.2f of what it was in the first: nothing queues up where that stays near "
		"1.",
		rate_hz,
		result_number(model, "p50") * rate_hz > 1e9 ? "more than the model can"
							    : "which the model can keep up with",
		result_number(json_object_get(queue, "age_frames"), "p50"),
		result_number(json_object_get(queue, "age_frames"), "p99"),
		result_number(queue, "last_to_first_third"));
	document_paragraph(
		document,
		"Another reader of the same channel has a frame after %.2f ms (p99 %.2f) while the detector runs, "
		"and after %.2f ms (p99 %.2f) while it is stopped.",
		result_number(json_object_get(others, "running_ns"), "p50") / 1e6,
		result_number(json_object_get(others, "running_ns"), "p99") / 1e6,
		result_number(json_object_get(others, "stopped_ns"), "p50") / 1e6,
		result_number(json_object_get(others, "stopped_ns"), "p99") / 1e6);
	document_paragraph(
		document,
		"From the frame to the model's input it is one pass, which reads %.0f bytes where the camera wrote "
		"them and writes %.0f.",
		result_number(input, "read_bytes"), result_number(input, "written_bytes"));
}

void report_write_detector(const struct document *document, const json_t *detector)
{
	const json_t *overhead = json_object_get(detector, "overhead");

	if (json_object_get(detector, "missing") != NULL) {
		document_paragraph(document, "The detector was not measured: %s.", result_text(detector, "missing"));
		return;
	}
	document_paragraph(
		document,
		"zcf-yolod with %s, source %s, %.1f frames a second. In turn with it, %.0f rounds, the model alone: "
		"the same onnxruntime session at the same pace on input that the camera has shown, in a process "
		"that has no channel. The processor time of zcf-yolod is that of all its threads.",
		result_text(detector, "model"), result_text(detector, "source"), result_number(overhead, "rate_hz"),
		result_number(overhead, "rounds"));
	write_stages(document, overhead);
	document_paragraph(document, "%.1f %% of %.0f frames were published within the model's time and 2 ms.",
			   result_number(overhead, "within_2_ms") * 100,
			   result_number(json_object_get(overhead, "beyond_inference_ns"), "count"));
	write_processor_time(document, overhead);
	write_neighbours(document, detector);
}
