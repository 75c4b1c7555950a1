/* SPDX-License-Identifier: Apache-2.0 */
/** @file floor.h
 * What the JPEG library takes for a picture, and nothing else. */
#ifndef ZCF_BENCH_MJPEG_FLOOR_H
#define ZCF_BENCH_MJPEG_FLOOR_H

#include "footage.h"

/** Encode pictures at a pace, from planes that are there already as the library wants them, 4:2:0.
 *
 * @param uncounted  So many more first. @return Processor time for one picture, the mean, as a server's. */
uint64_t floor_measure(const struct footage *footage, int quality, uint32_t uncounted, uint32_t count,
		       uint64_t interval_ns);

#endif
