/* SPDX-License-Identifier: Apache-2.0 */
/* Plots are as wide as the page, and their text is as large as its text: labels are HTML, which breaks lines where it
 * must, and places in a drawing are percentages of its width. */
#include "svg.h"

#include "xml_text.h"

#include <math.h>
#include <string.h>

#define BAR_HEIGHT  24
#define AXIS_HEIGHT 18
#define PLOT_HEIGHT 240
#define TOP         8
/* Of a drawing's width: room on the right for numbers, and for the axis on the left of lines. */
#define BARS_WIDTH  85.0
#define LINES_LEFT  12.0
#define LINES_WIDTH 80.0
/* Values that differ by more are drawn by their logarithm: else the small ones could not be seen. */
#define LINEAR_RANGE 200
/* A mark that is farther out than that many of the longest bar would leave no room for the bars. */
#define MARK_RANGE 2.5

static const char *const colours[] = {"#7a8699", "#c2703d", "#8a63b5", "#2f8f5b", "#3a78c2", "#b8479a", "#9a8a2c"};
static const char our_colour[] = "#2f8f5b";

struct scale {
	double first, last; /* Powers of ten. */
	double linear_end;  /* From 0 to here instead; 0: by powers of ten. */
	double smallest, largest;
};

/* From the power of ten below the smallest value to the one above the largest. */
static void widen(struct scale *scale, double value)
{
	if (value <= 0)
		return;
	if (scale->largest == 0) {
		scale->first = floor(log10(value));
		scale->last = scale->first + 1;
		scale->smallest = value;
	}
	scale->first = fmin(scale->first, floor(log10(value)));
	scale->last = fmax(scale->last, ceil(log10(value)));
	scale->smallest = fmin(scale->smallest, value);
	scale->largest = fmax(scale->largest, value);
}

/* Lengths are what the eye compares, so they are true to the values as long as all can be seen. */
static bool can_be_linear(const struct scale *scale)
{
	return scale->smallest > 0 && scale->largest <= scale->smallest * LINEAR_RANGE;
}

/* From 0 to 1. */
static double place(const struct scale *scale, double value)
{
	if (scale->linear_end > 0)
		return fmin(fmax(value / scale->linear_end, 0), 1);
	return value <= 0 ? 0 : (log10(value) - scale->first) / (scale->last - scale->first);
}

/* 1, 2 or 5 times a power of ten, so that there are four to nine of them. */
static double choose_step(double end)
{
	double power = pow(10, floor(log10(end)));

	return end / power < 2 ? power / 5 : end / power < 5 ? power / 2 : power;
}

/* @return Whether there is a tick of that number; where it is. */
static bool get_tick(const struct scale *scale, unsigned number, double *ret_value)
{
	if (scale->linear_end > 0) {
		*ret_value = number * choose_step(scale->linear_end);
		return *ret_value <= scale->linear_end;
	}
	*ret_value = pow(10, scale->first + number);
	return scale->first + number <= scale->last;
}

static void begin(FILE *output, const char *title)
{
	fputs("<figure>\n<figcaption>", output);
	xml_text(output, title);
	fputs("</figcaption>\n", output);
}

static void draw_text(FILE *output, double x_percent, double dx, double y, const char *anchor, const char *text)
{
	fprintf(output, "<text x=\"%.2f%%\" dx=\"%.0f\" y=\"%.1f\" text-anchor=\"%s\">", x_percent, dx, y, anchor);
	xml_text(output, text);
	fputs("</text>", output);
}

static void draw_line(FILE *output, const char *class_name, const double from[2], const double to[2])
{
	fprintf(output, "<line class=\"%s\" x1=\"%.2f%%\" y1=\"%.1f\" x2=\"%.2f%%\" y2=\"%.1f\"/>", class_name, from[0],
		from[1], to[0], to[1]);
}

static struct scale choose_bar_scale(const struct bar *bars, size_t count)
{
	struct scale scale = {0};
	double longest = 0, mark = 0;

	for (size_t i = 0; i < count; i++) {
		widen(&scale, bars[i].value);
		longest = fmax(longest, bars[i].value);
		mark = fmax(mark, bars[i].mark);
	}
	if (can_be_linear(&scale))
		scale.linear_end = fmax(longest, fmin(mark, longest * MARK_RANGE));
	else
		widen(&scale, mark);
	return scale;
}

static double bar_x(const struct scale *scale, double value)
{
	return place(scale, value) * BARS_WIDTH;
}

static void draw_bar_ticks(FILE *output, const struct scale *scale)
{
	double value;

	for (unsigned i = 0; get_tick(scale, i, &value); i++)
		draw_line(output, "grid", (double[]){bar_x(scale, value), 0},
			  (double[]){bar_x(scale, value), BAR_HEIGHT});
}

static void draw_mark(FILE *output, const struct scale *scale, double mark)
{
	double x = bar_x(scale, mark);

	if (scale->linear_end > 0 && mark > scale->linear_end)
		fprintf(output, "<text class=\"mark\" x=\"%.2f%%\" dx=\"-12\" y=\"17\">▸</text>", x);
	else if (mark > 0)
		draw_line(output, "mark", (double[]){x, 2}, (double[]){x, BAR_HEIGHT - 2});
}

static const char *bar_colour(const struct bar *bar)
{
	return bar->falls_short ? colours[1] : bar->is_ours ? our_colour : colours[0];
}

static void draw_bar(FILE *output, const struct scale *scale, const struct bar *bar)
{
	double end = fmax(bar_x(scale, bar->value), bar->mark > 0 ? bar_x(scale, bar->mark) : 0);
	char text[64];

	fputs("<div class=\"bar\"><span>", output);
	xml_text(output, bar->label);
	fprintf(output, "</span><svg height=\"%d\">", BAR_HEIGHT);
	draw_bar_ticks(output, scale);
	fprintf(output, "<rect y=\"5\" width=\"%.2f%%\" height=\"%d\" rx=\"2\" fill=\"%s\"/>",
		fmax(bar_x(scale, bar->value), 0.2), BAR_HEIGHT - 10, bar_colour(bar));
	draw_mark(output, scale, bar->mark);
	snprintf(text, sizeof(text), bar->value < 10 ? "%.2f" : "%.1f", bar->value);
	draw_text(output, end, 6, 17, "start", text);
	fputs("</svg></div>\n", output);
}

void svg_bars(FILE *output, const char *title, const struct bar *bars, size_t count)
{
	struct scale scale = choose_bar_scale(bars, count);
	char text[32];
	double value;

	if (count == 0)
		return;
	begin(output, title);
	for (size_t i = 0; i < count; i++)
		draw_bar(output, &scale, &bars[i]);
	fprintf(output, "<div class=\"bar\"><span></span><svg class=\"axis\" height=\"%d\">", AXIS_HEIGHT);
	for (unsigned i = 0; get_tick(&scale, i, &value); i++) {
		snprintf(text, sizeof(text), "%g", value);
		draw_text(output, bar_x(&scale, value), 0, 12, i == 0 ? "start" : "middle", text);
	}
	fputs("</svg></div>\n</figure>\n", output);
}

static struct scale choose_line_scale(const struct line *lines, size_t line_count, size_t tick_count)
{
	struct scale scale = {0};

	for (size_t i = 0; i < line_count; i++)
		for (size_t tick = 0; tick < tick_count; tick++)
			widen(&scale, lines[i].values[tick]);
	if (can_be_linear(&scale))
		scale.linear_end = scale.largest;
	return scale;
}

static double line_y(const struct scale *scale, double value)
{
	return TOP + (1 - place(scale, value)) * PLOT_HEIGHT;
}

static double line_x(size_t tick, size_t tick_count)
{
	return LINES_LEFT + LINES_WIDTH * (double)tick / (double)(tick_count > 1 ? tick_count - 1 : 1);
}

static const char *line_colour(const struct line *lines, size_t index)
{
	return lines[index].is_ours ? our_colour : colours[index % (sizeof(colours) / sizeof(colours[0]))];
}

static void draw_axes(FILE *output, const struct scale *scale, const char *const *ticks, size_t tick_count)
{
	char text[32];
	double value;

	for (unsigned i = 0; get_tick(scale, i, &value); i++) {
		double y = line_y(scale, value);
		draw_line(output, "grid", (double[]){LINES_LEFT, y}, (double[]){LINES_LEFT + LINES_WIDTH, y});
		snprintf(text, sizeof(text), "%g", value);
		draw_text(output, LINES_LEFT, -6, y + 4, "end", text);
	}
	for (size_t tick = 0; tick < tick_count; tick++)
		draw_text(output, line_x(tick, tick_count), 0, TOP + PLOT_HEIGHT + 16, "middle", ticks[tick]);
}

static void draw_values(FILE *output, const struct scale *scale, const struct line *line, size_t tick_count,
			const char *colour)
{
	fprintf(output, "\n<g stroke=\"%s\" fill=\"%s\" stroke-width=\"%d\">", colour, colour, line->is_ours ? 4 : 2);
	for (size_t i = 0; i < tick_count; i++) {
		double here[2] = {line_x(i, tick_count), line_y(scale, line->values[i])};
		if (line->values[i] <= 0)
			continue;
		fprintf(output, "<circle cx=\"%.2f%%\" cy=\"%.1f\" r=\"2\"/>", here[0], here[1]);
		if (i > 0 && line->values[i - 1] > 0)
			draw_line(output, "", (double[]){line_x(i - 1, tick_count), line_y(scale, line->values[i - 1])},
				  here);
	}
	fputs("</g>", output);
}

void svg_lines(FILE *output, const char *title, const char *const *ticks, size_t tick_count, const struct line *lines,
	       size_t line_count)
{
	struct scale scale = choose_line_scale(lines, line_count, tick_count);

	begin(output, title);
	fprintf(output, "<svg class=\"axis\" height=\"%d\">", TOP + PLOT_HEIGHT + AXIS_HEIGHT + 4);
	draw_axes(output, &scale, ticks, tick_count);
	for (size_t i = 0; i < line_count; i++)
		draw_values(output, &scale, &lines[i], tick_count, line_colour(lines, i));
	fputs("</svg>\n<p class=\"legend\">", output);
	for (size_t i = 0; i < line_count; i++) {
		fprintf(output, "<span><i style=\"background:%s\"></i>", line_colour(lines, i));
		xml_text(output, lines[i].label);
		fputs("</span> ", output);
	}
	fputs("</p>\n</figure>\n", output);
}
