/* SPDX-License-Identifier: Apache-2.0 */
/** @file results.h
 * What `zcf bench latency` found, and how it is shown. */
#ifndef ZCF_BENCH_LATENCY_RESULTS_H
#define ZCF_BENCH_LATENCY_RESULTS_H

#include "measure.h"

#include <jansson.h>

/* The bare futex first: it is what the others are compared with. */
#define RESULTS_VARIANTS 3
#define RESULTS_FAN_OUTS 3
#define RESULTS_SIZES    4

struct variant {
	const char *name;       /**< For scripts. */
	const char *title;      /**< For people. */
	uint32_t width, height; /**< 0: the bare futex. */
	struct latency *rounds;
};

struct results {
	struct variant variants[RESULTS_VARIANTS];
	struct wake_calls wake_calls[RESULTS_FAN_OUTS];
	struct publish_cost publish_costs[RESULTS_SIZES];
};

/** Of the p50 of a variant to that of the futex in the same round. */
struct ratio {
	double median, minimum, maximum;
};

/** Median over the rounds of their p50 (or p99). */
double results_median_ns(const struct plan *plan, const struct variant *variant, bool p99);
struct ratio results_ratio(const struct plan *plan, const struct results *results, const struct variant *variant);

void results_print(const struct plan *plan, const struct results *results);

/** @return A new reference, or NULL. */
json_t *results_make_json(const struct plan *plan, const struct results *results);

#endif
