/* SPDX-License-Identifier: Apache-2.0 */
/** @file measure.h
 * The measurements of `zcf bench latency`. Each starts processes of its own and waits for them. */
#ifndef ZCF_BENCH_LATENCY_MEASURE_H
#define ZCF_BENCH_LATENCY_MEASURE_H

#include "machine.h"

#include <stddef.h>
#include <stdint.h>

/** What all measurements have in common, so that like is compared with like. */
struct plan {
	uint32_t rounds;
	uint32_t frames;      /**< In each round. */
	uint64_t interval_ns; /**< From one wake-up to the next. */
	char runtime_directory[96];
	struct machine machine;
};

/** When each frame was sent and when it was there, by CLOCK_MONOTONIC; shared memory. */
struct samples {
	uint32_t count;
	uint64_t *sent_ns;
	uint64_t *received_ns; /**< 0: never seen, because a newer one had come already. */
};

struct latency {
	uint64_t p50_ns, p99_ns;
	uint32_t counted, lost;
};

/** Channel of the measurements that publish frames. */
#define MEASURE_CHANNEL "bench"

/** Between two processes that share one futex word and nothing else: what the kernel itself takes. */
int measure_futex_wake(const struct plan *plan, struct latency *ret_latency);

/** From zcf_producer_publish() to the return of zcf_consumer_acquire() in another process. */
int measure_frame_wake(const struct plan *plan, uint32_t width, uint32_t height, struct latency *ret_latency);

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
