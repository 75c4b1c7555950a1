/* SPDX-License-Identifier: Apache-2.0 */
/** @file results.h
 * What `zcf bench latency` found, and how it is shown. */
#ifndef ZCF_BENCH_LATENCY_RESULTS_H
#define ZCF_BENCH_LATENCY_RESULTS_H

#include "measure.h"

#include <jansson.h>

#define RESULTS_FAN_OUTS 3
#define RESULTS_SIZES    4

struct results {
	struct latency (*rounds)[MEASURE_VARIANTS]; /**< As many as the plan has rounds. */
	struct wake_calls wake_calls[RESULTS_FAN_OUTS];
	struct publish_cost publish_costs[RESULTS_SIZES];
};

/** Of the p50 of a variant to that of the futex in the same round. */
struct ratio {
	double median, minimum, maximum;
};

/** Median over the rounds of their p50 (or p99). */
double results_median_ns(const struct plan *plan, const struct results *results, uint32_t variant, bool p99);
struct ratio results_ratio(const struct plan *plan, const struct results *results, uint32_t variant);

void results_print(const struct plan *plan, const struct results *results);

/** @return A new reference, or NULL. */
json_t *results_make_json(const struct plan *plan, const struct results *results);

#endif
