/* SPDX-License-Identifier: Apache-2.0 */
#include "json_output.h"

#include "command.h"
#include "message.h"
#include "picture_format.h"
#include "rate_name.h"

#include <zcframe/consumer.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int json_output_print(json_t *value)
{
	int error;

	if (value == NULL) {
		cli_message("cannot make JSON: out of memory");
		return CLI_FAILED;
	}
	error = json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	json_decref(value);
	fputc('\n', stdout);
	/* A write error is on stdout as well, where main() reports it. */
	return error == 0 || ferror(stdout) ? CLI_OK : CLI_FAILED;
}

json_t *json_output_string(const char *text, size_t size)
{
	char copy[256];
	size_t length = strnlen(text, size < sizeof(copy) ? size : sizeof(copy) - 1);
	json_t *string = json_stringn(text, length);

	if (string != NULL)
		return string;
	memcpy(copy, text, length);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	return json_stringn(copy, length);
}

static json_t *make_planes(const struct zcf_format *format)
{
	json_t *planes = json_array();

	for (uint32_t i = 0; i < format->plane_count && i < ZCF_MAX_PLANES; i++)
		json_array_append_new(planes, json_pack("{s:I, s:I, s:I}", "offset_bytes",
							(json_int_t)format->planes[i].offset_bytes, "size_bytes",
							(json_int_t)format->planes[i].size_bytes, "stride_bytes",
							(json_int_t)format->planes[i].stride_bytes));
	return planes;
}

static json_t *make_format(const struct zcf_format *format)
{
	char fourcc[PICTURE_FOURCC_SIZE];

	return json_pack("{s:s, s:I, s:I, s:I, s:o}", "fourcc", picture_fourcc_name(fourcc, format->fourcc),
			 "width_pixels", (json_int_t)format->width_pixels, "height_pixels",
			 (json_int_t)format->height_pixels, "size_bytes", (json_int_t)format->size_bytes, "planes",
			 make_planes(format));
}

static json_t *make_leases(const struct zcf_snapshot_consumer *consumer)
{
	json_t *leases = json_array();

	for (uint32_t i = 0; i < consumer->lease_count && i < ZCF_MAX_LEASES; i++) {
		const struct zcf_snapshot_lease *lease = &consumer->leases[i];
		json_array_append_new(leases,
				      json_pack("{s:I, s:I, s:I, s:b}", "buffer", (json_int_t)lease->buffer_index,
						"sequence", (json_int_t)lease->sequence, "age_ns",
						(json_int_t)lease->age_ns, "overdue", (int)lease->overdue));
	}
	return leases;
}

static json_t *make_consumer(const struct zcf_snapshot_consumer *consumer)
{
	json_t *object = json_pack(
		"{s:I, s:i, s:I, s:o, s:s, s:I, s:I, s:I}", "id", (json_int_t)consumer->id, "pid", consumer->pid, "uid",
		(json_int_t)consumer->uid, "label", json_output_string(consumer->label, sizeof(consumer->label)),
		"rate", rate_name(consumer->rate), "rate_value", (json_int_t)consumer->rate_value, "max_leases",
		(json_int_t)consumer->max_leases, "lease_deadline_ns", (json_int_t)consumer->lease_deadline_ns);
	json_t *counters =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "attached_time_ns",
			  (json_int_t)consumer->attached_time_ns, "last_acquire_ns",
			  (json_int_t)consumer->last_acquire_ns, "acquired", (json_int_t)consumer->acquired, "stale",
			  (json_int_t)consumer->stale, "missed", (json_int_t)consumer->missed, "revoked",
			  (json_int_t)consumer->revoked, "skips_caused", (json_int_t)consumer->skips_caused,
			  "latency_p50_ns", (json_int_t)zcf_latency_quantile_ns(consumer->latency_counts, 0.5),
			  "latency_p99_ns", (json_int_t)zcf_latency_quantile_ns(consumer->latency_counts, 0.99));

	json_object_update(object, counters);
	json_decref(counters);
	json_object_set_new(object, "state", json_string(zcf_consumer_state_name(consumer->state)));
	json_object_set_new(object, "copies_out", json_boolean(consumer->copies_out));
	json_object_set_new(object, "copied", json_integer((json_int_t)consumer->copied));
	json_object_set_new(object, "leases", make_leases(consumer));
	return object;
}

static json_t *make_counters(const struct zcf_snapshot *snapshot)
{
	json_t *object = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "published", (json_int_t)snapshot->published,
		"skipped", (json_int_t)snapshot->skipped, "revoked", (json_int_t)snapshot->revoked, "wake_calls",
		(json_int_t)snapshot->wake_calls, "notice_calls", (json_int_t)snapshot->notice_calls, "attached_total",
		(json_int_t)snapshot->attached_total, "refused_total", (json_int_t)snapshot->refused_total,
		"last_frame_number", (json_int_t)snapshot->last_frame_number, "last_publish_ns",
		(json_int_t)snapshot->last_publish_ns);

	if (snapshot->last_brightness_avg >= 0)
		json_object_set_new(object, "last_brightness_avg", json_real((double)snapshot->last_brightness_avg));
	return object;
}

json_t *json_output_snapshot(const struct zcf_snapshot *snapshot)
{
	char epoch[24];
	json_t *consumers = json_array();
	json_t *counters = make_counters(snapshot);

	/* 64 random bits: as a number it would lose its last digits in many a JSON reader. */
	snprintf(epoch, sizeof(epoch), "%016" PRIx64, snapshot->epoch);
	for (uint32_t i = 0; i < snapshot->consumer_count && i < ZCF_MAX_CONSUMERS; i++)
		json_array_append_new(consumers, make_consumer(&snapshot->consumers[i]));
	json_t *object = json_pack(
		"{s:o, s:i, s:o, s:s, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:o}", "channel",
		json_output_string(snapshot->channel, sizeof(snapshot->channel)), "producer_pid",
		snapshot->producer_pid, "backend", json_output_string(snapshot->backend, sizeof(snapshot->backend)),
		"epoch", epoch, "time_ns", (json_int_t)snapshot->time_ns, "created_time_ns",
		(json_int_t)snapshot->created_time_ns, "frame_interval_ns", (json_int_t)snapshot->frame_interval_ns,
		"lease_deadline_ns", (json_int_t)snapshot->lease_deadline_ns, "format", make_format(&snapshot->format),
		"buffer_count", (json_int_t)snapshot->buffer_count, "free_buffers", (json_int_t)snapshot->free_buffers,
		"held_buffers", (json_int_t)snapshot->held_buffers, "consumers", consumers);
	json_object_update(object, counters);
	json_decref(counters);
	json_object_set_new(object, "granted_leases", json_integer((json_int_t)snapshot->granted_leases));
	json_object_set_new(object, "dropped_calls", json_integer((json_int_t)snapshot->dropped_calls));
	json_object_set_new(object, "source_state", json_string(zcf_source_state_name(snapshot->source_state)));
	json_object_set_new(object, "source_silences", json_integer((json_int_t)snapshot->source_silences));
	return object;
}
