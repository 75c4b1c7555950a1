/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

#include <string.h>

#define MOST_BARS 16

static bool is_ours(const json_t *one)
{
	return strcmp(result_text(one, "server"), "zcf-mjpegd") == 0;
}

/* The library's bar is the one that stands before its server's. */
static void write_bars(const struct document *document, const json_t *mjpeg)
{
	struct bar bars[MOST_BARS] = {0};
	const json_t *one;
	size_t i, count = 0;

	json_array_foreach(mjpeg, i, one) {
		if (count + 2 > MOST_BARS)
			break;
		snprintf(bars[count].label, sizeof(bars[0].label), "libjpeg-turbo, %.0fp",
			 result_number(one, "height_pixels"));
		bars[count++].value = result_number(one, "floor_ns") / 1000;
		snprintf(bars[count].label, sizeof(bars[0].label), "%.40s, %.0fp", result_text(one, "server"),
			 result_number(one, "height_pixels"));
		bars[count].value = result_number(one, "server_ns") / 1000;
		bars[count++].is_ours = is_ours(one);
	}
	if (count > 0)
		document->format->bars(document->output,
				       "Processor time for a picture, µs, and the library alone beside it", bars,
				       count);
}

void report_write_mjpeg(const struct document *document, const json_t *mjpeg)
{
	static const char *const titles[] = {
		"server", "size", "CPU µs a picture", "libjpeg-turbo alone", "ratio", "JPEG bytes", "p50 µs", "p99 µs",
	};
	const json_t *one;
	size_t i;

	if (json_array_size(mjpeg) == 0) {
		document_paragraph(document, "Not measured: there was neither zcf-mjpegd nor uStreamer.");
		return;
	}
	document_paragraph(
		document,
		"One viewer, 30 pictures a second, 4:2:0. In turn with the servers, %.0f rounds, the JPEG library "
		"alone, "
		"with the same pictures and quality, fed with planes that are laid out as it wants them. The times are "
		"from publishing a frame to the last byte of its picture in the viewer's hand; the picture is encoded "
		"in "
		"between.",
		result_number(json_array_get(mjpeg, 0), "rounds"));
	document_paragraph(document, "uStreamer has the same pictures as YUYV, from a V4L2 device that is made up for "
				     "it, and one worker. Its "
				     "times begin when it has taken the picture from the device, by its own statement, "
				     "in whole milliseconds. "
				     "Where it is missing it was not installed.");
	write_bars(document, mjpeg);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(mjpeg, i, one) {
		const json_t *ratio = json_object_get(one, "ratio_to_floor");
		document->format->row_begin(document->output, is_ours(one));
		document_cell(document, "%s", result_text(one, "server"));
		document_cell(document, "%.0fx%.0f, quality %.0f", result_number(one, "width_pixels"),
			      result_number(one, "height_pixels"), result_number(one, "quality"));
		document_cell(document, "%.0f", result_number(one, "server_ns") / 1000);
		document_cell(document, "%.0f", result_number(one, "floor_ns") / 1000);
		document_cell(document, "%.2f (%.2f-%.2f)", result_number(ratio, "median"),
			      result_number(ratio, "minimum"), result_number(ratio, "maximum"));
		document_cell(document, "%.0f", result_number(one, "jpeg_bytes"));
		document_cell(document, "%.0f", result_number(one, "latency_p50_ns") / 1000);
		document_cell(document, "%.0f", result_number(one, "latency_p99_ns") / 1000);
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}
