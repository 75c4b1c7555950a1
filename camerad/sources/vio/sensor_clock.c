/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor_clock.h"

#include <time.h>

/* No frame is that long on its way; a clock that is something else shows here. */
#define OLDEST_NS UINT64_C(10000000000)

uint64_t vio_capture_time_ns(uint64_t raw_timestamp_ns, uint64_t now_ns)
{
	struct timespec raw;
	uint64_t raw_now_ns, age_ns;

	clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
	raw_now_ns = (uint64_t)raw.tv_sec * 1000000000 + (uint64_t)raw.tv_nsec;
	if (raw_timestamp_ns > raw_now_ns)
		return now_ns;
	/* The two clocks differ by a few parts in a hundred thousand: nothing over the age of a frame. */
	age_ns = raw_now_ns - raw_timestamp_ns;
	return age_ns < OLDEST_NS && age_ns < now_ns ? now_ns - age_ns : now_ns;
}
