/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As fast as one processor can learn what another wrote: a consumer that never sleeps while a frame is due. It knows
 * the timetable, so that it leaves the processor to the other contenders when it is their turn.
 */
#include "clock.h"
#include "contender.h"
#include "relax.h"
#include "ring.h"

/* So long before a frame is due the consumer begins to spin. */
#define AHEAD_NS UINT64_C(150000)

static void *get_buffer(void *state, uint64_t number)
{
	return ring_frame(state, number);
}

static int publish(void *state, uint64_t number)
{
	struct ring *ring = state;

	atomic_store_explicit(&ring->published, (uint32_t)number + 1, memory_order_release);
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
	uint64_t start_ns;

	trial_consumer_is_ready(trial);
	while ((start_ns = trial_first_frame_ns(trial)) == 0)
		bench_sleep_until(bench_now_ns() + 100000);
	do {
		bench_sleep_until(start_ns + seen * trial->interval_ns - AHEAD_NS);
		while ((newest = atomic_load_explicit(&ring->published, memory_order_acquire)) == seen)
			bench_relax();
		seen = newest;
	} while (trial_receive(trial, index, ring_frame(ring, newest - 1)));
	trial_consumer_is_done(trial, index);
	return 0;
}

const struct contender contender_cache_line = {
	.name = "cache_line",
	.title = "spinning on a cache line",
	.copies = "copies nothing, and protects nothing",
	.spins = true,
	.prepare = ring_prepare,
	.produce = produce,
	.consume = consume,
	.clean = ring_clean,
};
