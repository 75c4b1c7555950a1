/* SPDX-License-Identifier: Apache-2.0 */
/** @file report.h
 * What the results say, for people: the same in HTML, with plots, and in Markdown. */
#ifndef ZCF_BENCH_REPORT_REPORT_H
#define ZCF_BENCH_REPORT_REPORT_H

#include "document.h"

#include <jansson.h>

void report_write(const struct document *document, const json_t *results);

/** What was expected, and what was found. @param all  What the results do not deal with, too. */
void report_write_verdicts(const struct document *document, const json_t *results, bool all);

/** A table and a plot of one contest. */
void report_write_contest(const struct document *document, const json_t *contest);

/** Before and after: processor time by consumers, for each size. */
void report_write_before_after(const struct document *document, const json_t *before_after);

void report_write_mjpeg(const struct document *document, const json_t *mjpeg);

void report_write_detector(const struct document *document, const json_t *detector);

void report_write_streaming(const struct document *document, const json_t *streaming);

void report_write_languages(const struct document *document, const json_t *languages);

void report_write_scaling(const struct document *document, const json_t *scaling);

#endif
