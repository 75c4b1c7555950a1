/* SPDX-License-Identifier: Apache-2.0 */
#include "buffers.h"

#include "terminal.h"
#include "text.h"
#include "units.h"

#include <string.h>

#define CELL_WIDTH_MINIMUM 14
#define CELL_WIDTH_MAXIMUM 24
/* Boxes for more buffers than fill two rows would push everything else off the screen. */
#define BOX_ROWS_MAXIMUM 2

struct cell {
	const struct zcf_snapshot_consumer *holder; /* the one that holds it longest; NULL: nobody */
	const struct zcf_snapshot_lease *lease;
	uint32_t holder_count;
	bool overdue;
	bool newest;
};

struct box_characters {
	const char *horizontal, *vertical;
	const char *top_left, *top_join, *top_right;
	const char *bottom_left, *bottom_join, *bottom_right;
};

static void find_holders(const struct zcf_snapshot *snapshot, struct cell *cells)
{
	for (uint32_t i = 0; i < snapshot->consumer_count; i++) {
		const struct zcf_snapshot_consumer *consumer = &snapshot->consumers[i];
		for (uint32_t j = 0; j < consumer->lease_count; j++) {
			const struct zcf_snapshot_lease *lease = &consumer->leases[j];
			if (lease->buffer_index >= snapshot->buffer_count)
				continue;
			struct cell *cell = &cells[lease->buffer_index];
			cell->holder_count++;
			cell->overdue = cell->overdue || lease->overdue != 0;
			cell->newest = cell->newest || lease->sequence == snapshot->published;
			if (cell->lease == NULL || lease->age_ns > cell->lease->age_ns) {
				cell->lease = lease;
				cell->holder = consumer;
			}
		}
	}
}

static enum terminal_style cell_style(const struct cell *cell)
{
	if (cell->holder == NULL)
		return TERMINAL_DIM;
	return cell->overdue ? TERMINAL_BAD : TERMINAL_HELD;
}

static const char *cell_state(const struct cell *cell)
{
	if (cell->holder == NULL)
		return "not held";
	if (cell->overdue)
		return "OVERDUE";
	return cell->newest ? "held, newest" : "held";
}

/* One line of a cell, cut or filled up to the cell's width. */
static void draw_text(FILE *output, const char *text, size_t width, enum terminal_style style)
{
	size_t used;

	fputs(terminal_style_on(style), output);
	used = text_print_clipped(output, text, width);
	fputs(terminal_style_off(style), output);
	fprintf(output, "%*s", (int)(width - used), "");
}

static void draw_edge(FILE *output, const struct cell *cells, uint32_t first, uint32_t count, size_t width,
		      const struct box_characters *box, bool top)
{
	fputs("  ", output);
	for (uint32_t i = 0; i < count; i++) {
		size_t used = 0;
		if (top)
			fputs(i == 0 ? box->top_left : box->top_join, output);
		else
			fputs(i == 0 ? box->bottom_left : box->bottom_join, output);
		if (top) {
			char title[48];
			snprintf(title, sizeof(title), " %u %s ", first + i, cell_state(&cells[first + i]));
			fputs(terminal_style_on(cell_style(&cells[first + i])), output);
			used = text_print_clipped(output, title, width);
			fputs(terminal_style_off(cell_style(&cells[first + i])), output);
		}
		for (; used < width; used++)
			fputs(box->horizontal, output);
	}
	fprintf(output, "%s\n", top ? box->top_right : box->bottom_right);
}

static void describe_holder(const struct cell *cell, char *text, size_t size)
{
	char label[ZCF_LABEL_SIZE + 1];

	text[0] = '\0';
	if (cell->holder == NULL)
		return;
	text_clean(label, sizeof(label), cell->holder->label, sizeof(cell->holder->label));
	if (cell->holder_count > 1)
		snprintf(text, size, " %s +%u", label, cell->holder_count - 1);
	else
		snprintf(text, size, " %s", label);
}

static void describe_age(const struct cell *cell, char *text, size_t size)
{
	char age[UNITS_SIZE];

	text[0] = '\0';
	if (cell->holder != NULL)
		snprintf(text, size, " %d %s", cell->holder->pid, units_duration(age, cell->lease->age_ns));
}

static void draw_row(FILE *output, const struct cell *cells, uint32_t first, uint32_t count, size_t width)
{
	static const struct box_characters utf8 = {"─", "│", "┌", "┬", "┐", "└", "┴", "┘"};
	static const struct box_characters ascii = {"-", "|", "+", "+", "+", "+", "+", "+"};
	const struct box_characters *box = terminal_has_utf8() ? &utf8 : &ascii;
	static void (*const lines[])(const struct cell *, char *, size_t) = {describe_holder, describe_age};
	char text[96] = "";

	draw_edge(output, cells, first, count, width, box, true);
	for (size_t line = 0; line < 2; line++) {
		fputs("  ", output);
		for (uint32_t i = first; i < first + count; i++) {
			fputs(box->vertical, output);
			lines[line](&cells[i], text, sizeof(text));
			draw_text(output, text, width, line == 0 ? cell_style(&cells[i]) : TERMINAL_PLAIN);
		}
		fprintf(output, "%s\n", box->vertical);
	}
	draw_edge(output, cells, first, count, width, box, false);
}

/* One character for each buffer; who holds them stands in the table of consumers. */
static void draw_strip(FILE *output, const struct zcf_snapshot *snapshot, const struct cell *cells, int width)
{
	int per_line = width - 6 > 8 ? width - 6 : 8;

	for (uint32_t i = 0; i < snapshot->buffer_count; i++) {
		const struct cell *cell = &cells[i];
		const char *mark = cell->holder == NULL ? terminal_text("·", ".")
				   : cell->overdue      ? "!"
							: terminal_text("■", "#");
		if (i % (uint32_t)per_line == 0)
			fputs(i == 0 ? "  [" : "\n   ", output);
		fprintf(output, "%s%s%s", terminal_style_on(cell_style(cell)), mark,
			terminal_style_off(cell_style(cell)));
	}
	/* Its legend beside it, or below it where there is no room. */
	fprintf(output, "]%s%s held  ! overdue  %s not held\n",
		(int)snapshot->buffer_count + 40 > width ? "\n   " : "  ", terminal_text("■", "#"),
		terminal_text("·", "."));
}

void buffers_draw(FILE *output, const struct zcf_snapshot *snapshot, int width)
{
	struct cell cells[ZCF_MAX_BUFFERS];
	uint32_t count = snapshot->buffer_count;
	int room = width - 3; /* indent and the last edge */
	uint32_t per_row;
	size_t cell_width;

	if (count == 0)
		return;
	memset(cells, 0, sizeof(cells));
	find_holders(snapshot, cells);
	per_row = (uint32_t)(room > CELL_WIDTH_MINIMUM ? room / (CELL_WIDTH_MINIMUM + 1) : 1);
	if ((count + per_row - 1) / per_row > BOX_ROWS_MAXIMUM) {
		draw_strip(output, snapshot, cells, width);
		return;
	}
	if (per_row > count)
		per_row = count;
	cell_width = (size_t)room / per_row - 1;
	if (cell_width > CELL_WIDTH_MAXIMUM)
		cell_width = CELL_WIDTH_MAXIMUM;
	for (uint32_t first = 0; first < count; first += per_row)
		draw_row(output, cells, first, count - first < per_row ? count - first : per_row, cell_width);
}
