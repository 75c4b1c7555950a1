/* SPDX-License-Identifier: Apache-2.0 */
#include "svg.h"

#include "xml_text.h"

#include <math.h>

#define WIDTH       1000
#define LABEL_WIDTH 345
#define ROW_HEIGHT  26
#define TOP         34
#define BOTTOM      26
#define PLOT_HEIGHT 240
/* Bars that differ by more are drawn by their logarithm: else the short ones could not be seen. */
#define LINEAR_RANGE 100
/* A mark that is farther out than that many of the longest bar would leave no room for the bars. */
#define MARK_RANGE 2.5

static const char *const colours[] = {"#7a8699", "#c2703d", "#8a63b5", "#2f8f5b", "#3a78c2", "#b8479a", "#9a8a2c"};
static const char our_colour[] = "#2f8f5b";

struct scale {
	double first, last; /* Powers of ten. */
	double linear_end;  /* From 0 to here instead; 0: by powers of ten. */
};

/* From the power of ten below the smallest value to the one above the largest. */
static void widen(struct scale *scale, double value)
{
	if (value <= 0)
		return;
	if (scale->last == 0 && scale->first == 0)
		*scale = (struct scale){.first = floor(log10(value)), .last = ceil(log10(value))};
	if (floor(log10(value)) < scale->first)
		scale->first = floor(log10(value));
	if (ceil(log10(value)) > scale->last)
		scale->last = ceil(log10(value));
	if (scale->last <= scale->first)
		scale->last = scale->first + 1;
}

/* From 0 to 1. */
static double place(const struct scale *scale, double value)
{
	if (scale->linear_end > 0)
		return fmin(fmax(value / scale->linear_end, 0), 1);
	return value <= 0 ? 0 : (log10(value) - scale->first) / (scale->last - scale->first);
}

static void begin(FILE *output, int height, const char *title)
{
	fprintf(output, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"", WIDTH,
		height, WIDTH, height);
	xml_text(output, title);
	fputs("\">\n<text x=\"0\" y=\"16\" font-weight=\"600\">", output);
	xml_text(output, title);
	fputs("</text>\n", output);
}

static void label(FILE *output, double x, double y, const char *anchor, const char *class_name, const char *text)
{
	fprintf(output, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class_name);
	xml_text(output, text);
	fputs("</text>\n", output);
}

/* 1, 2 or 5 times a power of ten, so that there are four to nine of them. */
static double choose_step(double end)
{
	double power = pow(10, floor(log10(end)));

	return end / power < 2 ? power / 5 : end / power < 5 ? power / 2 : power;
}

/* Lengths are what the eye compares, so they are true to the values as long as all can be seen. */
static struct scale choose_bar_scale(const struct bar *bars, size_t count)
{
	struct scale scale = {0};
	double shortest = INFINITY, longest = 0, mark = 0;

	for (size_t i = 0; i < count; i++) {
		widen(&scale, bars[i].value);
		widen(&scale, bars[i].mark);
		shortest = fmin(shortest, bars[i].value);
		longest = fmax(longest, bars[i].value);
		mark = fmax(mark, bars[i].mark);
	}
	if (shortest > 0 && longest <= shortest * LINEAR_RANGE)
		scale.linear_end = fmax(longest, fmin(mark, longest * MARK_RANGE));
	return scale;
}

static double bar_x(const struct scale *scale, double value)
{
	return LABEL_WIDTH + place(scale, value) * (WIDTH - LABEL_WIDTH - 90);
}

static void draw_bar(FILE *output, const struct scale *scale, const struct bar *bar, double y)
{
	double x = bar_x(scale, bar->value);
	char text[64];

	label(output, LABEL_WIDTH - 8, y + 14, "end", "", bar->label);
	fprintf(output, "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n", LABEL_WIDTH,
		y + 2, fmax(x - LABEL_WIDTH, 1), ROW_HEIGHT - 10, bar->is_ours ? our_colour : colours[0]);
	if (scale->linear_end > 0 && bar->mark > scale->linear_end)
		label(output, bar_x(scale, bar->mark) - 12, y + 14, "start", "beyond", "▸");
	else if (bar->mark > 0)
		fprintf(output,
			"<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#c23a3a\" "
			"stroke-width=\"2\"/>\n",
			bar_x(scale, bar->mark), y, bar_x(scale, bar->mark), y + ROW_HEIGHT - 6);
	snprintf(text, sizeof(text), bar->value < 10 ? "%.2f" : "%.1f", bar->value);
	label(output, fmax(x, bar->mark > 0 ? bar_x(scale, bar->mark) : 0) + 6, y + 14, "start", "", text);
}

static void draw_tick(FILE *output, const struct scale *scale, double value, double end_y)
{
	double x = bar_x(scale, value);
	char text[32];

	fprintf(output, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#8884\"/>\n", x, TOP - 4, x,
		end_y);
	snprintf(text, sizeof(text), "%g", value);
	label(output, x, end_y + 14, "middle", "axis", text);
}

void svg_bars(FILE *output, const char *title, const struct bar *bars, size_t count)
{
	struct scale scale = choose_bar_scale(bars, count);
	double end_y = TOP + (double)count * ROW_HEIGHT;

	begin(output, (int)end_y + BOTTOM, title);
	if (scale.linear_end > 0)
		for (double step = choose_step(scale.linear_end), i = 0; i * step <= scale.linear_end; i++)
			draw_tick(output, &scale, i * step, end_y);
	else
		for (double power = scale.first; power <= scale.last; power++)
			draw_tick(output, &scale, pow(10, power), end_y);
	for (size_t i = 0; i < count; i++)
		draw_bar(output, &scale, &bars[i], TOP + (double)i * ROW_HEIGHT);
	fputs("</svg>\n", output);
}

static double line_y(const struct scale *scale, double value)
{
	return TOP + (1 - place(scale, value)) * PLOT_HEIGHT;
}

static double tick_x(size_t tick, size_t tick_count)
{
	return 60 + (double)tick * (WIDTH - 60 - LABEL_WIDTH) / (double)(tick_count > 1 ? tick_count - 1 : 1);
}

static void draw_line(FILE *output, const struct scale *scale, const struct line *line, size_t tick_count,
		      const char *colour, double legend_y)
{
	fprintf(output, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%d\" points=\"", colour,
		line->is_ours ? 4 : 2);
	for (size_t i = 0; i < tick_count; i++)
		if (line->values[i] > 0)
			fprintf(output, "%.1f,%.1f ", tick_x(i, tick_count), line_y(scale, line->values[i]));
	fputs("\"/>\n", output);
	fprintf(output, "<rect x=\"%d\" y=\"%.1f\" width=\"14\" height=\"4\" fill=\"%s\"/>\n", WIDTH - LABEL_WIDTH + 24,
		legend_y - 6, colour);
	label(output, WIDTH - LABEL_WIDTH + 44, legend_y, "start", "", line->label);
}

void svg_lines(FILE *output, const char *title, const char *const *ticks, size_t tick_count, const struct line *lines,
	       size_t line_count)
{
	struct scale scale = {0};

	for (size_t i = 0; i < line_count; i++)
		for (size_t tick = 0; tick < tick_count; tick++)
			widen(&scale, lines[i].values[tick]);
	begin(output, TOP + PLOT_HEIGHT + BOTTOM, title);
	for (double power = scale.first; power <= scale.last; power++) {
		char text[32];
		double y = line_y(&scale, pow(10, power));
		fprintf(output, "<line x1=\"60\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#8884\"/>\n", y,
			WIDTH - LABEL_WIDTH, y);
		snprintf(text, sizeof(text), "%g", pow(10, power));
		label(output, 54, y + 4, "end", "axis", text);
	}
	for (size_t tick = 0; tick < tick_count; tick++)
		label(output, tick_x(tick, tick_count), TOP + PLOT_HEIGHT + 16, "middle", "axis", ticks[tick]);
	for (size_t i = 0; i < line_count; i++)
		draw_line(output, &scale, &lines[i], tick_count,
			  lines[i].is_ours ? our_colour : colours[i % (sizeof(colours) / sizeof(colours[0]))],
			  TOP + 12 + (double)i * 22);
	fputs("</svg>\n", output);
}
