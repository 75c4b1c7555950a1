/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_CLOCK_H
#define ZCF_CLOCK_H

#include <stdint.h>
#include <time.h>

#define ZCF_NS_PER_MS UINT64_C(1000000)
#define ZCF_NS_PER_S  UINT64_C(1000000000)

static inline uint64_t zcf_timespec_to_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * ZCF_NS_PER_S + (uint64_t)time->tv_nsec;
}

static inline struct timespec zcf_timespec_from_ns(uint64_t time_ns)
{
	return (struct timespec){.tv_sec = (time_t)(time_ns / ZCF_NS_PER_S), .tv_nsec = (long)(time_ns % ZCF_NS_PER_S)};
}

static inline uint64_t zcf_clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return zcf_timespec_to_ns(&now);
}

static inline uint64_t zcf_now_ns(void)
{
	return zcf_clock_ns(CLOCK_MONOTONIC);
}

/* The moment at which a timeout that starts now ends; UINT64_MAX for "never". */
static inline uint64_t zcf_deadline_ns(int64_t timeout_ns)
{
	uint64_t now = zcf_now_ns();
	if (timeout_ns < 0 || now + (uint64_t)timeout_ns < now)
		return UINT64_MAX;
	return now + (uint64_t)timeout_ns;
}

#endif
