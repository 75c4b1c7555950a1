/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include "clock.h"
#include "metric.h"

#include <zcframe/version.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct metric server_metrics[] = {
	{"zcframe_mjpegd_connections", "gauge", "Open HTTP connections.", METRIC_FIELD(counters, connections)},
	{"zcframe_mjpegd_requests_total", "counter", "HTTP requests.", METRIC_FIELD(counters, requests)},
	{"zcframe_mjpegd_refused_requests_total", "counter", "Requests answered with 401, 413, 421 or 503.",
	 METRIC_FIELD(counters, refused_requests)},
	{"zcframe_mjpegd_dropped_clients_total", "counter", "Clients closed because they did not read or ask in time.",
	 METRIC_FIELD(counters, dropped_clients)},
	{"zcframe_mjpegd_viewers", "gauge", "Streams running.", METRIC_FIELD(counters, viewers)},
	{"zcframe_mjpegd_viewers_total", "counter", "Streams started.", METRIC_FIELD(counters, viewers_total)},
	{"zcframe_mjpegd_pictures_sent_total", "counter", "Pictures sent, over all streams and snapshots.",
	 METRIC_FIELD(counters, pictures_sent)},
	{"zcframe_mjpegd_pictures_skipped_total", "counter", "Pictures that viewers were too slow for.",
	 METRIC_FIELD(counters, pictures_skipped)},
	{"zcframe_mjpegd_sent_bytes_total", "counter", "Bytes of answers, without their headers.",
	 METRIC_FIELD(counters, bytes_sent)},
	{"zcframe_mjpegd_encode_errors_total", "counter", "Frames that could not be encoded.",
	 METRIC_FIELD(counters, encode_errors)},
	{"zcframe_mjpegd_stale_drops_total", "counter",
	 "Pictures thrown away because the frame was overwritten while it was encoded.",
	 METRIC_FIELD(counters, stale_drops)},
	{"zcframe_mjpegd_detection_listeners", "gauge", "Streams of detections running.",
	 METRIC_FIELD(counters, detection_listeners)},
	{"zcframe_mjpegd_detections_read_total", "counter", "Results of the detector read, while somebody listened.",
	 METRIC_FIELD(counters, detections_read)},
	{"zcframe_mjpegd_detections_damaged_total", "counter", "Frames of the detector's channel that held no result.",
	 METRIC_FIELD(counters, detections_damaged)},
	{"zcframe_mjpegd_detections_stale_total", "counter", "Results overwritten while they were read.",
	 METRIC_FIELD(counters, detections_stale)},
	{"zcframe_mjpegd_detections_invalid_boxes_total", "counter", "Boxes left out because they hold no numbers.",
	 METRIC_FIELD(counters, detections_invalid_boxes)},
	{"zcframe_mjpegd_detection_events_sent_total", "counter", "Events sent, over all streams of detections.",
	 METRIC_FIELD(counters, detection_events_sent)},
	{"zcframe_mjpegd_detection_events_skipped_total", "counter", "Results that listeners were too slow for.",
	 METRIC_FIELD(counters, detection_events_skipped)},
	{"zcframe_mjpegd_jpeg_bytes", "gauge", "Size of the newest picture.", METRIC_FIELD(counters, last_jpeg_bytes)},
};

static const struct metric channel_metrics[] = {
	{"zcframe_channel_frames_published_total", "counter", "Frames published.",
	 METRIC_FIELD(zcf_snapshot, published)},
	{"zcframe_channel_frames_skipped_total", "counter", "Camera frames lost because consumers held every buffer.",
	 METRIC_FIELD(zcf_snapshot, skipped)},
	{"zcframe_channel_leases_revoked_total", "counter", "Leases that were revoked after their deadline.",
	 METRIC_FIELD(zcf_snapshot, revoked)},
	{"zcframe_channel_wake_calls_total", "counter", "System calls made to wake consumers that slept in an acquire.",
	 METRIC_FIELD(zcf_snapshot, wake_calls)},
	{"zcframe_channel_notice_calls_total", "counter", "System calls made to wake consumers that slept in poll().",
	 METRIC_FIELD(zcf_snapshot, notice_calls)},
	{"zcframe_channel_consumers_attached_total", "counter", "Consumers that ever attached.",
	 METRIC_FIELD(zcf_snapshot, attached_total)},
	{"zcframe_channel_consumers_refused_total", "counter", "Consumers that were refused.",
	 METRIC_FIELD(zcf_snapshot, refused_total)},
	{"zcframe_channel_source_silent", "gauge", "1 while the source brings no pictures.",
	 METRIC_FIELD(zcf_snapshot, source_state)},
	{"zcframe_channel_source_silences_total", "counter", "Times that the source brought no pictures any more.",
	 METRIC_FIELD(zcf_snapshot, source_silences)},
	{"zcframe_channel_consumers", "gauge", "Consumers attached.", METRIC_FIELD(zcf_snapshot, consumer_count)},
	{"zcframe_channel_buffers", "gauge", "Buffers of the pool.", METRIC_FIELD(zcf_snapshot, buffer_count)},
	{"zcframe_channel_buffers_free", "gauge", "Buffers neither published nor with the camera.",
	 METRIC_FIELD(zcf_snapshot, free_buffers)},
	{"zcframe_channel_buffers_held", "gauge", "Buffers held by at least one consumer.",
	 METRIC_FIELD(zcf_snapshot, held_buffers)},
};

void metric_write_heading(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

uint64_t metric_read(const struct metric *metric, const void *target)
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

static const atomic_uint_fast64_t *counter_of(const struct metric *metric, const struct counters *counters)
{
	return (const void *)((const char *)counters + metric->offset);
}

static void write_server(FILE *out, const struct server *server)
{
	const struct counters *counters = &server->counters;

	metric_write_heading(out, "zcframe_mjpegd_info", "gauge", "Always 1; which version serves which channel.");
	fprintf(out, "zcframe_mjpegd_info{version=\"%s\",channel=\"%s\"} 1\n", zcf_version(), server->options->channel);
	metric_write_heading(out, "zcframe_mjpegd_uptime_seconds", "gauge", "Since the server started.");
	fprintf(out, "zcframe_mjpegd_uptime_seconds %.3f\n",
		(double)(clock_now_ns() - counters->started_time_ns) / 1e9);
	for (size_t i = 0; i < METRIC_COUNT(server_metrics); i++) {
		const struct metric *metric = &server_metrics[i];

		metric_write_heading(out, metric->name, metric->type, metric->help);
		fprintf(out, "%s %" PRIu64 "\n", metric->name, counter_get(counter_of(metric, counters)));
	}
	metric_write_heading(out, "zcframe_mjpegd_encode_seconds", "summary", "Time taken to encode a picture.");
	fprintf(out, "zcframe_mjpegd_encode_seconds_sum %.9f\nzcframe_mjpegd_encode_seconds_count %" PRIu64 "\n",
		(double)counter_get(&counters->encode_time_ns) / 1e9, counter_get(&counters->encodes));
	metric_write_heading(out, "zcframe_mjpegd_detection_stage_seconds", "gauge",
			     "What the detector took for the newest result that was read, stage by stage.");
	for (int i = 0; i < ZCF_DETECTIONS_STAGES; i++)
		fprintf(out, "zcframe_mjpegd_detection_stage_seconds{stage=\"%s\"} %.9f\n",
			zcf_detections_stage_name(i), (double)counter_get(&counters->detection_stage_ns[i]) / 1e9);
}

static void write_channel_states(FILE *out, const struct metric_channels *channels)
{
	metric_write_heading(out, "zcframe_channel_up", "gauge",
			     "1 if the channel is live or asleep, 0 if no frames can come.");
	for (size_t i = 0; i < channels->count; i++) {
		const struct channel_report *report = channels->reports[i];

		fprintf(out, "zcframe_channel_up{channel=\"%s\"} %d\n", report->name,
			report->condition == CHANNEL_LIVE || report->condition == CHANNEL_ASLEEP);
	}
	metric_write_heading(out, "zcframe_channel_last_publish_age_seconds", "gauge", "Since the newest frame.");
	for (size_t i = 0; i < channels->count; i++) {
		const struct channel_report *report = channels->reports[i];

		if (channel_report_has_snapshot(report) && report->now->last_publish_ns != 0)
			fprintf(out, "zcframe_channel_last_publish_age_seconds{channel=\"%s\"} %.6f\n", report->name,
				(double)(int64_t)(report->now->time_ns - report->now->last_publish_ns) / 1e9);
	}
	metric_write_heading(out, "zcframe_channel_brightness_average", "gauge",
			     "Mean of Y of the newest frame, 0 to 255.");
	for (size_t i = 0; i < channels->count; i++) {
		const struct channel_report *report = channels->reports[i];

		if (channel_report_has_snapshot(report) && report->now->last_brightness_avg >= 0)
			fprintf(out, "zcframe_channel_brightness_average{channel=\"%s\"} %.2f\n", report->name,
				(double)report->now->last_brightness_avg);
	}
}

static void write_channel_numbers(FILE *out, const struct metric_channels *channels)
{
	for (size_t i = 0; i < METRIC_COUNT(channel_metrics); i++) {
		const struct metric *metric = &channel_metrics[i];

		metric_write_heading(out, metric->name, metric->type, metric->help);
		for (size_t j = 0; j < channels->count; j++) {
			const struct channel_report *report = channels->reports[j];

			if (channel_report_has_snapshot(report))
				fprintf(out, "%s{channel=\"%s\"} %" PRIu64 "\n", metric->name, report->name,
					metric_read(metric, report->now));
		}
	}
}

char *metrics_text(struct server *server, struct channel_report *const *channels, size_t channel_count)
{
	const struct metric_channels all = {channels, channel_count};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	write_server(out, server);
	write_channel_states(out, &all);
	write_channel_numbers(out, &all);
	metrics_write_consumers(out, &all);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
