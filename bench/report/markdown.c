/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <string.h>

static void begin(FILE *output, const char *title)
{
	fprintf(output, "# %s\n", title);
}

static void end(FILE *output)
{
	(void)output;
}

static void heading(FILE *output, int level, const char *text)
{
	fprintf(output, "\n%.*s %s\n", level, "######", text);
}

static void paragraph(FILE *output, const char *text)
{
	fprintf(output, "\n%s\n", text);
}

static void table_begin(FILE *output, const char *const *titles, size_t count)
{
	fputs("\n|", output);
	for (size_t i = 0; i < count; i++)
		fprintf(output, " %s |", titles[i]);
	fputs("\n|", output);
	for (size_t i = 0; i < count; i++)
		fputs(i == 0 ? "---|" : "---:|", output);
	fputc('\n', output);
}

static void row_begin(FILE *output, bool is_ours)
{
	(void)is_ours;
	fputc('|', output);
}

static void cell(FILE *output, const char *text)
{
	fputc(' ', output);
	for (; *text != '\0'; text++)
		fprintf(output, *text == '|' ? "\\%c" : "%c", *text);
	fputs(" |", output);
}

static void row_end(FILE *output)
{
	fputc('\n', output);
}

static void table_end(FILE *output)
{
	(void)output;
}

const struct document_format document_markdown = {
	.begin = begin,
	.end = end,
	.heading = heading,
	.paragraph = paragraph,
	.table_begin = table_begin,
	.row_begin = row_begin,
	.cell = cell,
	.row_end = row_end,
	.table_end = table_end,
	.details_begin = document_no_details_begin,
	.details_end = document_no_details_end,
	.bars = document_no_bars,
	.lines = document_no_lines,
};
