/* SPDX-License-Identifier: Apache-2.0 */
/** @file summary.h
 * From what the processes of a trial noted to numbers, round by round and over all of them. */
#ifndef ZCF_BENCH_SUMMARY_H
#define ZCF_BENCH_SUMMARY_H

#include "contest.h"

struct summary;

struct summary *summary_create(uint32_t rounds, uint32_t frames, uint32_t consumers);
void summary_destroy(struct summary *summary);

/** Take in one round. */
void summary_add(struct summary *summary, struct trial *trial);

/** Work out what all rounds have in common. */
void summary_finish(struct summary *summary, struct result *ret_result);

#endif
