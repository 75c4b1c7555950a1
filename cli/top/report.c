/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "buffers.h"
#include "json_output.h"
#include "picture_format.h"
#include "process_name.h"
#include "table.h"
#include "text.h"
#include "units.h"

#include <inttypes.h>

/* Who holds what, in one cell: "0:3.2ms 2:12ms". */
static void describe_leases(const struct zcf_snapshot_consumer *consumer, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "%s", consumer->copies_out ? "copies" : "-");
	for (uint32_t i = 0; i < consumer->lease_count && used + UNITS_SIZE < size; i++) {
		char age[UNITS_SIZE];
		used += (size_t)snprintf(text + used, size - used, "%s%u:%s", i > 0 ? " " : "",
					 consumer->leases[i].buffer_index,
					 units_duration(age, consumer->leases[i].age_ns));
	}
}

static enum terminal_style lease_style(const struct zcf_snapshot_consumer *consumer)
{
	for (uint32_t i = 0; i < consumer->lease_count; i++)
		if (consumer->leases[i].overdue != 0)
			return TERMINAL_BAD;
	return consumer->lease_count > 0 ? TERMINAL_HELD : TERMINAL_DIM;
}

static enum terminal_style state_style(uint32_t state)
{
	switch (state) {
	case ZCF_CONSUMER_LIVE:
		return TERMINAL_DIM;
	case ZCF_CONSUMER_SLOW:
		return TERMINAL_WARNING;
	default:
		return TERMINAL_BAD;
	}
}

static void add_count(struct table *table, uint64_t count)
{
	char text[UNITS_SIZE];

	table_add(table, count > 0 ? TERMINAL_WARNING : TERMINAL_PLAIN, "%s", units_count(text, count));
}

static void add_duration(struct table *table, uint64_t duration_ns)
{
	char text[UNITS_SIZE];

	table_add(table, TERMINAL_PLAIN, "%s", duration_ns > 0 ? units_duration(text, duration_ns) : "-");
}

static void add_consumer(struct table *table, const struct history_channel *channel,
			 const struct zcf_snapshot_consumer *consumer, int width)
{
	char label[ZCF_LABEL_SIZE + 1], short_label[40], rate[UNITS_SIZE], leases[64], missed[UNITS_SIZE];
	struct history_consumer comparison;
	FILE *clipped = fmemopen(short_label, sizeof(short_label), "w");

	history_compare_consumer(channel, consumer, &comparison);
	text_clean(label, sizeof(label), consumer->label, sizeof(consumer->label));
	if (clipped != NULL) {
		text_print_clipped(clipped, label, width > 0 && width < 80 ? 10 : 16);
		fclose(clipped);
	}
	table_add(table, TERMINAL_BOLD, "%s", clipped != NULL ? short_label : label);
	table_add(table, TERMINAL_PLAIN, "%d", consumer->pid);
	table_add(table, state_style(consumer->state), "%s", zcf_consumer_state_name(consumer->state));
	table_add(table, comparison.rate_hz == 0 ? TERMINAL_WARNING : TERMINAL_PLAIN, "%s",
		  comparison.rate_hz < 0 ? "..." : units_rate(rate, comparison.rate_hz));
	add_duration(table, comparison.p50_ns);
	add_duration(table, comparison.p99_ns);
	add_count(table, consumer->skips_caused);
	add_count(table, consumer->revoked);
	table_add(table, TERMINAL_PLAIN, "%s", units_count(missed, consumer->missed));
	describe_leases(consumer, leases, sizeof(leases));
	table_add(table, lease_style(consumer), "%s", leases);
}

static void print_consumers(FILE *output, const struct history_channel *channel, int width)
{
	static const struct table_column columns[] = {
		{"CONSUMER", false, 0}, {"PID", true, 0},    {"STATE", false, 3}, {"RATE", true, 0},
		{"P50", true, 0},       {"P99", true, 0},    {"SKIPS", true, 0},  {"REVOKED", true, 0},
		{"MISSED", true, 2},    {"HOLDS", false, 1},
	};
	const struct zcf_snapshot *snapshot = &channel->current.snapshot;
	struct table *table;

	if (snapshot->consumer_count == 0) {
		fprintf(output, "  %sno consumers%s\n", terminal_style_on(TERMINAL_DIM),
			terminal_style_off(TERMINAL_DIM));
		return;
	}
	table = table_create(columns, sizeof(columns) / sizeof(columns[0]));
	for (uint32_t i = 0; i < snapshot->consumer_count; i++)
		add_consumer(table, channel, &snapshot->consumers[i], width);
	table_print(table, output, width, "  ");
	table_destroy(table);
}

static void print_totals(FILE *output, const struct zcf_snapshot *snapshot)
{
	char program[PROCESS_NAME_SIZE], published[UNITS_SIZE], skipped[UNITS_SIZE], revoked[UNITS_SIZE];
	enum terminal_style skip_style = snapshot->skipped > 0 ? TERMINAL_WARNING : TERMINAL_PLAIN;
	enum terminal_style revoke_style = snapshot->revoked > 0 ? TERMINAL_WARNING : TERMINAL_PLAIN;

	fprintf(output, "  %s %d, %s buffers, %sskipped %s%s, %srevoked %s%s, published %s\n",
		process_name(program, snapshot->producer_pid), snapshot->producer_pid, snapshot->backend,
		terminal_style_on(skip_style), units_count(skipped, snapshot->skipped), terminal_style_off(skip_style),
		terminal_style_on(revoke_style), units_count(revoked, snapshot->revoked),
		terminal_style_off(revoke_style), units_count(published, snapshot->published));
}

static void print_channel(FILE *output, const struct history_channel *channel, int width)
{
	const struct channel *current = &channel->current;
	const struct zcf_snapshot *snapshot = &current->snapshot;
	enum terminal_style style = channel_state_style(current->state);
	char fourcc[PICTURE_FOURCC_SIZE], size[32], rate[UNITS_SIZE];
	double rate_hz = history_channel_rate(channel);

	fprintf(output, "%s%s %s%s%s  ", terminal_style_on(style), terminal_text("●", "*"),
		terminal_style_on(TERMINAL_BOLD), current->name, terminal_style_off(TERMINAL_BOLD));
	if (current->error < 0) {
		fprintf(output, "%s%s%s\n", terminal_style_on(style), channel_state_name(current->state),
			terminal_style_off(style));
		fprintf(output, "  %s\n",
			current->state == CHANNEL_DEAD ? "only its socket is left: its producer died"
						       : current->detail);
		return;
	}
	fprintf(output, "%s %s  %s fps  %s%s%s\n", picture_fourcc_name(fourcc, snapshot->format.fourcc),
		picture_size_name(size, sizeof(size), &snapshot->format),
		rate_hz < 0 ? "..." : units_rate(rate, rate_hz), terminal_style_on(style),
		channel_state_name(current->state), terminal_style_off(style));
	print_totals(output, snapshot);
	if (snapshot->source_state == ZCF_SOURCE_SILENT)
		fprintf(output, "  %sits source brings no pictures; it is started anew%s\n",
			terminal_style_on(TERMINAL_BAD), terminal_style_off(TERMINAL_BAD));
	detections_print(output, &channel->detections);
	buffers_draw(output, snapshot, width);
	print_consumers(output, channel, width);
}

void report_print(FILE *output, const struct history *history, int width)
{
	for (size_t i = 0; i < history->count; i++) {
		if (i > 0)
			fputc('\n', output);
		print_channel(output, history->channels[i], width);
	}
}

static void add_comparisons(json_t *object, const struct history_channel *channel)
{
	json_t *consumers = json_object_get(object, "consumers");

	for (uint32_t i = 0; i < channel->current.snapshot.consumer_count; i++) {
		struct history_consumer comparison;
		json_t *consumer = json_array_get(consumers, i);
		history_compare_consumer(channel, &channel->current.snapshot.consumers[i], &comparison);
		json_object_set_new(consumer, "rate_hz",
				    comparison.rate_hz < 0 ? json_null() : json_real(comparison.rate_hz));
		json_object_set_new(consumer, "recent_latency_p50_ns", json_integer((json_int_t)comparison.p50_ns));
		json_object_set_new(consumer, "recent_latency_p99_ns", json_integer((json_int_t)comparison.p99_ns));
	}
}

json_t *report_make_json(const struct history *history)
{
	json_t *channels = json_array();

	for (size_t i = 0; i < history->count; i++) {
		const struct channel *current = &history->channels[i]->current;
		double rate_hz = history_channel_rate(history->channels[i]);
		json_t *object = current->error == 0
					 ? json_output_snapshot(&current->snapshot)
					 : json_pack("{s:s, s:o}", "channel", current->name, "error",
						     json_output_string(current->detail, sizeof(current->detail)));
		json_object_set_new(object, "state", json_string(channel_state_name(current->state)));
		if (current->error == 0) {
			json_object_set_new(object, "rate_hz", rate_hz < 0 ? json_null() : json_real(rate_hz));
			add_comparisons(object, history->channels[i]);
			json_object_set_new(object, "detections",
					    detections_make_json(&history->channels[i]->detections));
		}
		json_array_append_new(channels, object);
	}
	return json_pack("{s:o}", "channels", channels);
}
