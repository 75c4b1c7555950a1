/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "message.h"
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_LIMIT 16
#define SEPARATOR    2

struct cell {
	char *text;
	enum terminal_style style;
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	struct cell *cells;
	size_t cell_count, cell_room;
};

/* Widths of the columns of one print; 0 for those that are left out. */
struct layout {
	size_t widths[COLUMN_LIMIT];
	size_t total;
};

struct table *table_create(const struct table_column *columns, size_t column_count)
{
	struct table *table = cli_allocate(1, sizeof(*table));

	table->columns = columns;
	table->column_count = column_count < COLUMN_LIMIT ? column_count : COLUMN_LIMIT;
	return table;
}

void table_destroy(struct table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

void table_add(struct table *table, enum terminal_style style, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (table->cell_count == table->cell_room) {
		size_t room = table->cell_room == 0 ? 64 : 2 * table->cell_room;
		struct cell *cells = cli_allocate(room, sizeof(*cells));
		if (table->cell_count > 0)
			memcpy(cells, table->cells, table->cell_count * sizeof(*cells));
		free(table->cells);
		table->cells = cells;
		table->cell_room = room;
	}
	char *copy = cli_allocate(strlen(text) + 1, 1);
	strcpy(copy, text);
	table->cells[table->cell_count++] = (struct cell){.text = copy, .style = style};
}

static void measure(const struct table *table, struct layout *layout)
{
	layout->total = 0;
	for (size_t column = 0; column < table->column_count; column++)
		layout->widths[column] = text_width(table->columns[column].title);
	for (size_t i = 0; i < table->cell_count; i++) {
		size_t width = text_width(table->cells[i].text);
		if (width > layout->widths[i % table->column_count])
			layout->widths[i % table->column_count] = width;
	}
	for (size_t column = 0; column < table->column_count; column++) {
		if (layout->widths[column] == 0)
			layout->widths[column] = 1;
		layout->total += layout->widths[column] + (column > 0 ? SEPARATOR : 0);
	}
}

static void drop_columns(const struct table *table, struct layout *layout, size_t width)
{
	while (layout->total > width) {
		size_t drop = table->column_count;
		for (size_t column = 0; column < table->column_count; column++)
			if (layout->widths[column] > 0 && table->columns[column].optional > 0 &&
			    (drop == table->column_count ||
			     table->columns[column].optional > table->columns[drop].optional))
				drop = column;
		if (drop == table->column_count)
			return;
		layout->total -= layout->widths[drop] + SEPARATOR;
		layout->widths[drop] = 0;
	}
}

static void print_row(const struct table *table, FILE *output, const struct layout *layout, const struct cell *row,
		      const char *indent)
{
	bool first = true;
	size_t last = 0;

	for (size_t column = 0; column < table->column_count; column++)
		if (layout->widths[column] > 0)
			last = column;
	fputs(indent, output);
	for (size_t column = 0; column <= last; column++) {
		const char *text = row != NULL ? row[column].text : table->columns[column].title;
		enum terminal_style style = row != NULL ? row[column].style : TERMINAL_DIM;
		size_t padding = layout->widths[column];
		if (padding == 0)
			continue;
		padding -= text_width(text);
		fprintf(output, "%*s%*s%s%s%s", first ? 0 : SEPARATOR, "",
			table->columns[column].right ? (int)padding : 0, "", terminal_style_on(style), text,
			terminal_style_off(style));
		if (!table->columns[column].right && column < last)
			fprintf(output, "%*s", (int)padding, "");
		first = false;
	}
	fputc('\n', output);
}

void table_print(const struct table *table, FILE *output, int width, const char *indent)
{
	struct layout layout;
	size_t indent_width = text_width(indent);

	measure(table, &layout);
	if (width > 0)
		drop_columns(table, &layout, (size_t)width > indent_width ? (size_t)width - indent_width : 0);
	print_row(table, output, &layout, NULL, indent);
	for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count)
		print_row(table, output, &layout, &table->cells[i], indent);
}
