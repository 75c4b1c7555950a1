/* SPDX-License-Identifier: Apache-2.0 */
/** @file launch.h
 * Benchmarks that are programs of their own, in the language of what they measure: they write JSON to standard output,
 * and "step WHAT" to standard error when they begin with something. */
#ifndef ZCF_BENCH_LAUNCH_H
#define ZCF_BENCH_LAUNCH_H

#include "suite.h"

/**
 * Run one, with its steps as ours.
 *
 * @param place      Where it is, from the folder of zcf; in a build directory only.
 * @param arguments  Those behind its name; ends with NULL.
 * @param limit_s    It is ended if it takes longer, which means that it hangs.
 * @return What it found, a new reference. If it cannot be measured here: an object with why as "missing". NULL if the
 *         user interrupted. Neither it nor what it has started is left.
 */
json_t *launch_benchmark(const struct suite *suite, const char *place, const char *const *arguments, unsigned limit_s);

#endif
