/* SPDX-License-Identifier: Apache-2.0 */
/* As the bare futex, with what programs with an event loop would take: an eventfd for each consumer. */
#include "contender.h"
#include "message.h"
#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct producer {
	struct trial *trial;
	struct ring *ring;
};

static int prepare(struct trial *trial, void **ret_state)
{
	struct ring *ring;
	int error = ring_prepare(trial, ret_state);

	ring = *ret_state;
	for (uint32_t i = 0; i < trial->consumers && error == 0; i++) {
		ring->event_fds[i] = eventfd(0, EFD_CLOEXEC);
		if (ring->event_fds[i] < 0) {
			error = -errno;
			cli_message("cannot make an eventfd: %s", strerror(errno));
		}
	}
	return error;
}

static void clean(struct trial *trial, void *state)
{
	struct ring *ring = state;

	for (uint32_t i = 0; i < trial->consumers; i++)
		if (ring->event_fds[i] > 0)
			close(ring->event_fds[i]);
	ring_clean(trial, state);
}

static void *get_buffer(void *state, uint64_t number)
{
	return ring_frame(((struct producer *)state)->ring, number);
}

static int publish(void *state, uint64_t number)
{
	struct producer *producer = state;
	static const uint64_t one = 1;

	atomic_store_explicit(&producer->ring->published, (uint32_t)number + 1, memory_order_release);
	for (uint32_t i = 0; i < producer->trial->consumers; i++)
		if (write(producer->ring->event_fds[i], &one, sizeof(one)) != sizeof(one))
			return -errno;
	return 0;
}

static int produce(struct trial *trial, void *state)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};
	struct producer producer = {.trial = trial, .ring = state};

	return trial_produce(trial, &steps, &producer);
}

static int consume(struct trial *trial, void *state, uint32_t index)
{
	struct ring *ring = state;
	uint64_t count;
	uint32_t newest;

	trial_consumer_is_ready(trial);
	do {
		if (read(ring->event_fds[index], &count, sizeof(count)) != sizeof(count))
			return -errno;
		newest = atomic_load_explicit(&ring->published, memory_order_acquire);
	} while (trial_receive(trial, index, ring_frame(ring, newest - 1)));
	trial_consumer_is_done(trial, index);
	return 0;
}

const struct contender contender_eventfd = {
	.name = "eventfd",
	.title = "eventfd",
	.copies = "copies nothing, and protects nothing",
	.prepare = prepare,
	.produce = produce,
	.consume = consume,
	.clean = clean,
};
