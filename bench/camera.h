/* SPDX-License-Identifier: Apache-2.0 */
/** @file camera.h
 * Frames as a camera writes them, and what a consumer does that looks at every pixel. */
#ifndef ZCF_BENCH_CAMERA_H
#define ZCF_BENCH_CAMERA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Write frame @p number: its number in the first eight bytes, a pattern that depends on it in all others.
 *
 * Past the caches where the processor can (x86: streaming stores), since that is where a camera's DMA leaves a frame:
 * no reader finds it in a cache.
 */
void camera_write(void *frame, size_t size_bytes, uint64_t number);

/** Write the number alone. */
void camera_mark(void *frame, uint64_t number);

/** @return The number of a frame. */
uint64_t camera_number(const void *frame);

/** Read every byte. @return Whether all of them are those of frame @p number. */
bool camera_read(const void *frame, size_t size_bytes, uint64_t number);

#endif
