/* SPDX-License-Identifier: Apache-2.0 */
/** @file turns.h
 * In which order the entries of a contest take turns. Whoever went before has warmed or cooled caches and processors
 * for the next one, and in a run of a few rounds two that are compared may have had quite different ones before them.
 * So over the rounds each entry comes behind each other about as often; exactly as often cannot always be. */
#ifndef ZCF_BENCH_TURNS_H
#define ZCF_BENCH_TURNS_H

#include <stddef.h>
#include <stdint.h>

struct turns {
	size_t count;
	uint32_t dice;
	uint32_t *followed; /* [before * count + behind]: in how many rounds so far. */
};

/** Turns of @p count entries, the same in every run. For turns_fini(). */
void turns_init(struct turns *turns, size_t count);
void turns_fini(struct turns *turns);

/** The next round's. @param order  Gets the indices of the entries; the last one is followed by the first. */
void turns_choose(struct turns *turns, size_t *order);

#endif
