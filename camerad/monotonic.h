/* SPDX-License-Identifier: Apache-2.0 */
/** @file monotonic.h
 * The clock that frames are timed by. */
#ifndef CAMERAD_MONOTONIC_H
#define CAMERAD_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline uint64_t monotonic_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline int64_t wall_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + (int64_t)now.tv_nsec;
}

#endif
