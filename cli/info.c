/* SPDX-License-Identifier: Apache-2.0 */
/* zcf info: everything that a producer tells about its channel. */
#include "channel.h"
#include "command.h"
#include "json_output.h"
#include "message.h"
#include "picture_format.h"
#include "process_name.h"
#include "rate_name.h"
#include "table.h"
#include "text.h"
#include "units.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t sample_ns = 250000000;

static void __attribute__((format(printf, 2, 3))) print_line(const char *name, const char *format, ...)
{
	va_list arguments;

	printf("  %s%-15s%s", terminal_style_on(TERMINAL_DIM), name, terminal_style_off(TERMINAL_DIM));
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

static void print_heading(const char *text)
{
	printf("\n%s%s%s\n", terminal_style_on(TERMINAL_BOLD), text, terminal_style_off(TERMINAL_BOLD));
}

static void print_format(const struct zcf_format *format)
{
	char fourcc[PICTURE_FOURCC_SIZE], size[32], bytes[UNITS_SIZE];

	print_line("format", "%s %s, %s a frame", picture_fourcc_name(fourcc, format->fourcc),
		   picture_size_name(size, sizeof(size), format), units_bytes(bytes, format->size_bytes));
	for (uint32_t i = 0; i < format->plane_count; i++)
		print_line(i == 0 ? "planes" : "",
			   "%" PRIu32 ": offset %" PRIu64 ", %" PRIu64 " bytes, %" PRIu32 " bytes from row to row", i,
			   format->planes[i].offset_bytes, format->planes[i].size_bytes,
			   format->planes[i].stride_bytes);
}

static void print_channel(const struct channel *channel)
{
	const struct zcf_snapshot *snapshot = &channel->snapshot;
	char rate[UNITS_SIZE], up[UNITS_SIZE], deadline[UNITS_SIZE], promised[48] = "none promised";
	char program[PROCESS_NAME_SIZE], backend[sizeof(snapshot->backend) + 1];
	enum terminal_style style = channel_state_style(channel->state);
	uint64_t interval_ns = snapshot->frame_interval_ns;

	printf("%s%s%s\n", terminal_style_on(TERMINAL_BOLD), channel->name, terminal_style_off(TERMINAL_BOLD));
	print_line("state", "%s%s%s", terminal_style_on(style), channel_state_name(channel->state),
		   terminal_style_off(style));
	print_line("producer", "%s, process %d, epoch %016" PRIx64 ", up %s",
		   process_name(program, snapshot->producer_pid), snapshot->producer_pid, snapshot->epoch,
		   units_duration(up, snapshot->time_ns - snapshot->created_time_ns));
	print_format(&snapshot->format);
	if (interval_ns != 0)
		snprintf(promised, sizeof(promised), "%s promised", units_rate(rate, 1e9 / (double)interval_ns));
	if (channel->rate_hz > 0)
		print_line("rate", "%s frames a second, %s", units_rate(rate, channel->rate_hz), promised);
	else
		print_line("rate", "no frame while measuring, %s", promised);
	print_line("buffers", "%u of %s: %u held by consumers, %u free", snapshot->buffer_count,
		   text_clean(backend, sizeof(backend), snapshot->backend, sizeof(snapshot->backend)),
		   snapshot->held_buffers, snapshot->free_buffers);
	print_line("lease deadline", "%s", units_duration(deadline, snapshot->lease_deadline_ns));
}

static void print_counters(const struct zcf_snapshot *snapshot)
{
	char age[UNITS_SIZE];

	print_heading("Counters");
	print_line("published", "%" PRIu64, snapshot->published);
	if (snapshot->last_publish_ns != 0)
		print_line("last frame", "number %" PRIu64 ", %s ago", snapshot->last_frame_number,
			   units_duration(age, snapshot->time_ns - snapshot->last_publish_ns));
	else
		print_line("last frame", "none yet");
	if (snapshot->last_publish_ns != 0 && snapshot->last_brightness_avg >= 0)
		print_line("brightness", "%.1f of 255", (double)snapshot->last_brightness_avg);
	print_line("skipped", "%" PRIu64 " (camera frames lost because consumers held every buffer)",
		   snapshot->skipped);
	print_line("revoked", "%" PRIu64 " (frames taken back past their deadline)", snapshot->revoked);
	print_line("wake calls", "%" PRIu64 " for sleepers, %" PRIu64 " for pollers", snapshot->wake_calls,
		   snapshot->notice_calls);
	print_line("source", "%s; brought no pictures any more %" PRIu64 " times",
		   zcf_source_state_name(snapshot->source_state), snapshot->source_silences);
	print_line("attached", "%u now, %" PRIu64 " ever, %" PRIu64 " refused, %" PRIu64 " calls too many",
		   snapshot->consumer_count, snapshot->attached_total, snapshot->refused_total,
		   snapshot->dropped_calls);
	print_line("leases", "%u granted to all consumers together, of %u buffers%s", snapshot->granted_leases,
		   snapshot->buffer_count,
		   snapshot->granted_leases >= snapshot->buffer_count
			   ? ": together they can leave the camera without one until a deadline"
			   : "");
}

static void print_consumer(const struct zcf_snapshot_consumer *consumer, uint64_t time_ns)
{
	char label[ZCF_LABEL_SIZE + 1], rate[48], p50[UNITS_SIZE], p99[UNITS_SIZE], age[UNITS_SIZE], up[UNITS_SIZE];
	char deadline[UNITS_SIZE];

	printf("  %s%s%s process %d, user %u, attached for %s\n", terminal_style_on(TERMINAL_BOLD),
	       text_clean(label, sizeof(label), consumer->label, sizeof(consumer->label)),
	       terminal_style_off(TERMINAL_BOLD), consumer->pid, consumer->uid,
	       units_duration(up, time_ns - consumer->attached_time_ns));
	print_line("  state", "%s", zcf_consumer_state_name(consumer->state));
	print_line("  wants", "%s; up to %u at once, for %s each",
		   rate_sentence(rate, sizeof(rate), consumer->rate, consumer->rate_value), consumer->max_leases,
		   units_duration(deadline, consumer->lease_deadline_ns));
	print_line("  acquired", "%" PRIu64 ", missed %" PRIu64 ", stale %" PRIu64, consumer->acquired,
		   consumer->missed, consumer->stale);
	if (consumer->copies_out)
		print_line("  copied out", "%" PRIu64 " frames: it holds a buffer only while it copies it",
			   consumer->copied);
	print_line("  caused", "revocations %" PRIu64 ", skipped frames %" PRIu64, consumer->revoked,
		   consumer->skips_caused);
	print_line("  latency", "p50 %s, p99 %s from publish to acquire",
		   units_duration(p50, zcf_latency_quantile_ns(consumer->latency_counts, 0.5)),
		   units_duration(p99, zcf_latency_quantile_ns(consumer->latency_counts, 0.99)));
	for (uint32_t i = 0; i < consumer->lease_count; i++)
		print_line("  holds", "buffer %u, frame %" PRIu64 ", for %s%s", consumer->leases[i].buffer_index,
			   consumer->leases[i].sequence, units_duration(age, consumer->leases[i].age_ns),
			   consumer->leases[i].overdue != 0 ? ", overdue" : "");
}

static int run(const struct cli_invocation *invocation)
{
	struct channel *channel = cli_allocate(1, sizeof(*channel));
	struct channel_list list = {.channels = &channel, .count = 1};
	int code = CLI_OK;

	channel_query(channel, invocation->arguments[0], CHANNEL_QUERY_TIMEOUT_NS);
	if (channel->error < 0) {
		code = cli_channel_error(invocation->arguments[0], channel->error);
		free(channel);
		return code;
	}
	channel_list_measure(&list, sample_ns);
	if (channel->error < 0) {
		code = cli_channel_error(invocation->arguments[0], channel->error);
	} else if (invocation->json) {
		json_t *object = json_output_snapshot(&channel->snapshot);
		json_object_set_new(object, "state", json_string(channel_state_name(channel->state)));
		json_object_set_new(object, "rate_hz", json_real(channel->rate_hz));
		code = json_output_print(object);
	} else {
		print_channel(channel);
		print_counters(&channel->snapshot);
		print_heading("Consumers");
		for (uint32_t i = 0; i < channel->snapshot.consumer_count; i++)
			print_consumer(&channel->snapshot.consumers[i], channel->snapshot.time_ns);
		if (channel->snapshot.consumer_count == 0)
			printf("  none\n");
	}
	free(channel);
	return code;
}

const struct cli_command cli_info_command = {
	.name = "info",
	.summary = "Show everything about a channel",
	.description =
		"Format and planes, producer, buffers, counters, and each consumer with what it asked for, what it\n"
		"got and what it holds. Exits with 3 if nobody publishes the channel.\n",
	.arguments = (const struct cli_argument[]){{"CHANNEL", false, CLI_COMPLETE_CHANNEL}, {.name = NULL}},
	.options = (const struct cli_option[]){{.name = "sample",
						.argument = "TIME",
						.help = "measure the rate over TIME (default 250ms)",
						.type = CLI_DURATION,
						.value = &sample_ns,
						.maximum = 60},
					       {.name = NULL}},
	.examples = "  zcf info pet_camera_active_zc\n"
		    "  zcf info pet_camera_active_zc --json | jq '.consumers[] | {\"label\", pid, leases}'\n",
	.has_json = true,
	.run = run,
};
