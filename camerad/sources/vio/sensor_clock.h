/* SPDX-License-Identifier: Apache-2.0 */
/** @file sensor_clock.h
 * The vendor's time stamps are of CLOCK_MONOTONIC_RAW; those of our frames are of CLOCK_MONOTONIC. */
#ifndef CAMERAD_VIO_SENSOR_CLOCK_H
#define CAMERAD_VIO_SENSOR_CLOCK_H

#include <stdint.h>

/** @return The same moment in CLOCK_MONOTONIC; @p now_ns for a time stamp that cannot be. */
uint64_t vio_capture_time_ns(uint64_t raw_timestamp_ns, uint64_t now_ns);

#endif
