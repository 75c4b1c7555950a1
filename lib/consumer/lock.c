/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"

bool zcf_lock_take(struct zcf_lock *lock, uint64_t until_ns)
{
	struct timespec until = zcf_timespec_from_ns(until_ns);

	/* Whoever has slept says WANTED when it takes the lock: there may be others, and one wake too many is harmless.
	 */
	while (atomic_exchange_explicit(&lock->state, ZCF_LOCK_WANTED, memory_order_acquire) != ZCF_LOCK_FREE) {
		if (until_ns != UINT64_MAX && zcf_now_ns() >= until_ns)
			return false;
		syscall(SYS_futex, &lock->state, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, ZCF_LOCK_WANTED,
			until_ns == UINT64_MAX ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
	}
	return true;
}

void zcf_lock_wake(struct zcf_lock *lock)
{
	syscall(SYS_futex, &lock->state, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}
