/* SPDX-License-Identifier: Apache-2.0 */
/** @file clock.h
 * The clock of all our times and deadlines: CLOCK_MONOTONIC in nanoseconds, as in the library. */
#ifndef ZCFRAME_MJPEGD_CLOCK_H
#define ZCFRAME_MJPEGD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND      UINT64_C(1000000000)
#define NANOSECONDS_PER_MILLISECOND UINT64_C(1000000)

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static inline struct timespec clock_to_timespec(uint64_t time_ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(time_ns / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(time_ns % NANOSECONDS_PER_SECOND),
	};
}

#endif
