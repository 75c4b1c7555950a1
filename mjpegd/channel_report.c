/* SPDX-License-Identifier: Apache-2.0 */
#include "channel_report.h"

#include "clock.h"
#include "printable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everybody who watches the page waits for the answer of the slowest channel. */
#define QUERY_TIMEOUT_NS (250 * (int64_t)NANOSECONDS_PER_MILLISECOND)
/* A window is one to two of these long if somebody asks all the time. */
#define WINDOW_NS NANOSECONDS_PER_SECOND
/* If nobody has asked for this long, what was before says nothing about now. */
#define WINDOW_LIMIT_NS (60 * NANOSECONDS_PER_SECOND)
/* Without a frame for this long a channel is not live. */
#define STALL_INTERVALS  5
#define STALL_MINIMUM_NS (2 * NANOSECONDS_PER_SECOND)

struct channel_report *channel_report_create(const char *name)
{
	struct channel_report *report = calloc(1, sizeof(*report));

	if (report == NULL)
		return NULL;
	snprintf(report->name, sizeof(report->name), "%s", name);
	report->now = calloc(1, sizeof(*report->now));
	report->middle = calloc(1, sizeof(*report->middle));
	report->before = calloc(1, sizeof(*report->before));
	if (report->now == NULL || report->middle == NULL || report->before == NULL) {
		channel_report_destroy(report);
		return NULL;
	}
	return report;
}

void channel_report_destroy(struct channel_report *report)
{
	if (report == NULL)
		return;
	free(report->now);
	free(report->middle);
	free(report->before);
	free(report);
}

static void forget_window(struct channel_report *report)
{
	report->middle->time_ns = 0;
	report->before->time_ns = 0;
}

/* Put the snapshots in order before `now` is overwritten. */
static void advance_window(struct channel_report *report)
{
	struct zcf_snapshot *oldest = report->before;

	if (!channel_report_has_snapshot(report) || report->now->time_ns == 0 ||
	    report->now->time_ns - report->middle->time_ns < WINDOW_NS)
		return;
	report->before = report->middle;
	report->middle = report->now;
	report->now = oldest;
}

/* When something last should have made frames come: the last frame, or what began since. */
static uint64_t last_sign_of_life_ns(const struct zcf_snapshot *snapshot)
{
	uint64_t time_ns = snapshot->last_publish_ns != 0 ? snapshot->last_publish_ns : snapshot->created_time_ns;

	/* A camera that slept starts when somebody attaches. */
	for (uint32_t i = 0; i < snapshot->consumer_count; i++) {
		if (snapshot->consumers[i].attached_time_ns > time_ns)
			time_ns = snapshot->consumers[i].attached_time_ns;
	}
	return time_ns;
}

static enum channel_condition judge(const struct zcf_snapshot *snapshot, char *detail, size_t detail_size)
{
	uint64_t limit_ns = snapshot->frame_interval_ns * STALL_INTERVALS;
	uint64_t since_ns = last_sign_of_life_ns(snapshot);
	uint64_t age_ns = snapshot->time_ns > since_ns ? snapshot->time_ns - since_ns : 0;

	if (limit_ns < STALL_MINIMUM_NS)
		limit_ns = STALL_MINIMUM_NS;
	detail[0] = '\0';
	if (snapshot->frame_interval_ns == 0 || age_ns <= limit_ns)
		return CHANNEL_LIVE;
	if (snapshot->consumer_count == 0) {
		snprintf(detail, detail_size, "nobody is attached, and no frames come");
		return CHANNEL_ASLEEP;
	}
	snprintf(detail, detail_size, "no frame for %.1f s, although the producer (process %d) is there",
		 (double)age_ns / 1e9, snapshot->producer_pid);
	return CHANNEL_STALLED;
}

/* Of another life of the producer, or from long ago. */
static void forget_if_useless(struct zcf_snapshot *earlier, const struct zcf_snapshot *now)
{
	if (earlier->epoch != now->epoch || now->time_ns - earlier->time_ns > WINDOW_LIMIT_NS)
		earlier->time_ns = 0;
}

/* What other processes wrote ends up in JSON, metrics and the page. */
static void clean(struct zcf_snapshot *snapshot)
{
	printable_clean(snapshot->backend, sizeof(snapshot->backend));
	if (snapshot->consumer_count > ZCF_MAX_CONSUMERS)
		snapshot->consumer_count = ZCF_MAX_CONSUMERS;
	for (uint32_t i = 0; i < snapshot->consumer_count; i++) {
		struct zcf_snapshot_consumer *consumer = &snapshot->consumers[i];

		printable_clean(consumer->label, sizeof(consumer->label));
		if (consumer->lease_count > ZCF_MAX_LEASES)
			consumer->lease_count = ZCF_MAX_LEASES;
	}
}

void channel_report_update(struct channel_report *report, const char *runtime_directory)
{
	int error;

	advance_window(report);
	error = zcf_snapshot_query(report->name, runtime_directory, QUERY_TIMEOUT_NS, report->now);
	if (error != 0) {
		const char *detail = zcf_error_detail();

		report->condition = error == -ENOENT ? CHANNEL_GONE : CHANNEL_UNKNOWN;
		snprintf(report->detail, sizeof(report->detail), "%s", detail[0] != '\0' ? detail : strerror(-error));
		report->now->time_ns = 0;
		forget_window(report);
		return;
	}
	clean(report->now);
	report->condition = judge(report->now, report->detail, sizeof(report->detail));
	forget_if_useless(report->before, report->now);
	forget_if_useless(report->middle, report->now);
}

const char *channel_condition_name(enum channel_condition condition)
{
	static const char *const names[] = {"live", "asleep", "stalled", "gone", "unknown"};

	return names[condition];
}

/* The start of the window, or NULL. A first window may be shorter, but not so short that it says nothing. */
static const struct zcf_snapshot *window_start(const struct channel_report *report)
{
	if (report->before->time_ns != 0)
		return report->before;
	if (report->middle->time_ns != 0 && report->now->time_ns - report->middle->time_ns >= WINDOW_NS / 2)
		return report->middle;
	return NULL;
}

void channel_report_get_window(const struct channel_report *report, struct channel_window *ret_window)
{
	const struct zcf_snapshot *now = report->now, *before = window_start(report);

	memset(ret_window, 0, sizeof(*ret_window));
	ret_window->duration_ns = now->time_ns - (before != NULL ? before->time_ns : now->created_time_ns);
	ret_window->frames = now->published - (before != NULL ? before->published : 0);
}

static const struct zcf_snapshot_consumer *find_consumer(const struct zcf_snapshot *snapshot, uint64_t id)
{
	for (uint32_t i = 0; snapshot != NULL && i < snapshot->consumer_count; i++) {
		if (snapshot->consumers[i].id == id)
			return &snapshot->consumers[i];
	}
	return NULL;
}

void channel_report_get_consumer_window(const struct channel_report *report,
					const struct zcf_snapshot_consumer *consumer, struct channel_window *ret_window)
{
	const struct zcf_snapshot *start = window_start(report);
	const struct zcf_snapshot_consumer *before = find_consumer(start, consumer->id);

	ret_window->duration_ns = report->now->time_ns - (before != NULL ? start->time_ns : consumer->attached_time_ns);
	ret_window->frames = consumer->acquired - (before != NULL ? before->acquired : 0);
	for (size_t i = 0; i < ZCF_LATENCY_BUCKETS; i++)
		ret_window->latency_counts[i] =
			consumer->latency_counts[i] - (before != NULL ? before->latency_counts[i] : 0);
}

double channel_window_rate_hz(const struct channel_window *window)
{
	return window->duration_ns > 0 ? (double)window->frames * 1e9 / (double)window->duration_ns : 0;
}
