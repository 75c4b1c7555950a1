/* SPDX-License-Identifier: Apache-2.0 */
#include "results.h"

#include "message.h"
#include "statistics.h"
#include "table.h"
#include "units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

double results_median_ns(const struct plan *plan, const struct results *results, uint32_t variant, bool p99)
{
	double *values = cli_allocate(plan->rounds, sizeof(*values));
	double median;

	for (uint32_t i = 0; i < plan->rounds; i++)
		values[i] = (double)(p99 ? results->rounds[i][variant].p99_ns : results->rounds[i][variant].p50_ns);
	median = statistics_median(values, plan->rounds);
	free(values);
	return median;
}

struct ratio results_ratio(const struct plan *plan, const struct results *results, uint32_t variant)
{
	double *ratios = cli_allocate(plan->rounds, sizeof(*ratios));
	struct ratio ratio;

	for (uint32_t i = 0; i < plan->rounds; i++)
		ratios[i] = (double)results->rounds[i][variant].p50_ns / (double)results->rounds[i][0].p50_ns;
	ratio.median = statistics_median(ratios, plan->rounds);
	ratio.minimum = statistics_minimum(ratios, plan->rounds);
	ratio.maximum = statistics_maximum(ratios, plan->rounds);
	free(ratios);
	return ratio;
}

static void print_machine(const struct plan *plan)
{
	const struct machine *machine = &plan->machine;
	char interval[UNITS_SIZE];

	printf("%s, %d processor%s%s; %s; clock source %s; frequency governor %s\n", machine->processor,
	       machine->processor_count, machine->processor_count == 1 ? "" : "s",
	       machine->virtual_machine ? ", a virtual machine" : "", machine->kernel, machine->clock_source,
	       machine->governor);
	printf("%" PRIu32 " rounds of %" PRIu32 " wake-ups, one every %s; producer on processor %d, consumer on %d\n",
	       plan->rounds, plan->frames, units_duration(interval, plan->interval_ns), machine->producer_processor,
	       machine->consumer_processor);
	if (machine->producer_processor == machine->consumer_processor)
		printf("Only one processor: the consumer runs when the producer sleeps, which is what is measured.\n");
}

static void add_microseconds(struct table *table, double duration_ns)
{
	table_add(table, TERMINAL_PLAIN, "%.1f", duration_ns / 1000);
}

static void print_rounds(const struct plan *plan, const struct results *results)
{
	static const struct table_column columns[] = {
		{"ROUND", true, 0},         {"FUTEX P50", true, 0}, {"P99", true, 0},
		{"640x360 P50", true, 0},   {"P99", true, 0},       {"RATIO", true, 0},
		{"3840x2160 P50", true, 0}, {"P99", true, 0},       {"RATIO", true, 0},
	};
	struct table *table = table_create(columns, sizeof(columns) / sizeof(columns[0]));

	for (uint32_t round = 0; round < plan->rounds; round++) {
		double futex_ns = (double)results->rounds[round][0].p50_ns;
		table_add(table, TERMINAL_PLAIN, "%" PRIu32, round + 1);
		for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
			const struct latency *latency = &results->rounds[round][i];
			add_microseconds(table, (double)latency->p50_ns);
			add_microseconds(table, (double)latency->p99_ns);
			if (i > 0)
				table_add(table, TERMINAL_PLAIN, "%.3f", (double)latency->p50_ns / futex_ns);
		}
	}
	table_add(table, TERMINAL_BOLD, "median");
	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
		add_microseconds(table, results_median_ns(plan, results, i, false));
		add_microseconds(table, results_median_ns(plan, results, i, true));
		if (i > 0)
			table_add(table, TERMINAL_BOLD, "%.3f", results_ratio(plan, results, i).median);
	}
	table_print(table, stdout, 0, "");
	table_destroy(table);
}

static void print_lost(const struct plan *plan, const struct results *results)
{
	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
		uint32_t lost = 0;
		for (uint32_t round = 0; round < plan->rounds; round++)
			lost += results->rounds[round][i].lost;
		if (lost > 0)
			printf("%s: %" PRIu32 " wake-ups not counted: a newer one had come before the sleeper ran\n",
			       measure_variants[i].title, lost);
	}
}

void results_print(const struct plan *plan, const struct results *results)
{
	char p50[UNITS_SIZE], p99[UNITS_SIZE];

	print_machine(plan);
	printf("\nFrom publish to acquire, against a bare futex wake (%s):\n", terminal_text("µs", "us"));
	print_rounds(plan, results);
	printf("\n");
	for (uint32_t i = 1; i < MEASURE_VARIANTS; i++) {
		struct ratio ratio = results_ratio(plan, results, i);
		printf("%s takes %.3f of a bare futex wake (p50, median of %" PRIu32 " rounds, from %.3f to %.3f)\n",
		       measure_variants[i].title, ratio.median, plan->rounds, ratio.minimum, ratio.maximum);
	}
	print_lost(plan, results);
	printf("\nSystem calls that wake the consumers:\n");
	for (size_t i = 0; i < RESULTS_FAN_OUTS; i++)
		printf("  %2" PRIu32 " consumers: %.3f a frame (%" PRIu64 " for %" PRIu64 " frames)\n",
		       results->wake_calls[i].consumers,
		       (double)results->wake_calls[i].calls / (double)results->wake_calls[i].frames,
		       results->wake_calls[i].calls, results->wake_calls[i].frames);
	printf("\nPublish with nobody waiting:\n");
	for (size_t i = 0; i < RESULTS_SIZES; i++)
		printf("  %4" PRIu32 "x%-4" PRIu32 "  p50 %s, p99 %s, %" PRIu64 " wake calls\n",
		       results->publish_costs[i].width, results->publish_costs[i].height,
		       units_duration(p50, results->publish_costs[i].p50_ns),
		       units_duration(p99, results->publish_costs[i].p99_ns), results->publish_costs[i].wake_calls);
}
