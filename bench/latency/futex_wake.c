/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick: one process stores a number and calls FUTEX_WAKE, the other sleeps in FUTEX_WAIT. */
#include "clock.h"
#include "measure.h"
#include "process.h"
#include "samples.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

struct word_page {
	_Atomic uint32_t word; /* the number of the newest frame */
	_Atomic uint32_t ready;
	_Atomic uint32_t done;
};

struct futex_wake {
	const struct plan *plan;
	struct samples samples;
	struct word_page *page;
};

static void futex_wait(_Atomic uint32_t *word, uint32_t seen)
{
	syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static int run_sleeper(void *context)
{
	struct futex_wake *measurement = context;
	struct word_page *page = measurement->page;
	uint32_t seen = 0;

	atomic_store(&page->ready, 1);
	for (;;) {
		uint32_t newest = atomic_load_explicit(&page->word, memory_order_acquire);
		if (newest == seen) {
			futex_wait(&page->word, seen);
			continue;
		}
		uint64_t now_ns = bench_now_ns();
		if (newest > measurement->samples.count)
			break;
		measurement->samples.received_ns[newest - 1] = now_ns;
		seen = newest;
	}
	atomic_store(&page->done, 1);
	return 0;
}

static int run_waker(void *context)
{
	struct futex_wake *measurement = context;
	struct word_page *page = measurement->page;
	uint64_t interval_ns = measurement->plan->interval_ns;

	while (atomic_load(&page->ready) == 0)
		bench_sleep_until(bench_now_ns() + 1000000);
	uint64_t next_ns = bench_now_ns() + interval_ns;
	for (uint32_t i = 0; i < measurement->samples.count; i++, next_ns += interval_ns) {
		bench_sleep_until(next_ns);
		measurement->samples.sent_ns[i] = bench_now_ns();
		atomic_store_explicit(&page->word, i + 1, memory_order_release);
		futex_wake(&page->word);
	}
	bench_sleep_until(next_ns);
	atomic_store(&page->word, measurement->samples.count + 1);
	while (atomic_load(&page->done) == 0) {
		futex_wake(&page->word);
		bench_sleep_until(bench_now_ns() + 1000000);
	}
	return 0;
}

int measure_futex_wake(const struct plan *plan, struct latency *ret_latency)
{
	struct futex_wake measurement = {.plan = plan};
	pid_t processes[2];
	int error;

	samples_create(&measurement.samples, plan->frames);
	measurement.page = bench_share(sizeof(*measurement.page));
	processes[0] = bench_fork(plan->machine.consumer_processor, run_sleeper, &measurement);
	processes[1] = bench_fork(plan->machine.producer_processor, run_waker, &measurement);
	error = bench_wait_all(processes, 2);
	if (error == 0)
		samples_summarise(&measurement.samples, ret_latency);
	bench_unshare(measurement.page, sizeof(*measurement.page));
	samples_destroy(&measurement.samples);
	return error;
}
