/* SPDX-License-Identifier: Apache-2.0 */
/** @file floor.h
 * What the JPEG library takes for a picture, and nothing else. */
#ifndef ZCF_BENCH_MJPEG_FLOOR_H
#define ZCF_BENCH_MJPEG_FLOOR_H

#include "footage.h"

struct floor_cost {
	uint64_t processor_ns; /**< For one picture, the median. */
	uint64_t jpeg_bytes;   /**< Of the last one. */
};

/** Encode pictures at a pace, from planes that are there already as the library wants them, 4:2:0. @return 0 or -1. */
int floor_measure(const struct footage *footage, int quality, uint32_t count, uint64_t interval_ns,
		  struct floor_cost *ret_cost);

#endif
