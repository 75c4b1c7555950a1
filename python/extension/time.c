/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <time.h>

uint64_t monotonic_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t wait_deadline_ns(int64_t timeout_ns)
{
	int64_t now_ns = (int64_t)monotonic_now_ns();

	return timeout_ns < 0 || timeout_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + timeout_ns;
}

int64_t wait_slice_ns(int64_t deadline_ns)
{
	int64_t rest_ns = deadline_ns - (int64_t)monotonic_now_ns();

	if (rest_ns <= 0)
		return 0;
	return rest_ns < LONGEST_WAIT_NS ? rest_ns : LONGEST_WAIT_NS;
}
