/* SPDX-License-Identifier: Apache-2.0 */
/** @file footage.h
 * Pictures like a camera's: smooth surfaces, edges that move, and the noise of a sensor. The same in every run. */
#ifndef ZCF_BENCH_MJPEG_FOOTAGE_H
#define ZCF_BENCH_MJPEG_FOOTAGE_H

#include <stddef.h>
#include <stdint.h>

#define FOOTAGE_PICTURES 8

struct footage {
	uint32_t width, height;
	uint8_t *pictures[FOOTAGE_PICTURES]; /**< NV12. */
};

void footage_create(struct footage *footage, uint32_t width, uint32_t height);
void footage_destroy(struct footage *footage);

/** Copy picture @p number, round and round. */
void footage_draw(const struct footage *footage, uint64_t number, void *frame);

#endif
