/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bare futex on the memory that it takes to be safe from one's consumers, and nothing done with that memory: the
 * word in a page that sleepers cannot write, a page of each consumer's own that the producer looks at, and an end to
 * each sleep, so that a producer's death does not go unnoticed. For a word that it may not write a sleeper takes the
 * kernel longer.
 */
#include "contender.h"
#include "process.h"
#include "ring.h"

#include "clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE_SIZE_BYTES 4096

/* The consumer writes it, the producer reads it. */
struct own_page {
	_Atomic uint64_t held; /**< Number of the frame + 1; 0: none. */
	uint8_t padding[PAGE_SIZE_BYTES - sizeof(uint64_t)];
};

/* The producer writes it, consumers read it. */
struct board_page {
	_Atomic uint32_t published; /**< Number of the newest frame + 1; also the futex. */
	uint8_t padding[PAGE_SIZE_BYTES - sizeof(uint32_t)];
};

struct shared {
	struct ring *ring;
	struct board_page *board;
	struct own_page *consumers[TRIAL_MAX_CONSUMERS];
	uint32_t consumer_count;
	uint64_t held; /**< What the producer saw last: as many as it wants to know of. */
};

static int prepare(struct trial *trial, void **ret_state)
{
	struct shared *shared = bench_share(sizeof(*shared));
	int error = ring_prepare(trial, (void **)&shared->ring);

	shared->board = bench_share(sizeof(*shared->board));
	shared->consumer_count = trial->consumers;
	for (uint32_t i = 0; i < trial->consumers; i++)
		shared->consumers[i] = bench_share(sizeof(*shared->consumers[i]));
	*ret_state = shared;
	return error;
}

static void clean(struct trial *trial, void *state)
{
	struct shared *shared = state;

	for (uint32_t i = 0; i < shared->consumer_count; i++)
		bench_unshare(shared->consumers[i], sizeof(*shared->consumers[i]));
	bench_unshare(shared->board, sizeof(*shared->board));
	ring_clean(trial, shared->ring);
	bench_unshare(shared, sizeof(*shared));
}

static void *get_buffer(void *state, uint64_t number)
{
	struct shared *shared = state;

	for (uint32_t i = 0; i < shared->consumer_count; i++)
		shared->held = atomic_load_explicit(&shared->consumers[i]->held, memory_order_acquire);
	return ring_frame(shared->ring, number);
}

static int publish(void *state, uint64_t number)
{
	struct shared *shared = state;

	atomic_store_explicit(&shared->board->published, (uint32_t)number + 1, memory_order_release);
	syscall(SYS_futex, &shared->board->published, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	return 0;
}

static int produce(struct trial *trial, void *state)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};

	return trial_produce(trial, &steps, state);
}

/* As long as zcframe's sleeps: a timer that is due soon costs more than one that is far off. */
#define SHORTEST_SLEEP_NS UINT64_C(20000000)

static void sleep_until_changed(const struct trial *trial, struct shared *shared, uint32_t seen)
{
	uint64_t sleep_ns = 2 * trial->interval_ns > SHORTEST_SLEEP_NS ? 2 * trial->interval_ns : SHORTEST_SLEEP_NS;
	uint64_t until_ns = bench_now_ns() + sleep_ns;
	struct timespec until = {(time_t)(until_ns / 1000000000), (long)(until_ns % 1000000000)};

	syscall(SYS_futex, &shared->board->published, FUTEX_WAIT_BITSET, seen, &until, NULL, FUTEX_BITSET_MATCH_ANY);
}

static int consume(struct trial *trial, void *state, uint32_t index)
{
	struct shared *shared = state;
	struct own_page *own = shared->consumers[index];
	uint32_t seen = 0, newest;
	bool goes_on;

	if (mprotect(shared->board, sizeof(*shared->board), PROT_READ) < 0)
		return 1;
	trial_consumer_is_ready(trial);
	do {
		while ((newest = atomic_load_explicit(&shared->board->published, memory_order_acquire)) == seen)
			sleep_until_changed(trial, shared, seen);
		seen = newest;
		atomic_store_explicit(&own->held, newest, memory_order_seq_cst);
		goes_on = trial_receive(trial, index, ring_frame(shared->ring, newest - 1));
		atomic_store_explicit(&own->held, 0, memory_order_seq_cst);
	} while (goes_on);
	trial_consumer_is_done(trial, index);
	return 0;
}

const struct contender contender_futex_same_pages = {
	.name = "futex_same_pages",
	.title = "futex, pages as ours",
	.copies =
		"copies nothing, and protects nothing, but its word is in a page that sleepers cannot write, and each "
		"consumer has a page that the producer reads",
	.prepare = prepare,
	.produce = produce,
	.consume = consume,
	.clean = clean,
};
