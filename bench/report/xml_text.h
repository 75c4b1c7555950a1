/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_BENCH_REPORT_XML_TEXT_H
#define ZCF_BENCH_REPORT_XML_TEXT_H

#include <stdio.h>
#include <string.h>

/** Text in HTML or SVG, up to @p end: what would be markup is escaped. */
static inline void xml_text_range(FILE *output, const char *text, const char *end)
{
	for (; text != end; text++) {
		if (*text == '<')
			fputs("&lt;", output);
		else if (*text == '>')
			fputs("&gt;", output);
		else if (*text == '&')
			fputs("&amp;", output);
		else if (*text == '"')
			fputs("&quot;", output);
		else
			fputc(*text, output);
	}
}

static inline void xml_text(FILE *output, const char *text)
{
	xml_text_range(output, text, text + strlen(text));
}

#endif
