/* SPDX-License-Identifier: Apache-2.0 */
/* What a contest comes to: ratios, and JSON. */
#include "contest.h"
#include "message.h"
#include "statistics.h"

#include <stdlib.h>

double contest_pointer_p50(const struct outcome *outcome)
{
	return (double)outcome->pointer.p50_ns;
}

double contest_pointer_p99(const struct outcome *outcome)
{
	return (double)outcome->pointer.p99_ns;
}

double contest_last_p50(const struct outcome *outcome)
{
	return (double)outcome->last.p50_ns;
}

double contest_read_p50(const struct outcome *outcome)
{
	return (double)outcome->read.p50_ns;
}

double contest_processor_ns(const struct outcome *outcome)
{
	return outcome->producer_ns + outcome->consumers_ns + outcome->helpers_ns;
}

/* JSON has no number for what is divided by nothing. */
static double divide(double dividend, double divisor)
{
	return divisor > 0 ? dividend / divisor : 0;
}

struct ratio contest_ratio(const struct contest *contest, const struct result *results, size_t index,
			   contest_number *number)
{
	const struct result *base = &results[contest->entries[index].base];
	double *ratios = cli_allocate(contest->rounds, sizeof(*ratios));
	struct ratio ratio;

	for (uint32_t i = 0; i < contest->rounds; i++)
		ratios[i] = divide(number(&results[index].rounds[i]), number(&base->rounds[i]));
	ratio.median = statistics_median(ratios, contest->rounds);
	ratio.minimum = statistics_minimum(ratios, contest->rounds);
	ratio.maximum = statistics_maximum(ratios, contest->rounds);
	free(ratios);
	return ratio;
}

static json_t *make_distribution(const struct distribution *distribution)
{
	return json_pack("{s:I, s:I, s:I}", "p50_ns", (json_int_t)distribution->p50_ns, "p99_ns",
			 (json_int_t)distribution->p99_ns, "max_ns", (json_int_t)distribution->max_ns);
}

static json_t *make_outcome(const struct outcome *outcome)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:o, s:f, s:f, s:f}", "pointer",
			 make_distribution(&outcome->pointer), "last_pointer", make_distribution(&outcome->last),
			 "last_byte", make_distribution(&outcome->read), "counted", (json_int_t)outcome->counted,
			 "lost", (json_int_t)outcome->lost, "skipped", (json_int_t)outcome->skipped, "damaged",
			 (json_int_t)outcome->damaged, "processor_ns", contest_processor_ns(outcome), "producer_ns",
			 outcome->producer_ns, "consumers_ns", outcome->consumers_ns, "helpers_ns", outcome->helpers_ns,
			 "context_switches", outcome->switches, "cache_misses",
			 outcome->cache_misses < 0 ? json_null() : json_real(outcome->cache_misses), "bytes_copied",
			 outcome->bytes_copied, "producer_memory_bytes", outcome->producer_bytes,
			 "consumer_memory_bytes", outcome->consumer_bytes);
}

static json_t *make_ratio(const struct contest *contest, const struct result *results, size_t index,
			  contest_number *number)
{
	struct ratio ratio = contest_ratio(contest, results, index, number);

	return json_pack("{s:f, s:f, s:f}", "median", ratio.median, "minimum", ratio.minimum, "maximum", ratio.maximum);
}

static json_t *make_entry(const struct contest *contest, const struct result *results, size_t index)
{
	const struct entry *entry = &contest->entries[index];
	const struct result *result = &results[index];
	json_t *rounds = json_array();

	for (uint32_t i = 0; i < contest->rounds; i++)
		json_array_append_new(rounds, make_outcome(&result->rounds[i]));
	return json_pack("{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
			 entry->contender->name, "title", entry->contender->title, "copies", entry->contender->copies,
			 "spins", (int)entry->contender->spins, "width_pixels", (json_int_t)entry->width_pixels,
			 "height_pixels", (json_int_t)entry->height_pixels, "consumers", (json_int_t)entry->consumers,
			 "base", (json_int_t)entry->base, "all", make_outcome(&result->all), "pointer_ratio",
			 make_ratio(contest, results, index, contest_pointer_p50), "last_pointer_ratio",
			 make_ratio(contest, results, index, contest_last_p50), "last_byte_ratio",
			 make_ratio(contest, results, index, contest_read_p50), "processor_ratio",
			 make_ratio(contest, results, index, contest_processor_ns), "pointer_p99_ratio",
			 make_ratio(contest, results, index, contest_pointer_p99), "rounds", rounds);
}

json_t *contest_make_json(const struct contest *contest, const struct result *results)
{
	json_t *entries = json_array();

	for (size_t i = 0; i < contest->entry_count; i++)
		json_array_append_new(entries, make_entry(contest, results, i));
	return json_pack("{s:I, s:I, s:I, s:b, s:o}", "rounds", (json_int_t)contest->rounds, "frames",
			 (json_int_t)contest->frames, "interval_ns", (json_int_t)contest->interval_ns, "touches_pixels",
			 (int)contest->touches_pixels, "entries", entries);
}
