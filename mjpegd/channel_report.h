/* SPDX-License-Identifier: Apache-2.0 */
/** @file channel_report.h
 * What is known of a channel: its newest snapshot, and an earlier one to see what happened in between. */
#ifndef ZCFRAME_MJPEGD_CHANNEL_REPORT_H
#define ZCFRAME_MJPEGD_CHANNEL_REPORT_H

#include <zcframe/snapshot.h>

enum channel_condition {
	CHANNEL_LIVE,
	CHANNEL_ASLEEP,  /**< Nobody is attached, and no frames come. */
	CHANNEL_STALLED, /**< Somebody is attached, and no frames come. */
	CHANNEL_GONE,    /**< Nobody publishes it. */
	CHANNEL_UNKNOWN, /**< It does not answer, or not to us. */
};

struct channel_report {
	char name[ZCF_CHANNEL_NAME_SIZE];
	enum channel_condition condition;
	char detail[256];            /**< A sentence; "" if it is live. */
	uint64_t surveyed_ns;        /**< Marks those that the present survey has seen. */
	struct zcf_snapshot *now;    /**< Means nothing if the channel is gone or unknown. */
	struct zcf_snapshot *middle; /**< Becomes `before` when it is old enough. */
	struct zcf_snapshot *before; /**< The start of the window; time_ns is 0 if there is none. */
};

/** What happened in the window: since `before`, or since the thing began if there is no `before`. */
struct channel_window {
	uint64_t duration_ns;
	uint64_t frames;
	uint32_t latency_counts[ZCF_LATENCY_BUCKETS]; /**< Of a consumer. */
};

/** @return A report with room for its snapshots, or NULL. */
struct channel_report *channel_report_create(const char *name);
void channel_report_destroy(struct channel_report *report);

/** Ask the channel's producer. Blocks for its answer, but not for long. */
void channel_report_update(struct channel_report *report, const char *runtime_directory);

/** "live", "asleep", "stalled", "gone" or "unknown". */
const char *channel_condition_name(enum channel_condition condition);

/** @return Whether there is a snapshot to show. */
static inline bool channel_report_has_snapshot(const struct channel_report *report)
{
	return report->condition != CHANNEL_GONE && report->condition != CHANNEL_UNKNOWN;
}

void channel_report_get_window(const struct channel_report *report, struct channel_window *ret_window);
void channel_report_get_consumer_window(const struct channel_report *report,
					const struct zcf_snapshot_consumer *consumer,
					struct channel_window *ret_window);

/** @return Frames a second, 0 for a window of no length. */
double channel_window_rate_hz(const struct channel_window *window);

#endif
