/* SPDX-License-Identifier: Apache-2.0 */
/** @file history.h
 * The last few snapshots of each channel, and what follows from comparing them: rates, and latencies of now
 * rather than since the consumer attached. */
#ifndef ZCF_CLI_TOP_HISTORY_H
#define ZCF_CLI_TOP_HISTORY_H

#include "channel.h"
#include "detections.h"

/** Snapshots kept: latencies are those of this many intervals, so that p99 is of more than a handful of frames. */
#define HISTORY_DEPTH 10

struct history_channel {
	struct channel current;
	struct zcf_snapshot *snapshots[HISTORY_DEPTH]; /**< Newest first; NULL behind the last one. */
	struct detections detections;
	bool seen;
};

struct history {
	struct history_channel **channels; /**< By name. */
	size_t count;
};

struct history_consumer {
	double rate_hz;          /**< Negative: not known yet. */
	uint64_t p50_ns, p99_ns; /**< 0: no frame in the time looked at. */
};

/** Ask every producer. A channel whose socket is gone is dropped. @return 0 or a negative errno. */
int history_update(struct history *history, int64_t query_timeout_ns);
void history_free(struct history *history);

/** Frames a second published of late; negative: not known yet. */
double history_channel_rate(const struct history_channel *channel);

/** What one consumer of the newest snapshot did of late. */
void history_compare_consumer(const struct history_channel *channel, const struct zcf_snapshot_consumer *consumer,
			      struct history_consumer *ret_comparison);

#endif
