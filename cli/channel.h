/* SPDX-License-Identifier: Apache-2.0 */
/** @file channel.h
 * The channels of the runtime directory and what their producers say about them. */
#ifndef ZCF_CLI_CHANNEL_H
#define ZCF_CLI_CHANNEL_H

#include "terminal.h"

#include <zcframe/snapshot.h>

enum channel_state {
	CHANNEL_PUBLISHING,   /**< Frames come. */
	CHANNEL_IDLE,         /**< No frames, and nobody attached who would want any. */
	CHANNEL_STALLED,      /**< No frames, though consumers wait for them. */
	CHANNEL_DEAD,         /**< A socket that nobody listens on: its producer died. */
	CHANNEL_SILENT,       /**< The producer does not answer: stopped or hung. */
	CHANNEL_REFUSED,      /**< This user may not ask. */
	CHANNEL_INCOMPATIBLE, /**< Library and producer are of different protocol versions. */
	CHANNEL_BROKEN,       /**< Any other error. */
};

struct channel {
	char name[ZCF_CHANNEL_NAME_SIZE];
	enum channel_state state;
	int error;        /**< Of the query; the snapshot is empty unless 0. */
	char detail[512]; /**< Sentence that belongs to the error. */
	double rate_hz;   /**< Measured by channel_list_measure(); negative: not measured. */
	struct zcf_snapshot snapshot;
};

struct channel_list {
	struct channel **channels; /**< By name. */
	size_t count, room;
};

/** How long a producer may take to answer; a healthy one needs a fraction of a frame interval. */
#define CHANNEL_QUERY_TIMEOUT_NS 1000000000

/** Ask one channel's producer. */
void channel_query(struct channel *channel, const char *name, int64_t timeout_ns);

/** Ask the producer of every channel. @return 0, or a negative errno if the directory cannot be read. */
int channel_list_load(struct channel_list *list, int64_t timeout_ns);
void channel_list_free(struct channel_list *list);

/** Measure the rate of each channel over @p sample_ns, by the times of its frames; blocks that long. */
void channel_list_measure(struct channel_list *list, uint64_t sample_ns);

/** Frames a second between two snapshots of one channel, by the times of the frames themselves; 0: none came. */
double channel_rate_between(const struct zcf_snapshot *before, const struct zcf_snapshot *after);

/** One word, and how to print it. */
const char *channel_state_name(enum channel_state state);
enum terminal_style channel_state_style(enum channel_state state);

#endif
