/* SPDX-License-Identifier: Apache-2.0 */
#include "metric.h"

#include "clock.h"

#include <inttypes.h>

static const struct metric consumer_metrics[] = {
	{"zcframe_consumer_frames_acquired_total", "counter", "Frames acquired.",
	 METRIC_FIELD(zcf_snapshot_consumer, acquired)},
	{"zcframe_consumer_frames_missed_total", "counter", "Wanted frames that were not acquired.",
	 METRIC_FIELD(zcf_snapshot_consumer, missed)},
	{"zcframe_consumer_frames_stale_total", "counter",
	 "Acquired frames that were overwritten before their release.", METRIC_FIELD(zcf_snapshot_consumer, stale)},
	{"zcframe_consumer_leases_revoked_total", "counter", "Leases that the producer revoked.",
	 METRIC_FIELD(zcf_snapshot_consumer, revoked)},
	{"zcframe_consumer_skips_caused_total", "counter", "Camera frames lost while the consumer held a buffer.",
	 METRIC_FIELD(zcf_snapshot_consumer, skips_caused)},
	{"zcframe_consumer_frames_copied_total", "counter", "Frames that the consumer copied out.",
	 METRIC_FIELD(zcf_snapshot_consumer, copied)},
	{"zcframe_consumer_state", "gauge", "How the consumer does: 0 live, 1 slow, 2 stuck.",
	 METRIC_FIELD(zcf_snapshot_consumer, state)},
	{"zcframe_consumer_leases", "gauge", "Frames held.", METRIC_FIELD(zcf_snapshot_consumer, lease_count)},
};

static void write_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* What names one consumer: a process may have several of one label. */
static void write_consumer_labels(FILE *out, const struct channel_report *report,
				  const struct zcf_snapshot_consumer *consumer)
{
	fprintf(out, "channel=\"%s\",consumer=\"", report->name);
	write_escaped(out, consumer->label);
	fprintf(out, "\",pid=\"%d\",id=\"%" PRIu64 "\"", consumer->pid, consumer->id);
}

/* Calls @p write for each consumer of each channel. */
static void for_each_consumer(FILE *out, const struct metric_channels *channels, const struct metric *metric,
			      void (*write)(FILE *out, const struct channel_report *report,
					    const struct zcf_snapshot_consumer *consumer, const struct metric *metric))
{
	for (size_t i = 0; i < channels->count; i++) {
		const struct channel_report *report = channels->reports[i];

		for (uint32_t j = 0; channel_report_has_snapshot(report) && j < report->now->consumer_count; j++)
			write(out, report, &report->now->consumers[j], metric);
	}
}

static void write_consumer_number(FILE *out, const struct channel_report *report,
				  const struct zcf_snapshot_consumer *consumer, const struct metric *metric)
{
	fprintf(out, "%s{", metric->name);
	write_consumer_labels(out, report, consumer);
	fprintf(out, "} %" PRIu64 "\n", metric_read(metric, consumer));
}

static void write_oldest_lease(FILE *out, const struct channel_report *report,
			       const struct zcf_snapshot_consumer *consumer, const struct metric *metric)
{
	uint64_t oldest_ns = 0;

	for (uint32_t i = 0; i < consumer->lease_count; i++) {
		if (consumer->leases[i].age_ns > oldest_ns)
			oldest_ns = consumer->leases[i].age_ns;
	}
	fprintf(out, "%s{", metric->name);
	write_consumer_labels(out, report, consumer);
	fprintf(out, "} %.6f\n", (double)oldest_ns / 1e9);
}

/* The upper end of a bucket of the library's histograms: where the quantile lies if all frames are in it. */
static uint64_t bucket_bound_ns(size_t bucket)
{
	uint32_t counts[ZCF_LATENCY_BUCKETS] = {0};

	counts[bucket] = 1;
	return zcf_latency_quantile_ns(counts, 1.0);
}

/* One bucket in four, from a microsecond to a second: the library's are finer than anybody looks at. */
static bool is_shown_bound(size_t bucket, uint64_t bound_ns)
{
	return bucket % 4 == 3 && bound_ns >= 1000 && bound_ns <= 2 * NANOSECONDS_PER_SECOND;
}

static void write_latencies(FILE *out, const struct channel_report *report,
			    const struct zcf_snapshot_consumer *consumer, const struct metric *metric)
{
	uint64_t count = 0;
	double sum_ns = 0;

	for (size_t i = 0; i < ZCF_LATENCY_BUCKETS; i++) {
		uint64_t bound_ns = bucket_bound_ns(i);

		count += consumer->latency_counts[i];
		sum_ns += (double)consumer->latency_counts[i] * (double)bound_ns;
		if (!is_shown_bound(i, bound_ns))
			continue;
		fprintf(out, "%s_bucket{", metric->name);
		write_consumer_labels(out, report, consumer);
		fprintf(out, ",le=\"%.9f\"} %" PRIu64 "\n", (double)bound_ns / 1e9, count);
	}
	fprintf(out, "%s_bucket{", metric->name);
	write_consumer_labels(out, report, consumer);
	fprintf(out, ",le=\"+Inf\"} %" PRIu64 "\n%s_sum{", count, metric->name);
	write_consumer_labels(out, report, consumer);
	fprintf(out, "} %.9f\n%s_count{", sum_ns / 1e9, metric->name);
	write_consumer_labels(out, report, consumer);
	fprintf(out, "} %" PRIu64 "\n", count);
}

void metrics_write_consumers(FILE *out, const struct metric_channels *channels)
{
	static const struct metric oldest_lease = {
		.name = "zcframe_consumer_oldest_lease_seconds",
		.type = "gauge",
		.help = "How long the consumer has held the frame that it has held longest.",
	};
	static const struct metric latency = {
		.name = "zcframe_consumer_latency_seconds",
		.type = "histogram",
		.help = "From publish to acquire. The sum is computed from the buckets and up to a fifth too high.",
	};

	for (size_t i = 0; i < METRIC_COUNT(consumer_metrics); i++) {
		metric_write_heading(out, consumer_metrics[i].name, consumer_metrics[i].type, consumer_metrics[i].help);
		for_each_consumer(out, channels, &consumer_metrics[i], write_consumer_number);
	}
	metric_write_heading(out, oldest_lease.name, oldest_lease.type, oldest_lease.help);
	for_each_consumer(out, channels, &oldest_lease, write_oldest_lease);
	metric_write_heading(out, latency.name, latency.type, latency.help);
	for_each_consumer(out, channels, &latency, write_latencies);
}
