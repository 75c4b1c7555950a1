/* SPDX-License-Identifier: Apache-2.0 */
/** @file frame_wake.h
 * The same journey as in futex_wake.h, with a frame: from before publish to behind acquire. */
#ifndef ZCF_BENCH_LATENCY_FRAME_WAKE_H
#define ZCF_BENCH_LATENCY_FRAME_WAKE_H

#include "publisher.h"
#include "samples.h"

/**
 * Acquire frames and note the time of each, until one with a number above samples->count comes.
 *
 * @param samples  NULL: only acquire, and stop at a number above @p last_number.
 */
int frame_receive(const struct plan *plan, const char *channel, struct samples *samples, uint64_t last_number);

/** Note the time and publish frame @p index. The buffer is taken before the clock is read. */
int frame_send(struct publisher *publisher, struct samples *samples, uint32_t index);

#endif
