/* SPDX-License-Identifier: Apache-2.0 */
/** @file contest.h
 * Contenders side by side. In a round all of them run at once and take turns within each interval, frame by frame: what
 * disturbs one disturbs the others as well. From round to round the order of the turns changes (turns.h). */
#ifndef ZCF_BENCH_CONTEST_H
#define ZCF_BENCH_CONTEST_H

#include "contender.h"
#include "machine.h"

#include <jansson.h>

struct entry {
	const struct contender *contender;
	uint32_t width_pixels, height_pixels;
	uint32_t consumers;
	size_t base; /**< The entry that this one is compared with. */
};

struct contest {
	const struct entry *entries;
	size_t entry_count;
	uint32_t rounds;
	uint32_t frames; /**< In each round, for each entry. */
	uint64_t interval_ns;
	bool touches_pixels;
	const struct machine *machine;
	const char *directory; /**< For sockets. */
};

struct distribution {
	uint64_t p50_ns, p99_ns, max_ns;
};

/** What one entry did in one round, or, with the medians of the numbers that are no distributions, in all of them. */
struct outcome {
	struct distribution pointer; /**< From publish to the pointer, over all consumers. */
	struct distribution last;    /**< To the last consumer's pointer. */
	struct distribution read;    /**< To the last byte, over all consumers. */
	uint32_t counted, lost;      /**< Frames times consumers. */
	uint64_t skipped, damaged;
	/* Each for one frame. */
	double producer_ns, consumers_ns, helpers_ns; /**< Of processors; the camera's own writing is left out. */
	double switches;
	double cache_misses; /**< Negative: this machine does not count them. */
	double bytes_copied;
	/* At the end. */
	double producer_bytes, consumer_bytes; /**< PSS of the producer, and of one consumer. */
};

struct result {
	struct outcome *rounds;
	struct outcome all;
};

/** Of two entries in the same round, over the rounds. */
struct ratio {
	double median, minimum, maximum;
};

/** @return Results, one for each entry, for contest_free(); NULL after a message. */
struct result *contest_run(const struct contest *contest);
void contest_free(const struct contest *contest, struct result *results);

/** Take a number out of an outcome; see contest_ratio(). */
typedef double contest_number(const struct outcome *outcome);
double contest_pointer_p50(const struct outcome *outcome);
double contest_pointer_p99(const struct outcome *outcome);
double contest_last_p50(const struct outcome *outcome);
double contest_read_p50(const struct outcome *outcome);
double contest_processor_ns(const struct outcome *outcome);

/** Of entry @p index to its base. 0 if there is nothing to compare. */
struct ratio contest_ratio(const struct contest *contest, const struct result *results, size_t index,
			   contest_number *number);

/** @return A new reference, or NULL. */
json_t *contest_make_json(const struct contest *contest, const struct result *results);

#endif
