/* SPDX-License-Identifier: Apache-2.0 */
/** @file svg.h
 * Plots that stand in the page itself; see struct document_format. */
#ifndef ZCF_BENCH_REPORT_SVG_H
#define ZCF_BENCH_REPORT_SVG_H

#include "document.h"

void svg_bars(FILE *output, const char *title, const struct bar *bars, size_t count);
void svg_lines(FILE *output, const char *title, const char *const *ticks, size_t tick_count, const struct line *lines,
	       size_t line_count);

#endif
