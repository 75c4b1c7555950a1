/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick: one process stores a number and calls FUTEX_WAKE, the others sleep in FUTEX_WAIT on it. Nothing tells
 * whether a frame is still being read, or by whom. */
#include "contender.h"
#include "ring.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *get_buffer(void *state, uint64_t number)
{
	return ring_frame(state, number);
}

static int publish(void *state, uint64_t number)
{
	struct ring *ring = state;

	atomic_store_explicit(&ring->published, (uint32_t)number + 1, memory_order_release);
	syscall(SYS_futex, &ring->published, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	return 0;
}

static int produce(struct trial *trial, void *state)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};

	return trial_produce(trial, &steps, state);
}

static int consume(struct trial *trial, void *state, uint32_t index)
{
	struct ring *ring = state;
	uint32_t seen = 0, newest;

	trial_consumer_is_ready(trial);
	do {
		while ((newest = atomic_load_explicit(&ring->published, memory_order_acquire)) == seen)
			syscall(SYS_futex, &ring->published, FUTEX_WAIT, seen, NULL, NULL, 0);
		seen = newest;
	} while (trial_receive(trial, index, ring_frame(ring, newest - 1)));
	trial_consumer_is_done(trial, index);
	return 0;
}

const struct contender contender_futex = {
	.name = "futex",
	.title = "bare futex wake",
	.copies = "copies nothing, and protects nothing",
	.prepare = ring_prepare,
	.produce = produce,
	.consume = consume,
	.clean = ring_clean,
};

const struct contender contender_futex_again = {
	.name = "futex_again",
	.title = "bare futex wake, once more",
	.copies = "copies nothing, and protects nothing",
	.prepare = ring_prepare,
	.produce = produce,
	.consume = consume,
	.clean = ring_clean,
};
