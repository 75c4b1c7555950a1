/* SPDX-License-Identifier: Apache-2.0 */
/** @file measure.h
 * The measurements of `zcf bench latency`. Each starts processes of its own and waits for them; each returns 0,
 * or a negative number after a message. */
#ifndef ZCF_BENCH_LATENCY_MEASURE_H
#define ZCF_BENCH_LATENCY_MEASURE_H

#include "machine.h"

#include <stddef.h>
#include <stdint.h>

/** What all measurements have in common, so that like is compared with like. */
struct plan {
	uint32_t rounds;
	uint32_t frames;      /**< In each round. */
	uint64_t interval_ns; /**< From one wake-up to the next of the same variant. */
	char runtime_directory[96];
	struct machine machine;
};

/* The bare futex first: it is what the others are compared with. */
#define MEASURE_VARIANTS 3

struct variant {
	const char *name;       /**< For scripts, and the name of the channel. */
	const char *title;      /**< For people. */
	uint32_t width, height; /**< 0: the bare futex. */
};

extern const struct variant measure_variants[MEASURE_VARIANTS];

struct latency {
	uint64_t p50_ns, p99_ns;
	uint32_t counted;
	uint32_t lost; /**< Not seen by the sleeper, because the next one had come before it ran. */
};

/** Measure all variants side by side. @param round  Number of the round; decides who goes first. */
int measure_round(const struct plan *plan, uint32_t round, struct latency ret_latencies[MEASURE_VARIANTS]);

struct wake_calls {
	uint32_t consumers;
	uint64_t frames, calls;
};

/** System calls that wake @p consumers sleeping consumers. */
int measure_wake_calls(const struct plan *plan, uint32_t consumers, struct wake_calls *ret_calls);

struct publish_cost {
	uint32_t width, height;
	uint64_t p50_ns, p99_ns;
	uint64_t wake_calls;
};

/** Time that zcf_producer_publish() takes while nobody is attached. */
int measure_publish_cost(const struct plan *plan, uint32_t width, uint32_t height, struct publish_cost *ret_cost);

#endif
