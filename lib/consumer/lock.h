/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock of a consumer: who acquires has it, asleep too. Of one word, and taken and given back in line: the C
 * library's is in pages of code that nothing else needs on the path of a frame, and to find them again after a frame
 * interval of sleep takes longer than all that an acquire does itself.
 */
#ifndef ZCF_CONSUMER_LOCK_H
#define ZCF_CONSUMER_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum zcf_lock_state {
	ZCF_LOCK_FREE = 0,
	ZCF_LOCK_TAKEN = 1,
	ZCF_LOCK_WANTED = 2, /* Taken, and somebody may be asleep for it. */
};

struct zcf_lock {
	_Atomic uint32_t state;
};

static inline bool zcf_lock_try(struct zcf_lock *lock)
{
	uint32_t free = ZCF_LOCK_FREE;

	/* Acquire pairs with the release in zcf_lock_release(): we see what the holder before us did. */
	return atomic_compare_exchange_strong_explicit(&lock->state, &free, ZCF_LOCK_TAKEN, memory_order_acquire,
						       memory_order_relaxed);
}

/* Sleep until the lock is ours or it is `until_ns` (CLOCK_MONOTONIC; UINT64_MAX: for ever). Returns whether it is ours.
 */
bool zcf_lock_take(struct zcf_lock *lock, uint64_t until_ns);

/* Wake one that is asleep for it. */
void zcf_lock_wake(struct zcf_lock *lock);

static inline void zcf_lock_release(struct zcf_lock *lock)
{
	if (atomic_exchange_explicit(&lock->state, ZCF_LOCK_FREE, memory_order_release) == ZCF_LOCK_WANTED)
		zcf_lock_wake(lock);
}

#endif
