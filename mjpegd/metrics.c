/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include "clock.h"

#include <zcframe/version.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number of a snapshot, of a consumer in it, or of the server, and where it is in the struct. */
struct metric {
	const char *name;
	const char *type;
	const char *help;
	size_t offset;
	size_t size;
};

#define FIELD(type, field) offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

static const struct metric server_metrics[] = {
	{"zcframe_mjpegd_connections", "gauge", "Open HTTP connections.", FIELD(counters, connections)},
	{"zcframe_mjpegd_requests_total", "counter", "HTTP requests.", FIELD(counters, requests)},
	{"zcframe_mjpegd_refused_requests_total", "counter", "Requests answered with 401, 413, 421 or 503.",
	 FIELD(counters, refused_requests)},
	{"zcframe_mjpegd_dropped_clients_total", "counter", "Clients closed because they did not read or ask in time.",
	 FIELD(counters, dropped_clients)},
	{"zcframe_mjpegd_viewers", "gauge", "Streams running.", FIELD(counters, viewers)},
	{"zcframe_mjpegd_viewers_total", "counter", "Streams started.", FIELD(counters, viewers_total)},
	{"zcframe_mjpegd_pictures_sent_total", "counter", "Pictures sent, over all streams and snapshots.",
	 FIELD(counters, pictures_sent)},
	{"zcframe_mjpegd_pictures_skipped_total", "counter", "Pictures that viewers were too slow for.",
	 FIELD(counters, pictures_skipped)},
	{"zcframe_mjpegd_sent_bytes_total", "counter", "Bytes of answers, without their headers.",
	 FIELD(counters, bytes_sent)},
	{"zcframe_mjpegd_encode_errors_total", "counter", "Frames that could not be encoded.",
	 FIELD(counters, encode_errors)},
	{"zcframe_mjpegd_stale_drops_total", "counter",
	 "Pictures thrown away because the frame was overwritten while it was encoded.", FIELD(counters, stale_drops)},
	{"zcframe_mjpegd_jpeg_bytes", "gauge", "Size of the newest picture.", FIELD(counters, last_jpeg_bytes)},
};

static const struct metric channel_metrics[] = {
	{"zcframe_channel_frames_published_total", "counter", "Frames published.", FIELD(zcf_snapshot, published)},
	{"zcframe_channel_frames_skipped_total", "counter", "Camera frames lost because consumers held every buffer.",
	 FIELD(zcf_snapshot, skipped)},
	{"zcframe_channel_leases_revoked_total", "counter", "Leases that were revoked after their deadline.",
	 FIELD(zcf_snapshot, revoked)},
	{"zcframe_channel_wake_calls_total", "counter", "System calls made to wake consumers that slept in an acquire.",
	 FIELD(zcf_snapshot, wake_calls)},
	{"zcframe_channel_notice_calls_total", "counter", "System calls made to wake consumers that slept in poll().",
	 FIELD(zcf_snapshot, notice_calls)},
	{"zcframe_channel_consumers_attached_total", "counter", "Consumers that ever attached.",
	 FIELD(zcf_snapshot, attached_total)},
	{"zcframe_channel_consumers_refused_total", "counter", "Consumers that were refused.",
	 FIELD(zcf_snapshot, refused_total)},
	{"zcframe_channel_consumers", "gauge", "Consumers attached.", FIELD(zcf_snapshot, consumer_count)},
	{"zcframe_channel_buffers", "gauge", "Buffers of the pool.", FIELD(zcf_snapshot, buffer_count)},
	{"zcframe_channel_buffers_free", "gauge", "Buffers neither published nor with the camera.",
	 FIELD(zcf_snapshot, free_buffers)},
	{"zcframe_channel_buffers_held", "gauge", "Buffers held by at least one consumer.",
	 FIELD(zcf_snapshot, held_buffers)},
};

static const struct metric consumer_metrics[] = {
	{"zcframe_consumer_frames_acquired_total", "counter", "Frames acquired.",
	 FIELD(zcf_snapshot_consumer, acquired)},
	{"zcframe_consumer_frames_missed_total", "counter", "Wanted frames that were not acquired.",
	 FIELD(zcf_snapshot_consumer, missed)},
	{"zcframe_consumer_frames_stale_total", "counter",
	 "Acquired frames that were overwritten before their release.", FIELD(zcf_snapshot_consumer, stale)},
	{"zcframe_consumer_leases_revoked_total", "counter", "Leases that the producer revoked.",
	 FIELD(zcf_snapshot_consumer, revoked)},
	{"zcframe_consumer_skips_caused_total", "counter", "Camera frames lost while the consumer held a buffer.",
	 FIELD(zcf_snapshot_consumer, skips_caused)},
	{"zcframe_consumer_leases", "gauge", "Frames held.", FIELD(zcf_snapshot_consumer, lease_count)},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct channels {
	struct channel_report *const *reports;
	size_t count;
};

static void write_heading(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static uint64_t read_field(const struct metric *metric, const void *target)
{
	const char *field = (const char *)target + metric->offset;
	uint32_t narrow;
	uint64_t wide;

	if (metric->size == sizeof(narrow)) {
		memcpy(&narrow, field, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, field, sizeof(wide));
	return wide;
}

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

static void write_server(FILE *out, const struct server *server)
{
	const struct counters *counters = &server->counters;

	write_heading(out, "zcframe_mjpegd_info", "gauge", "Always 1; which version serves which channel.");
	fprintf(out, "zcframe_mjpegd_info{version=\"%s\",channel=\"%s\"} 1\n", zcf_version(), server->options->channel);
	write_heading(out, "zcframe_mjpegd_uptime_seconds", "gauge", "Since the server started.");
	fprintf(out, "zcframe_mjpegd_uptime_seconds %.3f\n",
		(double)(clock_now_ns() - counters->started_time_ns) / 1e9);
	for (size_t i = 0; i < COUNT(server_metrics); i++) {
		const struct metric *metric = &server_metrics[i];

		write_heading(out, metric->name, metric->type, metric->help);
		fprintf(out, "%s %" PRIu64 "\n", metric->name, read_field(metric, counters));
	}
	write_heading(out, "zcframe_mjpegd_encode_seconds", "summary", "Time taken to encode a picture.");
	fprintf(out, "zcframe_mjpegd_encode_seconds_sum %.9f\nzcframe_mjpegd_encode_seconds_count %" PRIu64 "\n",
		(double)counter_get(&counters->encode_time_ns) / 1e9, counter_get(&counters->encodes));
}

static void write_channel_states(FILE *out, const struct channels *channels)
{
	write_heading(out, "zcframe_channel_up", "gauge",
		      "1 if the channel is live or asleep, 0 if no frames can come.");
	for (size_t i = 0; i < channels->count; i++) {
		const struct channel_report *report = channels->reports[i];

		fprintf(out, "zcframe_channel_up{channel=\"%s\"} %d\n", report->name,
			report->condition == CHANNEL_LIVE || report->condition == CHANNEL_ASLEEP);
	}
	write_heading(out, "zcframe_channel_last_publish_age_seconds", "gauge", "Since the newest frame.");
	for (size_t i = 0; i < channels->count; i++) {
		const struct channel_report *report = channels->reports[i];

		if (channel_report_has_snapshot(report) && report->now->last_publish_ns != 0)
			fprintf(out, "zcframe_channel_last_publish_age_seconds{channel=\"%s\"} %.6f\n", report->name,
				(double)(int64_t)(report->now->time_ns - report->now->last_publish_ns) / 1e9);
	}
	write_heading(out, "zcframe_channel_brightness_average", "gauge", "Mean of Y of the newest frame, 0 to 255.");
	for (size_t i = 0; i < channels->count; i++) {
		const struct channel_report *report = channels->reports[i];

		if (channel_report_has_snapshot(report) && report->now->last_brightness_avg >= 0)
			fprintf(out, "zcframe_channel_brightness_average{channel=\"%s\"} %.2f\n", report->name,
				(double)report->now->last_brightness_avg);
	}
}

static void write_channel_numbers(FILE *out, const struct channels *channels)
{
	for (size_t i = 0; i < COUNT(channel_metrics); i++) {
		const struct metric *metric = &channel_metrics[i];

		write_heading(out, metric->name, metric->type, metric->help);
		for (size_t j = 0; j < channels->count; j++) {
			const struct channel_report *report = channels->reports[j];

			if (channel_report_has_snapshot(report))
				fprintf(out, "%s{channel=\"%s\"} %" PRIu64 "\n", metric->name, report->name,
					read_field(metric, report->now));
		}
	}
}

/* Calls @p write for each consumer of each channel. */
static void for_each_consumer(FILE *out, const struct channels *channels, const struct metric *metric,
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
	fprintf(out, "} %" PRIu64 "\n", read_field(metric, consumer));
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

static void write_consumers(FILE *out, const struct channels *channels)
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

	for (size_t i = 0; i < COUNT(consumer_metrics); i++) {
		write_heading(out, consumer_metrics[i].name, consumer_metrics[i].type, consumer_metrics[i].help);
		for_each_consumer(out, channels, &consumer_metrics[i], write_consumer_number);
	}
	write_heading(out, oldest_lease.name, oldest_lease.type, oldest_lease.help);
	for_each_consumer(out, channels, &oldest_lease, write_oldest_lease);
	write_heading(out, latency.name, latency.type, latency.help);
	for_each_consumer(out, channels, &latency, write_latencies);
}

char *metrics_text(struct server *server, struct channel_report *const *channels, size_t channel_count)
{
	const struct channels all = {channels, channel_count};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	write_server(out, server);
	write_channel_states(out, &all);
	write_channel_numbers(out, &all);
	write_consumers(out, &all);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
