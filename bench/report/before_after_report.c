/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "result_reader.h"

#include <string.h>

#define MOST_WAYS 8

/* Of the three channels together, for one way. */
struct sum {
	const char *title;
	bool is_ours;
	double bytes_copied, processor_ns, switches, misses, slowest_read_ns;
	bool has_misses;
};

static size_t add_up(const json_t *contest, struct sum *sums)
{
	const json_t *entry;
	size_t i, count = 0;

	json_array_foreach(json_object_get(contest, "entries"), i, entry) {
		const json_t *all = json_object_get(entry, "all");
		const json_t *misses = json_object_get(all, "cache_misses");
		double read_ns = result_number(json_object_get(all, "last_byte"), "p50_ns");
		size_t way = 0;
		while (way < count && strcmp(sums[way].title, result_text(entry, "title")) != 0)
			way++;
		if (way == MOST_WAYS)
			continue;
		if (way == count)
			sums[count++] = (struct sum){.title = result_text(entry, "title"),
						     .is_ours = strcmp(result_text(entry, "name"), "zcframe") == 0};
		sums[way].bytes_copied += result_number(all, "bytes_copied");
		sums[way].processor_ns += result_number(all, "processor_ns");
		sums[way].switches += result_number(all, "context_switches");
		sums[way].misses += json_number_value(misses);
		sums[way].has_misses = json_is_number(misses);
		if (read_ns > sums[way].slowest_read_ns)
			sums[way].slowest_read_ns = read_ns;
	}
	return count;
}

/* What it saves, as pictures: @p number in each way. */
static void write_sums(const struct document *document, const struct sum *sums, size_t count, const char *title,
		       double (*number)(const struct sum *sum), double unit)
{
	struct bar bars[MOST_WAYS] = {0};

	for (size_t i = 0; i < count; i++) {
		snprintf(bars[i].label, sizeof(bars[i].label), "%s", sums[i].title);
		bars[i].value = number(&sums[i]) / unit;
		bars[i].is_ours = sums[i].is_ours;
	}
	document->format->bars(document->output, title, bars, count);
}

static double sum_processor(const struct sum *sum)
{
	return sum->processor_ns;
}

static double sum_copied(const struct sum *sum)
{
	return sum->bytes_copied;
}

static double sum_slowest_read(const struct sum *sum)
{
	return sum->slowest_read_ns;
}

static void write_three_channels(const struct document *document, const json_t *contest)
{
	static const char *const titles[] = {"way",        "copied MB/s",    "CPU % of a processor",
					     "switches/s", "cache misses/s", "slowest channel's last byte, p50 µs"};
	double rate = 1e9 / result_number(contest, "interval_ns");
	struct sum sums[MOST_WAYS];
	size_t count = add_up(contest, sums);

	document->format->heading(document->output, 3, "The design's three channels");
	document_paragraph(
		document,
		"640x480, 640x360 and 640x480 at %.0f frames a second, one consumer each, which reads every byte. All "
		"processes together, the camera's own writing left out.",
		rate);
	write_sums(document, sums, count, "CPU, percent of a processor", sum_processor, 1e7 / rate);
	write_sums(document, sums, count, "Copied, MB a second", sum_copied, 1e6 / rate);
	write_sums(document, sums, count, "Last byte of the slowest channel's frame, p50, µs", sum_slowest_read, 1000);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < count; i++) {
		document->format->row_begin(document->output, sums[i].is_ours);
		document_cell(document, "%s", sums[i].title);
		document_cell(document, "%.1f", sums[i].bytes_copied * rate / 1e6);
		document_cell(document, "%.2f", sums[i].processor_ns * rate / 1e7);
		document_cell(document, "%.0f", sums[i].switches * rate);
		if (sums[i].has_misses)
			document_cell(document, "%.0f", sums[i].misses * rate);
		else
			document_cell(document, "not counted");
		document_cell(document, "%.1f", sums[i].slowest_read_ns / 1000);
		document->format->row_end(document->output);
	}
	document->format->table_end(document->output);
}

static bool has_size(const json_t *contest, double height)
{
	return result_number(json_array_get(json_object_get(contest, "entries"), 0), "height_pixels") == height;
}

/* One plot: processor time of each way, by consumers, at one size. */
static void write_plot(const struct document *document, const json_t *contests, double height, const char *title)
{
	struct line lines[MOST_WAYS];
	char tick_texts[16][16];
	const char *ticks[16];
	const json_t *contest, *entry;
	size_t i, way, tick_count = 0, way_count = 0;

	memset(lines, 0, sizeof(lines));
	json_array_foreach(contests, i, contest) {
		const json_t *entries = json_object_get(contest, "entries");
		if (!has_size(contest, height) || tick_count == 16)
			continue;
		snprintf(tick_texts[tick_count], sizeof(tick_texts[0]), "%.0f",
			 result_number(json_array_get(entries, 0), "consumers"));
		ticks[tick_count] = tick_texts[tick_count];
		json_array_foreach(entries, way, entry) {
			if (way == MOST_WAYS)
				break;
			snprintf(lines[way].label, sizeof(lines[way].label), "%s", result_text(entry, "title"));
			lines[way].is_ours = strcmp(result_text(entry, "name"), "zcframe") == 0;
			lines[way].values[tick_count] =
				result_number(json_object_get(entry, "all"), "processor_ns") / 1000;
			way_count = way + 1 > way_count ? way + 1 : way_count;
		}
		tick_count++;
	}
	if (tick_count > 0)
		document->format->lines(document->output, title, ticks, tick_count, lines, way_count);
}

void report_write_before_after(const struct document *document, const json_t *before_after)
{
	static const struct {
		double height;
		const char *title;
	} sizes[] = {
		{360, "640x360: CPU µs a frame by number of consumers"},
		{480, "640x480: CPU µs a frame by number of consumers"},
		{1080, "1920x1080: CPU µs a frame by number of consumers"},
		{2160, "3840x2160: CPU µs a frame by number of consumers"},
	};
	const json_t *contests = json_object_get(before_after, "contests"), *contest;
	size_t i;

	write_three_channels(document, json_object_get(before_after, "three_channels"));
	document->format->heading(document->output, 3, "Sizes and consumers");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		write_plot(document, contests, sizes[i].height, sizes[i].title);
	document->format->details_begin(document->output, "Each size and number of consumers");
	json_array_foreach(contests, i, contest)
		report_write_contest(document, contest);
	document->format->details_end(document->output);
}
