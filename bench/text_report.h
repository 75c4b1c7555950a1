/* SPDX-License-Identifier: Apache-2.0 */
/** @file text_report.h
 * Results as tables on standard output. */
#ifndef ZCF_BENCH_TEXT_REPORT_H
#define ZCF_BENCH_TEXT_REPORT_H

#include <jansson.h>

void text_report_print(const json_t *results);

#endif
