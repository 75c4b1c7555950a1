/* SPDX-License-Identifier: Apache-2.0 */
/* zcf ls: the channels of this machine, one line each. */
#include "channel.h"
#include "command.h"
#include "json_output.h"
#include "message.h"
#include "picture_format.h"
#include "process_name.h"
#include "table.h"
#include "units.h"

#include <zcframe/consumer.h>

#include <limits.h>
#include <stdio.h>

static uint64_t sample_ns = 250000000;

/* The measured rate; where the sample was too short for two frames, what the channel promises. */
static void add_rate(struct table *table, const struct channel *channel)
{
	char rate[UNITS_SIZE];
	uint64_t interval_ns = channel->snapshot.frame_interval_ns;

	if (channel->state != CHANNEL_PUBLISHING)
		table_add(table, TERMINAL_DIM, channel->error == 0 ? "0" : "-");
	else if (channel->rate_hz > 0)
		table_add(table, TERMINAL_PLAIN, "%s", units_rate(rate, channel->rate_hz));
	else if (interval_ns != 0)
		table_add(table, TERMINAL_DIM, "(%s)", units_rate(rate, 1e9 / (double)interval_ns));
	else
		table_add(table, TERMINAL_DIM, "?");
}

static void add_channel(struct table *table, const struct channel *channel)
{
	const struct zcf_snapshot *snapshot = &channel->snapshot;
	char fourcc[PICTURE_FOURCC_SIZE], size[32], name[PROCESS_NAME_SIZE];
	bool answered = channel->error == 0;

	table_add(table, TERMINAL_BOLD, "%s", channel->name);
	table_add(table, TERMINAL_PLAIN, "%s", answered ? picture_fourcc_name(fourcc, snapshot->format.fourcc) : "-");
	table_add(table, TERMINAL_PLAIN, "%s",
		  answered ? picture_size_name(size, sizeof(size), &snapshot->format) : "-");
	add_rate(table, channel);
	if (answered) {
		table_add(table, TERMINAL_PLAIN, "%u/%u", snapshot->held_buffers, snapshot->buffer_count);
		table_add(table, TERMINAL_PLAIN, "%u", snapshot->consumer_count);
		table_add(table, TERMINAL_PLAIN, "%d", snapshot->producer_pid);
		table_add(table, TERMINAL_PLAIN, "%s", process_name(name, snapshot->producer_pid));
	} else {
		for (int i = 0; i < 4; i++)
			table_add(table, TERMINAL_DIM, "-");
	}
	table_add(table, channel_state_style(channel->state), "%s", channel_state_name(channel->state));
}

static void print_table(const struct channel_list *list)
{
	static const struct table_column columns[] = {
		{"CHANNEL", false, 0}, {"FORMAT", false, 3},   {"SIZE", false, 0},
		{"RATE", true, 0},     {"HELD", true, 2},      {"CONSUMERS", true, 1},
		{"PID", true, 0},      {"PRODUCER", false, 4}, {"STATE", false, 0},
	};
	struct table *table = table_create(columns, sizeof(columns) / sizeof(columns[0]));

	for (size_t i = 0; i < list->count; i++)
		add_channel(table, list->channels[i]);
	table_print(table, stdout, terminal_get_output_width(), "");
	table_destroy(table);
	for (size_t i = 0; i < list->count; i++) {
		const struct channel *channel = list->channels[i];
		if (channel->state == CHANNEL_DEAD)
			printf("%s: dead socket; its producer died. The next producer of this channel takes it over.\n",
			       channel->name);
		else if (channel->error < 0)
			printf("%s: %s\n", channel->name, channel->detail);
	}
}

static json_t *make_channel(const struct channel *channel)
{
	json_t *object = json_object();

	json_object_set_new(object, "channel", json_string(channel->name));
	json_object_set_new(object, "state", json_string(channel_state_name(channel->state)));
	if (channel->error < 0) {
		json_object_set_new(object, "error", json_output_string(channel->detail, sizeof(channel->detail)));
		return object;
	}
	json_object_set_new(object, "rate_hz", channel->rate_hz < 0 ? json_null() : json_real(channel->rate_hz));
	json_t *snapshot = json_output_snapshot(&channel->snapshot);
	json_object_update(object, snapshot);
	json_decref(snapshot);
	return object;
}

static int print_json(const struct channel_list *list, const char *directory)
{
	json_t *channels = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(channels, make_channel(list->channels[i]));
	return json_output_print(json_pack("{s:s, s:o}", "runtime_directory", directory, "channels", channels));
}

static int run(const struct cli_invocation *invocation)
{
	char directory[PATH_MAX] = "?";
	struct channel_list list;
	int code = CLI_OK;

	zcf_runtime_directory(directory, sizeof(directory));
	if (channel_list_load(&list, CHANNEL_QUERY_TIMEOUT_NS) < 0)
		return CLI_FAILED;
	if (sample_ns > 0)
		channel_list_measure(&list, sample_ns);
	if (invocation->json)
		code = print_json(&list, directory);
	else if (list.count > 0)
		print_table(&list);
	else
		cli_message("no channels in %s. Is zcf-camerad running? 'zcf doctor' tells more.", directory);
	channel_list_free(&list);
	return code;
}

const struct cli_command cli_ls_command = {
	.name = "ls",
	.summary = "List the channels",
	.description = "One line for each channel: pixel format, size, measured rate, buffers held by consumers of\n"
		       "buffers in all, consumers, the producer's process, and state:\n\n"
		       "  publishing    frames come\n"
		       "  idle          no frames, and nobody attached who wants any\n"
		       "  stalled       no frames, though consumers wait\n"
		       "  dead          only a socket is left; the producer died\n"
		       "  silent        the producer does not answer: stopped or hung\n"
		       "  refused       this user may not attach\n"
		       "  incompatible  library and producer speak different versions of the protocol\n\n"
		       "A rate in parentheses is the nominal one: frames were too rare to measure.\n",
	.options = (const struct cli_option[]){{.name = "sample",
						.argument = "TIME",
						.help = "measure rates over TIME (default 250ms, 0 does not measure)",
						.type = CLI_DURATION,
						.value = &sample_ns,
						.maximum = 60},
					       {.name = NULL}},
	.examples = "  zcf ls\n"
		    "  zcf ls --json | jq -r '.channels[] | select(.state == \"stalled\") | .channel'\n",
	.has_json = true,
	.run = run,
};
