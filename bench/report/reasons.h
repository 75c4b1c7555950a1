/* SPDX-License-Identifier: Apache-2.0 */
/** @file reasons.h
 * Why an expectation falls short, as far as the same run can tell: each sentence is there because of a figure that is
 * in it. What no figure tells is not said. */
#ifndef ZCF_BENCH_REPORT_REASONS_H
#define ZCF_BENCH_REPORT_REASONS_H

#include <jansson.h>
#include <stddef.h>

struct reason {
	char text[1536];
	size_t length;
};

typedef void reason_writer(const json_t *results, struct reason *reason);

reason_writer reason_paced_p50, reason_paced_p99, reason_awake_p50, reason_awake_p99, reason_flatness,
	reason_last_of_four, reason_reading_processor, reason_peers, reason_anticipating, reason_anticipating_p50,
	reason_detector, reason_streaming, reason_unknown;

#endif
