/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rates follow changes faster than latencies. */
#define RATE_DEPTH 3

static void forget(struct history_channel *channel)
{
	for (size_t i = 0; i < HISTORY_DEPTH; i++) {
		free(channel->snapshots[i]);
		channel->snapshots[i] = NULL;
	}
}

static void remember(struct history_channel *channel)
{
	struct zcf_snapshot *snapshot;

	if (channel->current.error < 0 ||
	    (channel->snapshots[0] != NULL && channel->snapshots[0]->epoch != channel->current.snapshot.epoch))
		forget(channel);
	if (channel->current.error < 0)
		return;
	snapshot = channel->snapshots[HISTORY_DEPTH - 1];
	if (snapshot == NULL)
		snapshot = cli_allocate(1, sizeof(*snapshot));
	memmove(&channel->snapshots[1], &channel->snapshots[0], (HISTORY_DEPTH - 1) * sizeof(channel->snapshots[0]));
	*snapshot = channel->current.snapshot;
	channel->snapshots[0] = snapshot;
}

static struct history_channel *insert(struct history *history, size_t at)
{
	struct history_channel **channels = cli_allocate(history->count + 1, sizeof(struct history_channel *));

	if (history->count > 0) {
		memcpy(channels, history->channels, at * sizeof(*channels));
		memcpy(channels + at + 1, history->channels + at, (history->count - at) * sizeof(*channels));
	}
	free(history->channels);
	channels[at] = cli_allocate(1, sizeof(**channels));
	history->channels = channels;
	history->count++;
	return channels[at];
}

static int note_channel(void *context, const char *name)
{
	struct history *history = context;
	struct history_channel *channel;
	size_t at = 0;

	while (at < history->count && strcmp(history->channels[at]->current.name, name) < 0)
		at++;
	if (at < history->count && strcmp(history->channels[at]->current.name, name) == 0)
		channel = history->channels[at];
	else
		channel = insert(history, at);
	snprintf(channel->current.name, sizeof(channel->current.name), "%s", name);
	channel->seen = true;
	return 0;
}

static void drop_unseen(struct history *history)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->count; i++) {
		if (history->channels[i]->seen) {
			history->channels[kept++] = history->channels[i];
			continue;
		}
		forget(history->channels[i]);
		free(history->channels[i]);
	}
	history->count = kept;
}

int history_update(struct history *history, int64_t query_timeout_ns)
{
	int error;

	for (size_t i = 0; i < history->count; i++)
		history->channels[i]->seen = false;
	error = zcf_channel_for_each(NULL, note_channel, history);
	if (error < 0)
		return error;
	drop_unseen(history);
	for (size_t i = 0; i < history->count; i++) {
		char name[ZCF_CHANNEL_NAME_SIZE];
		memcpy(name, history->channels[i]->current.name, sizeof(name));
		channel_query(&history->channels[i]->current, name, query_timeout_ns);
		remember(history->channels[i]);
		detections_update(&history->channels[i]->detections, &history->channels[i]->current, query_timeout_ns);
	}
	return 0;
}

void history_free(struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		forget(history->channels[i]);
		free(history->channels[i]);
	}
	free(history->channels);
	*history = (struct history){0};
}

/* The oldest snapshot that is at most @p depth intervals old. */
static const struct zcf_snapshot *look_back(const struct history_channel *channel, size_t depth)
{
	const struct zcf_snapshot *oldest = NULL;

	for (size_t i = 1; i <= depth && i < HISTORY_DEPTH && channel->snapshots[i] != NULL; i++)
		oldest = channel->snapshots[i];
	return oldest;
}

double history_channel_rate(const struct history_channel *channel)
{
	const struct zcf_snapshot *before = look_back(channel, RATE_DEPTH);

	if (channel->current.state != CHANNEL_PUBLISHING)
		return 0;
	return before != NULL ? channel_rate_between(before, channel->snapshots[0]) : -1;
}

static const struct zcf_snapshot_consumer *find_consumer(const struct zcf_snapshot *snapshot, uint64_t id)
{
	for (uint32_t i = 0; snapshot != NULL && i < snapshot->consumer_count; i++)
		if (snapshot->consumers[i].id == id)
			return &snapshot->consumers[i];
	return NULL;
}

/* By the times of its acquires, so that one frame more or less in the interval does not show. */
static double compare_rate(const struct zcf_snapshot_consumer *before, const struct zcf_snapshot_consumer *after)
{
	if (before == NULL)
		return -1;
	if (after->acquired <= before->acquired)
		return 0;
	if (before->last_acquire_ns == 0 || after->last_acquire_ns <= before->last_acquire_ns)
		return -1;
	return (double)(after->acquired - before->acquired) * 1e9 /
	       (double)(after->last_acquire_ns - before->last_acquire_ns);
}

void history_compare_consumer(const struct history_channel *channel, const struct zcf_snapshot_consumer *consumer,
			      struct history_consumer *ret_comparison)
{
	const struct zcf_snapshot_consumer *before = NULL;
	uint32_t counts[ZCF_LATENCY_BUCKETS];

	ret_comparison->rate_hz = compare_rate(find_consumer(look_back(channel, RATE_DEPTH), consumer->id), consumer);
	/* One that attached meanwhile is compared with nothing: all its counts are recent. */
	before = find_consumer(look_back(channel, HISTORY_DEPTH), consumer->id);
	for (size_t i = 0; i < ZCF_LATENCY_BUCKETS; i++)
		counts[i] = consumer->latency_counts[i] - (before != NULL ? before->latency_counts[i] : 0);
	ret_comparison->p50_ns = zcf_latency_quantile_ns(counts, 0.5);
	ret_comparison->p99_ns = zcf_latency_quantile_ns(counts, 0.99);
}
