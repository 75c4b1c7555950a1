/* SPDX-License-Identifier: Apache-2.0 */
#include "futex_wake.h"

#include "clock.h"
#include "process.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define POLL_NS 1000000

struct futex_page {
	_Atomic uint32_t word; /* the number of the newest frame */
	_Atomic uint32_t receiver_runs;
	_Atomic uint32_t receiver_is_done;
};

static void futex_wait(_Atomic uint32_t *word, uint32_t seen)
{
	syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

struct futex_page *futex_page_create(void)
{
	return bench_share(sizeof(struct futex_page));
}

void futex_page_destroy(struct futex_page *page)
{
	bench_unshare(page, sizeof(*page));
}

void futex_receive(struct futex_page *page, struct samples *samples)
{
	uint32_t seen = 0;

	atomic_store(&page->receiver_runs, 1);
	for (;;) {
		uint32_t newest = atomic_load_explicit(&page->word, memory_order_acquire);
		if (newest == seen) {
			futex_wait(&page->word, seen);
			continue;
		}
		uint64_t now_ns = bench_now_ns();
		if (newest > samples->count)
			break;
		samples->received_ns[newest - 1] = now_ns;
		seen = newest;
	}
	atomic_store(&page->receiver_is_done, 1);
}

void futex_wait_for_receiver(struct futex_page *page)
{
	while (atomic_load(&page->receiver_runs) == 0)
		bench_sleep_until(bench_now_ns() + POLL_NS);
}

void futex_send(struct futex_page *page, struct samples *samples, uint32_t index)
{
	samples->sent_ns[index] = bench_now_ns();
	atomic_store_explicit(&page->word, index + 1, memory_order_release);
	futex_wake(&page->word);
}

void futex_dismiss(struct futex_page *page, const struct samples *samples)
{
	atomic_store(&page->word, samples->count + 1);
	while (atomic_load(&page->receiver_is_done) == 0) {
		futex_wake(&page->word);
		bench_sleep_until(bench_now_ns() + POLL_NS);
	}
}
