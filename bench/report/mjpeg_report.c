/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

#include <string.h>

void report_write_mjpeg(const struct document *document, const json_t *mjpeg)
{
	static const char *const titles[] = {
		"server", "size", "CPU µs a picture", "libjpeg-turbo alone", "ratio", "JPEG bytes", "p50 µs", "p99 µs",
	};
	const json_t *one;
	size_t i;

	document_paragraph(
		document,
		"One viewer, 30 pictures a second, 4:2:0. Beside it the JPEG library alone, with the same pictures and "
		"quality, fed with planes that are laid out as it wants them. The times are from publishing a frame to "
		"the last byte of its picture in the viewer's hand; the picture is encoded in between.");
	document_paragraph(document, "uStreamer has the same pictures as YUYV, from a V4L2 device that is made up for "
				     "it, and one worker. Its "
				     "times begin when it has taken the picture from the device, by its own statement, "
				     "in whole milliseconds. "
				     "Where it is missing it was not installed.");
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(mjpeg, i, one) {
		document->format->row_begin(document->output, strcmp(result_text(one, "server"), "zcf-mjpegd") == 0);
		document_cell(document, "%s", result_text(one, "server"));
		document_cell(document, "%.0fx%.0f, quality %.0f", result_number(one, "width_pixels"),
			      result_number(one, "height_pixels"), result_number(one, "quality"));
		document_cell(document, "%.0f", result_number(one, "server_ns") / 1000);
		document_cell(document, "%.0f", result_number(one, "floor_ns") / 1000);
		document_cell(document, "%.2f", result_number(one, "ratio_to_floor"));
		document_cell(document, "%.0f", result_number(one, "jpeg_bytes"));
		document_cell(document, "%.0f", result_number(one, "latency_p50_ns") / 1000);
		document_cell(document, "%.0f", result_number(one, "latency_p99_ns") / 1000);
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}
