/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include "message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A camera without a fixed rate may well pause for some time. */
#define STALLED_AFTER_INTERVALS   5
#define STALLED_AFTER_AT_LEAST_NS 1000000000ull
#define STALLED_WITHOUT_RATE_NS   5000000000ull

static enum channel_state judge_snapshot(const struct zcf_snapshot *snapshot)
{
	uint64_t last_ns = snapshot->last_publish_ns != 0 ? snapshot->last_publish_ns : snapshot->created_time_ns;
	uint64_t limit_ns = STALLED_WITHOUT_RATE_NS;

	if (snapshot->frame_interval_ns != 0) {
		limit_ns = STALLED_AFTER_INTERVALS * snapshot->frame_interval_ns;
		if (limit_ns < STALLED_AFTER_AT_LEAST_NS)
			limit_ns = STALLED_AFTER_AT_LEAST_NS;
	}
	if (snapshot->last_publish_ns != 0 && snapshot->time_ns < last_ns + limit_ns)
		return CHANNEL_PUBLISHING;
	if (snapshot->consumer_count == 0 || snapshot->time_ns < last_ns + limit_ns)
		return CHANNEL_IDLE;
	return CHANNEL_STALLED;
}

static enum channel_state judge(const struct channel *channel)
{
	switch (channel->error) {
	case 0:
		return judge_snapshot(&channel->snapshot);
	case -ENOENT:
	case -ECONNREFUSED:
		return CHANNEL_DEAD;
	case -ETIMEDOUT:
		return CHANNEL_SILENT;
	case -EACCES:
	case -EPERM:
		return CHANNEL_REFUSED;
	case -EPROTONOSUPPORT:
		return CHANNEL_INCOMPATIBLE;
	default:
		return CHANNEL_BROKEN;
	}
}

/* What a producer sent is input: counts that index arrays are cut to the arrays. */
static void limit_counts(struct zcf_snapshot *snapshot)
{
	if (snapshot->consumer_count > ZCF_MAX_CONSUMERS)
		snapshot->consumer_count = ZCF_MAX_CONSUMERS;
	if (snapshot->buffer_count > ZCF_MAX_BUFFERS)
		snapshot->buffer_count = ZCF_MAX_BUFFERS;
	if (snapshot->format.plane_count > ZCF_MAX_PLANES)
		snapshot->format.plane_count = ZCF_MAX_PLANES;
	for (uint32_t i = 0; i < snapshot->consumer_count; i++)
		if (snapshot->consumers[i].lease_count > ZCF_MAX_LEASES)
			snapshot->consumers[i].lease_count = ZCF_MAX_LEASES;
}

/* The library's sentence. It begins with the channel's name, which whoever shows it has said already. */
static void keep_detail(struct channel *channel)
{
	const char *detail = zcf_error_detail();
	char prefix[ZCF_CHANNEL_NAME_SIZE + 16];
	size_t length = (size_t)snprintf(prefix, sizeof(prefix), "channel %s: ", channel->name);

	if (strncmp(detail, prefix, length) == 0)
		detail += length;
	snprintf(channel->detail, sizeof(channel->detail), "%s", detail);
}

void channel_query(struct channel *channel, const char *name, int64_t timeout_ns)
{
	snprintf(channel->name, sizeof(channel->name), "%s", name);
	channel->rate_hz = -1;
	channel->detail[0] = '\0';
	channel->error = zcf_snapshot_query(name, NULL, timeout_ns, &channel->snapshot);
	if (channel->error < 0) {
		keep_detail(channel);
		memset(&channel->snapshot, 0, sizeof(channel->snapshot));
	} else {
		limit_counts(&channel->snapshot);
	}
	channel->state = judge(channel);
}

static int add_channel(void *context, const char *name)
{
	struct channel_list *list = context;
	struct channel *channel = cli_allocate(1, sizeof(*channel));

	if (list->count == list->room) {
		size_t room = list->room == 0 ? 16 : 2 * list->room;
		struct channel **channels = cli_allocate(room, sizeof(struct channel *));
		if (list->count > 0)
			memcpy(channels, list->channels, list->count * sizeof(struct channel *));
		free(list->channels);
		list->channels = channels;
		list->room = room;
	}
	snprintf(channel->name, sizeof(channel->name), "%s", name);
	list->channels[list->count++] = channel;
	return 0;
}

int channel_list_load(struct channel_list *list, int64_t timeout_ns)
{
	int error;

	*list = (struct channel_list){0};
	error = zcf_channel_for_each(NULL, add_channel, list);
	if (error < 0) {
		cli_message("cannot list the channels: %s",
			    zcf_error_detail()[0] != '\0' ? zcf_error_detail() : strerror(-error));
		channel_list_free(list);
		return error;
	}
	for (size_t i = 0; i < list->count; i++) {
		char name[ZCF_CHANNEL_NAME_SIZE];
		memcpy(name, list->channels[i]->name, sizeof(name));
		channel_query(list->channels[i], name, timeout_ns);
	}
	return 0;
}

void channel_list_free(struct channel_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->channels[i]);
	free(list->channels);
	*list = (struct channel_list){0};
}

double channel_rate_between(const struct zcf_snapshot *before, const struct zcf_snapshot *after)
{
	if (before->epoch != after->epoch || after->published <= before->published)
		return 0;
	/* Before the first frame there is no time to count from. */
	if (before->last_publish_ns == 0 || after->last_publish_ns <= before->last_publish_ns)
		return 0;
	return (double)(after->published - before->published) * 1e9 /
	       (double)(after->last_publish_ns - before->last_publish_ns);
}

void channel_list_measure(struct channel_list *list, uint64_t sample_ns)
{
	struct timespec sample = {.tv_sec = (time_t)(sample_ns / 1000000000),
				  .tv_nsec = (long)(sample_ns % 1000000000)};
	struct channel *later = cli_allocate(1, sizeof(*later));
	bool any = false;

	for (size_t i = 0; i < list->count; i++)
		any = any || list->channels[i]->error == 0;
	if (any)
		nanosleep(&sample, NULL);
	for (size_t i = 0; any && i < list->count; i++) {
		struct channel *channel = list->channels[i];
		if (channel->error < 0)
			continue;
		channel_query(later, channel->name, CHANNEL_QUERY_TIMEOUT_NS);
		later->rate_hz = later->error == 0 ? channel_rate_between(&channel->snapshot, &later->snapshot) : -1;
		*channel = *later;
	}
	free(later);
}

const char *channel_state_name(enum channel_state state)
{
	static const char *const names[] = {
		[CHANNEL_PUBLISHING] = "publishing",
		[CHANNEL_IDLE] = "idle",
		[CHANNEL_STALLED] = "stalled",
		[CHANNEL_DEAD] = "dead",
		[CHANNEL_SILENT] = "silent",
		[CHANNEL_REFUSED] = "refused",
		[CHANNEL_INCOMPATIBLE] = "incompatible",
		[CHANNEL_BROKEN] = "broken",
	};

	return names[state];
}

enum terminal_style channel_state_style(enum channel_state state)
{
	switch (state) {
	case CHANNEL_PUBLISHING:
		return TERMINAL_GOOD;
	case CHANNEL_IDLE:
		return TERMINAL_DIM;
	case CHANNEL_STALLED:
	case CHANNEL_DEAD:
	case CHANNEL_REFUSED:
		return TERMINAL_WARNING;
	default:
		return TERMINAL_BAD;
	}
}
