/* SPDX-License-Identifier: Apache-2.0 */
/* In the victim: what happens at a fault point, and a wall clock that somebody moves. */
#include "torture.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = __real_clock_gettime(clock, time);

	if (result == 0 && clock == CLOCK_REALTIME && arena) {
		int64_t now_ns = time->tv_sec * NS_PER_S + time->tv_nsec + atomic_load(&arena->wall_offset_ns);

		*time = (struct timespec){.tv_sec = now_ns / NS_PER_S, .tv_nsec = now_ns % NS_PER_S};
	}
	return result;
}

void plan_fault(int place, enum fault_kind kind, int point, int countdown)
{
	struct plan *plan = &arena->plans[place];

	atomic_store(&plan->kind, (int)kind);
	atomic_store(&plan->countdown, countdown);
	atomic_store(&plan->point, point);
}

void forget_fault(int place)
{
	atomic_store(&arena->plans[place].point, NO_POINT);
}

/*
 * A child that does nothing but exist, with copies of all descriptors and mappings. A reader's outlives it, and the
 * next audit; a camera's goes soon, for as long as it is there it listens on the camera's socket.
 */
static void fork_here(void)
{
	uint64_t until_ns = test_now_ns() + (uint64_t)(own_place == CAMERA ? 2 * DEADLINE_NS : PATIENCE_NS / 2);

	if (fork() == 0) {
		while (test_now_ns() < until_ns && !atomic_load(&arena->over))
			test_sleep_ns(DEADLINE_NS);
		_exit(0);
	}
}

void zcf_fault_point(enum zcf_fault_point point)
{
	if (own_place < 0)
		return;
	struct plan *plan = &arena->plans[own_place];
	if (atomic_load_explicit(&plan->point, memory_order_relaxed) != (int)point ||
	    atomic_fetch_sub(&plan->countdown, 1) != 1)
		return;
	enum fault_kind kind = (enum fault_kind)atomic_load(&plan->kind);
	forget_fault(own_place);
	atomic_fetch_add(&arena->at_point[point][kind], 1);
	atomic_fetch_add(&plan->fired, 1);
	if (kind == FAULT_KILL)
		kill(getpid(), SIGKILL);
	else if (kind == FAULT_STOP)
		raise(SIGSTOP);
	else
		fork_here();
}
