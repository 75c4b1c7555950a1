/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <stdarg.h>

void document_paragraph(const struct document *document, const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	document->format->paragraph(document->output, text);
}

void document_cell(const struct document *document, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	document->format->cell(document->output, text);
}

void document_no_details_begin(FILE *output, const char *summary)
{
	(void)output;
	(void)summary;
}

void document_no_details_end(FILE *output)
{
	(void)output;
}

void document_no_bars(FILE *output, const char *title, const struct bar *bars, size_t count)
{
	(void)output;
	(void)title;
	(void)bars;
	(void)count;
}

void document_no_lines(FILE *output, const char *title, const char *const *ticks, size_t tick_count,
		       const struct line *lines, size_t line_count)
{
	(void)output;
	(void)title;
	(void)ticks;
	(void)tick_count;
	(void)lines;
	(void)line_count;
}
