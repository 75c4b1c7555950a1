/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_BENCH_LATENCY_SAMPLES_H
#define ZCF_BENCH_LATENCY_SAMPLES_H

#include "measure.h"

void samples_create(struct samples *samples, uint32_t count);
void samples_destroy(struct samples *samples);

/** Latencies of all frames but the first tenth, which warms caches and page tables up. */
void samples_summarise(const struct samples *samples, struct latency *ret_latency);

#endif
