/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

#define MOST_VIEWERS 8

static void write_row(const struct document *document, bool is_ours, const char *what, const json_t *time,
		      const json_t *ratio)
{
	document->format->row_begin(document->output, is_ours);
	document_cell(document, "%s", what);
	document_cell(document, "%.0f", result_number(time, "median") / 1000);
	if (ratio != NULL)
		document_cell(document, "%.2f (%.2f-%.2f)", result_number(ratio, "median"),
			      result_number(ratio, "minimum"), result_number(ratio, "maximum"));
	else
		document_cell(document, "1.00");
	document->format->row_end(document->output);
}

static void write_processor_time(const struct document *document, const json_t *streaming)
{
	static const char *const titles[] = {"way", "CPU µs a picture", "of the encoder alone"};
	const json_t *floor = json_object_get(streaming, "floor_ns"), *one;
	struct bar bars[MOST_VIEWERS + 1] = {{.label = "the encoder alone"}};
	size_t i, count = 1;

	bars[0].value = result_number(floor, "median") / 1000;
	json_array_foreach(json_object_get(streaming, "viewers"), i, one) {
		if (count > MOST_VIEWERS)
			break;
		snprintf(bars[count].label, sizeof(bars[count].label), "zcf-streamd, viewers: %.0f",
			 result_number(one, "viewers"));
		bars[count].value = result_number(json_object_get(one, "processor_ns"), "median") / 1000;
		bars[count++].is_ours = true;
	}
	document->format->bars(document->output, "Processor time for a picture, µs", bars, count);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	write_row(document, false, bars[0].label, floor, NULL);
	for (i = 1; i < count; i++) {
		one = json_array_get(json_object_get(streaming, "viewers"), i - 1);
		write_row(document, true, bars[i].label, json_object_get(one, "processor_ns"),
			  json_object_get(one, "ratio_to_floor"));
	}
	document->format->table_end(document->output);
}

static void write_ages(const struct document *document, const json_t *streaming)
{
	static const char *const titles[] = {"how old a picture is", "p50 ms", "p99 ms", "pictures"};
	const json_t *browser = json_object_get(streaming, "browser");
	const struct {
		const char *title;
		const json_t *age;
	} rows[] = {
		{"its last packet at a viewer", json_object_get(streaming, "age")},
		{"shown by headless Chromium", json_object_get(browser, "age")},
	};

	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].age == NULL)
			continue;
		document->format->row_begin(document->output, true);
		document_cell(document, "%s", rows[i].title);
		document_cell(document, "%.1f", result_number(rows[i].age, "p50_ns") / 1e6);
		document_cell(document, "%.1f", result_number(rows[i].age, "p99_ns") / 1e6);
		document_cell(document, "%.0f", result_number(rows[i].age, "pictures"));
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
	if (json_object_get(browser, "missing") != NULL)
		document_paragraph(document, "In a browser it was not measured: %s.", result_text(browser, "missing"));
}

void report_write_streaming(const struct document *document, const json_t *streaming)
{
	if (json_object_get(streaming, "missing") != NULL) {
		document_paragraph(document, "The streaming server was not measured: %s.",
				   result_text(streaming, "missing"));
		return;
	}
	document_paragraph(document,
			   "zcf-streamd with %s, synthetic camera, %.0fx%.0f at %.0f frames a second, viewers by "
			   "WebRTC on this machine; "
			   "%.0f rounds. In turn with them the encoder alone: the same library with the same settings "
			   "at the same pace "
			   "on what the camera has shown, in a process that has neither channel nor network. What the "
			   "server takes "
			   "beyond it is taking frames, and packing, encrypting and sending to each viewer; with no "
			   "viewer it is for each "
			   "frame of the camera.",
			   result_text(streaming, "encoder"), result_number(streaming, "width_pixels"),
			   result_number(streaming, "height_pixels"), result_number(streaming, "rate_hz"),
			   result_number(streaming, "rounds"));
	write_processor_time(document, streaming);
	document_paragraph(document,
			   "A picture that 10 viewers get was encoded %.3f times. A frame is held for %.1f µs beyond "
			   "the encoder's own %.2f "
			   "ms, which are %.2f ms when it is alone.",
			   result_number(json_object_get(streaming, "encodes_per_picture"), "median"),
			   result_number(json_object_get(streaming, "held_beyond_encode_ns"), "median") / 1000,
			   result_number(json_object_get(streaming, "encode_ns"), "median") / 1e6,
			   result_number(json_object_get(streaming, "floor_encode_ns"), "median") / 1e6);
	write_ages(document, streaming);
}
