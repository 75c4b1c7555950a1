/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_BENCH_STATISTICS_H
#define ZCF_BENCH_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/** Sorts the values in place. @return The value below which the fraction @p quantile of them lies; 0 for none. */
uint64_t statistics_quantile(uint64_t *values, size_t count, double quantile);

/** @return The middle one, or the mean of the two in the middle; leaves @p values alone. count must be above 0. */
double statistics_median(const double *values, size_t count);

double statistics_minimum(const double *values, size_t count);
double statistics_maximum(const double *values, size_t count);

#endif
