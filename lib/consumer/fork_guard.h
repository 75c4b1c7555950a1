/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this process is the one that opened a consumer, or a child that it forked: one load, no system call. The
 * process has one page that the kernel empties in a child; what a consumer remembers is the number that stood in it.
 */
#ifndef ZCF_CONSUMER_FORK_GUARD_H
#define ZCF_CONSUMER_FORK_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct zcf_fork_guard {
	const _Atomic uint32_t *page;
	uint32_t mark; /* Of the process that filled this in. */
};

/* 0, or -ENOMEM. Thread-safe. The page stays for the life of the process. */
int zcf_fork_guard_init(struct zcf_fork_guard *guard);

static inline bool zcf_fork_guard_holds(const struct zcf_fork_guard *guard)
{
	return atomic_load_explicit(guard->page, memory_order_relaxed) == guard->mark;
}

#endif
