/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/fork_guard.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "error.h"
#include "pages.h"

#define PAGE_SIZE_BYTES 4096

/* No locks: a child may have been forked while another thread was in here. */
static _Atomic(_Atomic uint32_t *) shared_page;
static _Atomic uint32_t last_mark; /* A child goes on where its parent was, so it never has a mark of its parent's. */

static _Atomic uint32_t *get_page(void)
{
	/* Acquire pairs with the exchange below, of another thread: the page is one that children get empty. */
	_Atomic uint32_t *page = atomic_load_explicit(&shared_page, memory_order_acquire);
	_Atomic uint32_t *others = NULL;

	if (page)
		return page;
	page = zcf_pages_create(PAGE_SIZE_BYTES);
	if (!page)
		return NULL;
	madvise(page, PAGE_SIZE_BYTES, MADV_WIPEONFORK);
	if (atomic_compare_exchange_strong_explicit(&shared_page, &others, page, memory_order_acq_rel,
						    memory_order_acquire))
		return page;
	zcf_pages_destroy(page, PAGE_SIZE_BYTES);
	return others;
}

int zcf_fork_guard_init(struct zcf_fork_guard *guard)
{
	_Atomic uint32_t *page = get_page();
	uint32_t mark = 0;

	if (!page)
		return zcf_fail(-ENOMEM, "out of memory");
	/* Relaxed: the mark stands for nothing but itself. Two threads may number the page at once; one number stays.
	 */
	uint32_t next = atomic_fetch_add_explicit(&last_mark, 1, memory_order_relaxed) + 1;
	if (atomic_compare_exchange_strong_explicit(page, &mark, next, memory_order_relaxed, memory_order_relaxed))
		mark = next;
	*guard = (struct zcf_fork_guard){.page = page, .mark = mark};
	return 0;
}
