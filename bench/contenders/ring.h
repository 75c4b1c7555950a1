/* SPDX-License-Identifier: Apache-2.0 */
/** @file ring.h
 * Memory for the bare contenders: a few frames that every process has mapped since the fork, and a word that says which
 * one is the newest. */
#ifndef ZCF_BENCH_CONTENDERS_RING_H
#define ZCF_BENCH_CONTENDERS_RING_H

#include "trial.h"

#define RING_FRAMES 3

struct ring {
	_Atomic uint32_t published; /**< Number of the newest frame + 1; also the futex. */
	size_t size_bytes;
	size_t frame_stride_bytes;
	int event_fds[TRIAL_MAX_CONSUMERS]; /**< For those who use them. */
	_Alignas(4096) uint8_t frames[];
};

int ring_prepare(struct trial *trial, void **ret_state);
void ring_clean(struct trial *trial, void *state);

/** Of frame @p number. */
void *ring_frame(struct ring *ring, uint64_t number);

#endif
