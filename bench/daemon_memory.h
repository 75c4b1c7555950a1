/* SPDX-License-Identifier: Apache-2.0 */
/** @file daemon_memory.h
 * The memory of zcf-camerad with its three channels, and of those who read one of them. */
#ifndef ZCF_BENCH_DAEMON_MEMORY_H
#define ZCF_BENCH_DAEMON_MEMORY_H

#include "suite.h"

/** @return An array by number of consumers, empty if there is no zcf-camerad; NULL after a message. */
json_t *daemon_memory_measure(struct suite *suite);

#endif
