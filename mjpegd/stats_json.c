/* SPDX-License-Identifier: Apache-2.0 */
#include "stats_json.h"

#include "clock.h"
#include "feed.h"
#include "viewers.h"

#include <zcframe/consumer.h>
#include <zcframe/version.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void set_integer(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void set_counter(json_t *object, const char *key, const atomic_uint_fast64_t *counter)
{
	set_integer(object, key, counter_get(counter));
}

static void set_string(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, json_string(value));
}

/* Three places are all that a rate over a second has. */
static void set_rate(json_t *object, const struct channel_window *window)
{
	double rate_hz = channel_window_rate_hz(window);

	json_object_set_new(object, "rate_hz", json_real((double)(int64_t)(rate_hz * 1000 + 0.5) / 1000));
	set_integer(object, "window_ns", window->duration_ns);
}

/* Null if it never happened. */
static void set_age(json_t *object, const char *key, uint64_t now_ns, uint64_t time_ns)
{
	if (time_ns == 0)
		json_object_set_new(object, key, json_null());
	else
		set_integer(object, key, now_ns > time_ns ? now_ns - time_ns : 0);
}

static void set_latency(json_t *object, const char *key, const uint32_t *counts, double quantile)
{
	uint64_t latency_ns = zcf_latency_quantile_ns(counts, quantile);

	if (latency_ns == 0)
		json_object_set_new(object, key, json_null());
	else
		set_integer(object, key, latency_ns);
}

static json_t *leases_json(const struct zcf_snapshot_consumer *consumer)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < consumer->lease_count; i++) {
		const struct zcf_snapshot_lease *lease = &consumer->leases[i];

		json_array_append_new(array,
				      json_pack("{s:I, s:I, s:I, s:b}", "buffer", (json_int_t)lease->buffer_index,
						"sequence", (json_int_t)lease->sequence, "age_ns",
						(json_int_t)lease->age_ns, "overdue", (int)lease->overdue));
	}
	return array;
}

static const char *rate_name(uint32_t rate)
{
	switch (rate) {
	case ZCF_RATE_EVERY_FRAME:
		return "every-frame";
	case ZCF_RATE_EVERY_NTH:
		return "every-nth";
	case ZCF_RATE_AT_MOST_MILLIHERTZ:
		return "at-most-millihertz";
	case ZCF_RATE_NEWEST_ONLY:
		return "newest-only";
	default:
		return "unknown";
	}
}

static json_t *consumer_json(const struct channel_report *report, const struct zcf_snapshot_consumer *consumer)
{
	struct channel_window window;
	uint64_t now_ns = report->now->time_ns;
	json_t *object = json_object();

	channel_report_get_consumer_window(report, consumer, &window);
	set_integer(object, "id", consumer->id);
	set_string(object, "label", consumer->label);
	json_object_set_new(object, "pid", json_integer(consumer->pid));
	set_integer(object, "uid", consumer->uid);
	set_age(object, "attached_age_ns", now_ns, consumer->attached_time_ns);
	set_age(object, "last_acquire_age_ns", now_ns, consumer->last_acquire_ns);
	set_rate(object, &window);
	set_latency(object, "latency_p50_ns", window.latency_counts, 0.5);
	set_latency(object, "latency_p99_ns", window.latency_counts, 0.99);
	set_string(object, "wants", rate_name(consumer->rate));
	set_integer(object, "wants_value", consumer->rate_value);
	set_integer(object, "acquired", consumer->acquired);
	set_integer(object, "missed", consumer->missed);
	set_integer(object, "stale", consumer->stale);
	set_integer(object, "revoked", consumer->revoked);
	set_integer(object, "skips_caused", consumer->skips_caused);
	set_string(object, "state", zcf_consumer_state_name(consumer->state));
	json_object_set_new(object, "copies_out", json_boolean(consumer->copies_out));
	set_integer(object, "copied", consumer->copied);
	set_integer(object, "lease_deadline_ns", consumer->lease_deadline_ns);
	set_integer(object, "max_leases", consumer->max_leases);
	json_object_set_new(object, "leases", leases_json(consumer));
	return object;
}

static json_t *format_json(const struct zcf_format *format)
{
	char fourcc[5] = "";

	memcpy(fourcc, &format->fourcc, 4);
	return json_pack("{s:s, s:I, s:I, s:I}", "fourcc", fourcc, "width", (json_int_t)format->width_pixels, "height",
			 (json_int_t)format->height_pixels, "size_bytes", (json_int_t)format->size_bytes);
}

static void add_snapshot(json_t *object, const struct channel_report *report)
{
	const struct zcf_snapshot *snapshot = report->now;
	struct channel_window window;
	json_t *consumers = json_array();
	char epoch[24];

	channel_report_get_window(report, &window);
	/* As text: JavaScript has no integers of 64 bits. */
	snprintf(epoch, sizeof(epoch), "%" PRIu64, snapshot->epoch);
	set_string(object, "epoch", epoch);
	set_string(object, "backend", snapshot->backend);
	json_object_set_new(object, "producer_pid", json_integer(snapshot->producer_pid));
	json_object_set_new(object, "format", format_json(&snapshot->format));
	set_age(object, "created_age_ns", snapshot->time_ns, snapshot->created_time_ns);
	set_integer(object, "frame_interval_ns", snapshot->frame_interval_ns);
	set_integer(object, "lease_deadline_ns", snapshot->lease_deadline_ns);
	set_integer(object, "granted_leases", snapshot->granted_leases);
	set_string(object, "source_state", zcf_source_state_name(snapshot->source_state));
	set_integer(object, "source_silences", snapshot->source_silences);
	set_rate(object, &window);
	set_integer(object, "published", snapshot->published);
	set_integer(object, "skipped", snapshot->skipped);
	set_integer(object, "revoked", snapshot->revoked);
	set_integer(object, "wake_calls", snapshot->wake_calls);
	set_integer(object, "notice_calls", snapshot->notice_calls);
	set_integer(object, "attached_total", snapshot->attached_total);
	set_integer(object, "refused_total", snapshot->refused_total);
	set_integer(object, "last_frame_number", snapshot->last_frame_number);
	set_age(object, "last_publish_age_ns", snapshot->time_ns, snapshot->last_publish_ns);
	json_object_set_new(object, "brightness_avg",
			    snapshot->last_brightness_avg >= 0 ? json_real((double)snapshot->last_brightness_avg)
							       : json_null());
	json_object_set_new(object, "buffers",
			    json_pack("{s:I, s:I, s:I}", "count", (json_int_t)snapshot->buffer_count, "free",
				      (json_int_t)snapshot->free_buffers, "held", (json_int_t)snapshot->held_buffers));
	for (uint32_t i = 0; i < snapshot->consumer_count; i++)
		json_array_append_new(consumers, consumer_json(report, &snapshot->consumers[i]));
	json_object_set_new(object, "consumers", consumers);
}

static json_t *channel_json(const struct channel_report *report)
{
	json_t *object = json_object();

	set_string(object, "name", report->name);
	set_string(object, "state", channel_condition_name(report->condition));
	set_string(object, "detail", report->detail);
	if (channel_report_has_snapshot(report))
		add_snapshot(object, report);
	return object;
}

static json_t *encoding_json(const struct counters *counters)
{
	uint64_t encodes = counter_get(&counters->encodes);
	json_t *object = json_object();

	set_integer(object, "encodes", encodes);
	set_counter(object, "errors", &counters->encode_errors);
	set_counter(object, "stale_drops", &counters->stale_drops);
	set_counter(object, "last_time_ns", &counters->last_encode_time_ns);
	set_integer(object, "mean_time_ns", encodes > 0 ? counter_get(&counters->encode_time_ns) / encodes : 0);
	set_counter(object, "last_jpeg_bytes", &counters->last_jpeg_bytes);
	return object;
}

static json_t *detections_json(const struct server *server)
{
	const struct counters *counters = &server->counters;
	json_t *object = json_object();

	set_string(object, "channel",
		   server->options->detections_channel != NULL ? server->options->detections_channel : "");
	set_counter(object, "listeners", &counters->detection_listeners);
	set_counter(object, "results", &counters->detections_read);
	set_counter(object, "damaged", &counters->detections_damaged);
	set_counter(object, "invalid_boxes", &counters->detections_invalid_boxes);
	set_counter(object, "stale", &counters->detections_stale);
	set_counter(object, "events_sent", &counters->detection_events_sent);
	set_counter(object, "events_skipped", &counters->detection_events_skipped);
	return object;
}

static json_t *server_json(struct server *server)
{
	const struct counters *counters = &server->counters;
	struct timespec now;
	char trouble[256];
	json_t *object = json_object();

	clock_gettime(CLOCK_REALTIME, &now);
	feed_get_trouble(server->feed, trouble, sizeof(trouble));
	set_string(object, "version", zcf_version());
	set_string(object, "channel", server->options->channel);
	set_string(object, "trouble", trouble);
	set_integer(object, "time_wall_us", (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	set_integer(object, "uptime_ns", clock_now_ns() - counters->started_time_ns);
	set_integer(object, "quality", server->options->quality);
	json_object_set_new(object, "max_rate_hz", json_real(server->options->max_rate_hz));
	set_integer(object, "max_viewers", server->options->max_viewers);
	set_counter(object, "connections", &counters->connections);
	set_counter(object, "requests", &counters->requests);
	set_counter(object, "refused_requests", &counters->refused_requests);
	set_counter(object, "dropped_clients", &counters->dropped_clients);
	set_counter(object, "viewers_total", &counters->viewers_total);
	set_counter(object, "pictures_sent", &counters->pictures_sent);
	set_counter(object, "pictures_skipped", &counters->pictures_skipped);
	set_counter(object, "bytes_sent", &counters->bytes_sent);
	json_object_set_new(object, "encoding", encoding_json(counters));
	json_object_set_new(object, "detections", detections_json(server));
	json_object_set_new(object, "viewers", viewers_to_json(server->viewers));
	return object;
}

char *stats_json(struct server *server, struct channel_report *const *channels, size_t channel_count)
{
	json_t *root = json_object(), *array = json_array();
	char *text;

	json_object_set_new(root, "server", server_json(server));
	for (size_t i = 0; i < channel_count; i++)
		json_array_append_new(array, channel_json(channels[i]));
	json_object_set_new(root, "channels", array);
	text = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(root);
	return text;
}
