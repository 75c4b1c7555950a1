/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include "message.h"
#include "statistics.h"

#include <stdlib.h>
#include <string.h>

/* Latencies of every frame that was counted. */
struct latencies {
	uint64_t *values_ns;
	size_t count;
};

struct summary {
	uint32_t rounds;
	uint32_t added;
	struct outcome *outcomes;
	struct latencies pointer, last, read;
};

struct summary *summary_create(uint32_t rounds, uint32_t frames, uint32_t consumers)
{
	struct summary *summary = cli_allocate(1, sizeof(*summary));
	size_t most = (size_t)rounds * frames * consumers;

	summary->rounds = rounds;
	summary->outcomes = cli_allocate(rounds, sizeof(*summary->outcomes));
	summary->pointer.values_ns = cli_allocate(most, sizeof(uint64_t));
	summary->last.values_ns = cli_allocate(most, sizeof(uint64_t));
	summary->read.values_ns = cli_allocate(most, sizeof(uint64_t));
	return summary;
}

void summary_destroy(struct summary *summary)
{
	free(summary->pointer.values_ns);
	free(summary->last.values_ns);
	free(summary->read.values_ns);
	free(summary->outcomes);
	free(summary);
}

/* Sorts the values. */
static void describe(uint64_t *values_ns, size_t count, struct distribution *distribution)
{
	distribution->p50_ns = statistics_quantile(values_ns, count, 0.5);
	distribution->p99_ns = statistics_quantile(values_ns, count, 0.99);
	distribution->max_ns = count > 0 ? values_ns[count - 1] : 0;
}

static void append(struct latencies *latencies, uint64_t value_ns)
{
	latencies->values_ns[latencies->count++] = value_ns;
}

static void add_frame(struct summary *summary, struct trial *trial, uint32_t frame, struct outcome *outcome)
{
	uint64_t sent_ns = trial_sent_ns(trial)[frame], last_ns = 0;
	uint32_t seen = 0;

	if (sent_ns == 0)
		return;
	for (uint32_t i = 0; i < trial->consumers; i++) {
		uint64_t pointer_ns = trial_pointer_ns(trial, i)[frame];
		if (pointer_ns == 0) {
			outcome->lost++;
			continue;
		}
		seen++;
		append(&summary->pointer, pointer_ns - sent_ns);
		append(&summary->read, trial_read_ns(trial, i)[frame] - sent_ns);
		if (pointer_ns > last_ns)
			last_ns = pointer_ns;
	}
	outcome->counted += seen;
	if (seen == trial->consumers)
		append(&summary->last, last_ns - sent_ns);
}

static void add_account(const struct account *account, struct outcome *outcome)
{
	outcome->switches += (double)(account->voluntary_switches + account->involuntary_switches);
	if (!account->has_misses)
		outcome->cache_misses = -1;
	else if (outcome->cache_misses >= 0)
		outcome->cache_misses += (double)account->cache_misses;
}

static void add_accounts(const struct trial *trial, struct outcome *outcome)
{
	double frames = (double)(trial->frames - trial->first_counted);

	outcome->producer_ns = (double)(trial->producer_account.processor_ns - trial->camera_cpu_ns) / frames;
	outcome->producer_bytes = (double)trial->producer_account.proportional_bytes;
	outcome->consumer_bytes = (double)trial->consumer_accounts[0].proportional_bytes;
	add_account(&trial->producer_account, outcome);
	for (uint32_t i = 0; i < trial->consumers; i++) {
		outcome->consumers_ns += (double)trial->consumer_accounts[i].processor_ns / frames;
		add_account(&trial->consumer_accounts[i], outcome);
	}
	for (uint32_t i = 0; i < TRIAL_MAX_HELPERS; i++) {
		if (!trial->helper_accounts[i].ended)
			continue;
		outcome->helpers_ns += (double)trial->helper_accounts[i].processor_ns / frames;
		add_account(&trial->helper_accounts[i], outcome);
	}
	outcome->switches /= frames;
	if (outcome->cache_misses > 0)
		outcome->cache_misses /= frames;
	outcome->bytes_copied = (double)trial->bytes_copied / frames;
}

void summary_add(struct summary *summary, struct trial *trial)
{
	struct outcome *outcome = &summary->outcomes[summary->added++];
	size_t pointer = summary->pointer.count, last = summary->last.count, read = summary->read.count;

	for (uint32_t frame = trial->first_counted; frame < trial->frames; frame++)
		add_frame(summary, trial, frame, outcome);
	outcome->skipped = trial->skipped;
	outcome->damaged = trial->damaged;
	add_accounts(trial, outcome);
	describe(summary->pointer.values_ns + pointer, summary->pointer.count - pointer, &outcome->pointer);
	describe(summary->last.values_ns + last, summary->last.count - last, &outcome->last);
	describe(summary->read.values_ns + read, summary->read.count - read, &outcome->read);
}

static double median_of(const struct summary *summary, size_t offset)
{
	double *values = cli_allocate(summary->rounds, sizeof(*values));
	double median;

	for (uint32_t i = 0; i < summary->rounds; i++)
		memcpy(&values[i], (const char *)&summary->outcomes[i] + offset, sizeof(double));
	median = statistics_median(values, summary->rounds);
	free(values);
	return median;
}

void summary_finish(struct summary *summary, struct result *ret_result)
{
	static const size_t medians[] = {
		offsetof(struct outcome, producer_ns),    offsetof(struct outcome, consumers_ns),
		offsetof(struct outcome, helpers_ns),     offsetof(struct outcome, switches),
		offsetof(struct outcome, cache_misses),   offsetof(struct outcome, bytes_copied),
		offsetof(struct outcome, producer_bytes), offsetof(struct outcome, consumer_bytes),
	};
	struct outcome *all = &ret_result->all;

	*all = (struct outcome){0};
	describe(summary->pointer.values_ns, summary->pointer.count, &all->pointer);
	describe(summary->last.values_ns, summary->last.count, &all->last);
	describe(summary->read.values_ns, summary->read.count, &all->read);
	for (uint32_t i = 0; i < summary->rounds; i++) {
		all->counted += summary->outcomes[i].counted;
		all->lost += summary->outcomes[i].lost;
		all->skipped += summary->outcomes[i].skipped;
		all->damaged += summary->outcomes[i].damaged;
	}
	for (size_t i = 0; i < sizeof(medians) / sizeof(medians[0]); i++) {
		double median = median_of(summary, medians[i]);
		memcpy((char *)all + medians[i], &median, sizeof(median));
	}
	ret_result->rounds = summary->outcomes;
	summary->outcomes = NULL;
}
