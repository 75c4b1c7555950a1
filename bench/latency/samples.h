/* SPDX-License-Identifier: Apache-2.0 */
/** @file samples.h
 * When each frame was sent and when it was there, in memory that sender and receiver share. */
#ifndef ZCF_BENCH_LATENCY_SAMPLES_H
#define ZCF_BENCH_LATENCY_SAMPLES_H

#include "measure.h"

struct samples {
	uint32_t count;
	uint64_t *sent_ns;
	uint64_t *received_ns; /**< 0: never seen. */
};

void samples_create(struct samples *samples, uint32_t count);
void samples_destroy(struct samples *samples);

/** Latencies of all frames but the first tenth, which warms caches and page tables up. */
void samples_summarise(const struct samples *samples, struct latency *ret_latency);

#endif
