/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a terminal shows it: tables with aligned columns, no pictures. */
#include "document.h"
#include "table.h"

#define MOST_COLUMNS 16

/* The table that is being written; there is one at a time. */
static struct table_column columns[MOST_COLUMNS];
static struct table *table;
static bool row_is_ours;

static void begin(FILE *output, const char *title)
{
	fprintf(output, "%s\n", title);
}

static void end(FILE *output)
{
	(void)output;
}

static void heading(FILE *output, int level, const char *text)
{
	(void)level;
	fprintf(output, "\n%s%s%s\n", terminal_style_on(TERMINAL_BOLD), text, terminal_style_off(TERMINAL_BOLD));
}

static void paragraph(FILE *output, const char *text)
{
	fprintf(output, "\n%s\n", text);
}

static void table_begin(FILE *output, const char *const *titles, size_t count)
{
	for (size_t i = 0; i < count && i < MOST_COLUMNS; i++)
		columns[i] = (struct table_column){.title = titles[i], .right = i > 0};
	table = table_create(columns, count);
	fputc('\n', output);
}

static void row_begin(FILE *output, bool is_ours)
{
	(void)output;
	row_is_ours = is_ours;
}

static void cell(FILE *output, const char *text)
{
	(void)output;
	table_add(table, row_is_ours ? TERMINAL_BOLD : TERMINAL_PLAIN, "%s", text);
}

static void row_end(FILE *output)
{
	(void)output;
}

static void table_end(FILE *output)
{
	table_print(table, output, 0, "  ");
	table_destroy(table);
	table = NULL;
}

const struct document_format document_terminal = {
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
