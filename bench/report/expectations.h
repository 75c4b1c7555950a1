/* SPDX-License-Identifier: Apache-2.0 */
/** @file expectations.h
 * What the figures are expected to be at most. */
#ifndef ZCF_BENCH_REPORT_EXPECTATIONS_H
#define ZCF_BENCH_REPORT_EXPECTATIONS_H

#include "reasons.h"

struct expectation {
	const char *claim;
	double limit;
	const char *question;                     /**< As its member in the results. */
	double (*measure)(const json_t *results); /**< NAN: the results do not say. */
	reason_writer *explain;                   /**< Why it is more. */
};

extern const struct expectation expectations[];
extern const size_t expectation_count;

#endif
