/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds which buffer, and how a buffer comes back: the producer's half of the lease protocol.
 *
 * The consumer's half is in consumer/lease.c. The steps have the names that docs/protocol.md gives them:
 *
 *   producer withdraw                          consumer acquire
 *   W1  generation := sequence + CLOSED        A1  hold := (sequence, buffer)
 *   W2  full fence                             A2  full fence
 *   W3  read every lane's hold words           A3  read generation: exactly the sequence, or step back
 *
 * W2 and A2 are both sequentially consistent, so at least one side sees the other: either the consumer
 * reads CLOSED and steps back, or the producer reads the hold and leaves the buffer alone.
 */
#include <errno.h>
#include <poll.h>

#include "clock.h"
#include "error.h"
#include "fault_points.h"
#include "hot.h"
#include "probes.h"
#include "producer/producer.h"

/*
 * A consumer that announced a lease too late takes it back within nanoseconds; look again so often before
 * taking its word for a lease.
 */
#define WITHDRAW_LOOKS 4

ZCF_HOT static void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/*
 * When the lease in a hold word that is new to us began. The consumer's own statement is taken where it is
 * possible: after the frame was published, and not later than now.
 */
ZCF_HOT static uint64_t lease_start(const struct zcf_lane *memory, uint32_t slot, const struct zcf_buffer *buffer,
				    uint64_t now_ns)
{
	uint64_t stated_ns = atomic_load_explicit(&memory->leases[slot].start_ns, memory_order_relaxed);

	/* We may have been interrupted since the clock was read: what began meanwhile began after now_ns. */
	if (stated_ns < buffer->publish_ns || stated_ns > now_ns)
		now_ns = zcf_now_ns();
	return stated_ns >= buffer->publish_ns && stated_ns <= now_ns ? stated_ns : now_ns;
}

/* Whether more than a time has passed since a start, which may lie after a clock that was read a while ago. */
ZCF_HOT static bool has_passed(uint64_t now_ns, uint64_t start_ns, uint64_t time_ns)
{
	return now_ns > start_ns && now_ns - start_ns > time_ns;
}

/* A lease ends at its own deadline; one on a closed frame also when no lease on it can be in time any more. */
ZCF_HOT static bool lease_is_overdue(const struct zcf_producer *producer, const struct zcf_producer_lane *lane,
				     const struct zcf_producer_lease *lease, const struct zcf_buffer *buffer,
				     uint64_t now_ns)
{
	if (has_passed(now_ns, lease->start_ns, lane->lease_deadline_ns))
		return true;
	return buffer->closed && has_passed(now_ns, buffer->closed_ns, producer->board->lease_deadline_ns);
}

/* Read one lane's hold words, once each, and note those that name a frame that is really there. */
ZCF_HOT static void scan_lane(struct zcf_producer *producer, struct zcf_producer_lane *lane, uint64_t now_ns)
{
	const struct zcf_pool *pool = producer->pool;

	for (uint32_t slot = 0; slot < lane->max_leases; slot++) {
		struct zcf_producer_lease *lease = &lane->holds[slot].lease;
		/* W3. Acquire pairs with the release in R2 (consumer/lease.c): its reads of the pixels are over. */
		uint64_t word = atomic_load_explicit(&lane->memory->leases[slot].hold, memory_order_acquire);
		uint32_t index = zcf_frame_word_buffer(word);
		const struct zcf_buffer *buffer = index < pool->buffer_count ? &pool->buffers[index] : NULL;

		if (lane->holds[slot].seen.word != word)
			lane->holds[slot].seen = (struct zcf_producer_lease){word, now_ns};
		if (!buffer || buffer->place != ZCF_BUFFER_PUBLISHED ||
		    buffer->sequence != zcf_frame_word_sequence(word)) {
			lease->word = 0;
			continue;
		}
		if (lease->word != word)
			*lease = (struct zcf_producer_lease){word, lease_start(lane->memory, slot, buffer, now_ns)};
		producer->holders[index] |= UINT64_C(1) << lane->index;
		if (lease_is_overdue(producer, lane, lease, buffer, now_ns))
			producer->overdue_holders[index] |= UINT64_C(1) << lane->index;
	}
}

ZCF_HOT void zcf_producer_scan_leases(struct zcf_producer *producer, uint64_t now_ns)
{
	uint64_t lanes = producer->lanes_in_use;

	for (uint32_t i = 0; i < producer->pool->buffer_count; i++)
		producer->holders[i] = producer->overdue_holders[i] = 0;
	while (lanes)
		scan_lane(producer, &producer->lanes[zcf_take_lane(&lanes)], now_ns);
}

ZCF_HOT static _Atomic uint64_t *generation_of(struct zcf_producer *producer, const struct zcf_buffer *buffer)
{
	return &producer->board->slots[buffer->index].generation;
}

/* Tell those who lost a lease, in the snapshot and to the listener. */
static void count_revocations(struct zcf_producer *producer, const struct zcf_buffer *buffer)
{
	uint64_t losers = producer->holders[buffer->index];

	while (losers) {
		struct zcf_producer_lane *lane = &producer->lanes[zcf_take_lane(&losers)];

		lane->revoked++;
		producer->revoked++;
		zcf_handover_count(producer, lane);
		ZCF_PROBE_REVOKE(producer->channel, buffer->sequence, buffer->index, lane->pid);
		zcf_producer_report(producer, ZCF_EVENT_REVOKED, lane, buffer->sequence,
				    "the consumer held a frame past its deadline");
	}
}

/* Offer a frame again whose withdrawal did not succeed. */
static void reoffer(struct zcf_producer *producer, struct zcf_buffer *buffer, uint64_t now_ns)
{
	if (buffer->closed)
		return;
	/* As P1. Release pairs with A3. */
	atomic_store_explicit(generation_of(producer, buffer), buffer->sequence, memory_order_release);
	/* Somebody may have looked while the newest frame was closed, and gone to sleep. */
	if (buffer == producer->newest)
		zcf_producer_wake(producer, now_ns);
}

/*
 * Take a published buffer back, if nobody holds a lease on it that is in time. Leases past their deadline are
 * revoked. Returns whether it is free now.
 */
ZCF_HOT static bool withdraw(struct zcf_producer *producer, struct zcf_buffer *buffer, uint64_t now_ns)
{
	_Atomic uint64_t *generation = generation_of(producer, buffer);
	uint64_t in_time = 0;

	/* W1. Pairs with A3: who reads it takes no lease. */
	atomic_store_explicit(generation, buffer->sequence | ZCF_GENERATION_CLOSED, memory_order_relaxed);
	ZCF_FAULT_POINT(W1);
	/* W2. Pairs with the fence A2. */
	atomic_thread_fence(memory_order_seq_cst);
	ZCF_FAULT_POINT(W2);
	for (int look = 0; look < WITHDRAW_LOOKS; look++) {
		zcf_producer_scan_leases(producer, now_ns); /* W3 */
		in_time = producer->holders[buffer->index] & ~producer->overdue_holders[buffer->index];
		if (!in_time)
			break;
		cpu_relax();
	}
	ZCF_FAULT_POINT(W3);
	if (in_time) {
		reoffer(producer, buffer, now_ns);
		return false;
	}
	/* W4. Whoever still reads learns from it (V2 in consumer/lease.c) that the frame is void. */
	atomic_store_explicit(generation, buffer->sequence | ZCF_GENERATION_GONE, memory_order_relaxed);
	ZCF_FAULT_POINT(W4);
	/* W5. What the source and publish() write from here on is written after W4. Pairs with the fence V1. */
	atomic_thread_fence(memory_order_seq_cst);
	ZCF_FAULT_POINT(W5);
	if (producer->holders[buffer->index])
		count_revocations(producer, buffer);
	buffer->place = ZCF_BUFFER_FREE;
	if (producer->newest == buffer)
		producer->newest = NULL;
	return true;
}

/*
 * Frames that are not the newest and whose every holder is past its deadline go at once. A frame that is
 * still held a deadline after a newer one came is closed for good, so that consumers who come one after the other, or
 * one that takes the same lease again and again, cannot keep it for ever.
 */
ZCF_HOT static void enforce_deadlines(struct zcf_producer *producer, uint64_t now_ns)
{
	for (uint32_t i = 0; i < producer->pool->buffer_count; i++) {
		struct zcf_buffer *buffer = &producer->pool->buffers[i];

		if (buffer->place != ZCF_BUFFER_PUBLISHED || buffer == producer->newest || !producer->holders[i])
			continue;
		if (!buffer->closed && now_ns - buffer->superseded_ns > producer->board->lease_deadline_ns) {
			buffer->closed = true;
			/* As W1, and without W2: nothing is concluded from it before withdraw() makes both. */
			atomic_store_explicit(generation_of(producer, buffer), buffer->sequence | ZCF_GENERATION_CLOSED,
					      memory_order_relaxed);
			/* Not now_ns, which may be a while ago: leases could begin until here. */
			buffer->closed_ns = zcf_now_ns();
		}
		if (producer->holders[i] == producer->overdue_holders[i])
			withdraw(producer, buffer, now_ns);
	}
}

ZCF_HOT static struct zcf_buffer *find_free(struct zcf_pool *pool)
{
	for (uint32_t i = 0; i < pool->buffer_count; i++)
		if (pool->buffers[i].place == ZCF_BUFFER_FREE)
			return &pool->buffers[i];
	return NULL;
}

/* The oldest frame behind `after` that nobody seems to hold, leaving out the newest. */
ZCF_HOT static struct zcf_buffer *find_unheld(struct zcf_producer *producer, uint64_t after)
{
	struct zcf_buffer *oldest = NULL;

	for (uint32_t i = 0; i < producer->pool->buffer_count; i++) {
		struct zcf_buffer *buffer = &producer->pool->buffers[i];

		if (buffer->place == ZCF_BUFFER_PUBLISHED && buffer != producer->newest && buffer->sequence > after &&
		    !producer->holders[i] && (!oldest || buffer->sequence < oldest->sequence))
			oldest = buffer;
	}
	return oldest;
}

ZCF_HOT static struct zcf_buffer *reclaim(struct zcf_producer *producer, uint32_t flags, uint64_t now_ns)
{
	struct zcf_buffer *buffer;

	zcf_producer_scan_leases(producer, now_ns);
	enforce_deadlines(producer, now_ns);
	buffer = find_free(producer->pool);
	if (buffer)
		return buffer;
	buffer = find_unheld(producer, 0);
	while (buffer && !withdraw(producer, buffer, now_ns))
		buffer = find_unheld(producer, buffer->sequence);
	if (buffer)
		return buffer;
	buffer = producer->newest;
	if (buffer && !(flags & ZCF_DEQUEUE_KEEP_NEWEST) &&
	    producer->holders[buffer->index] == producer->overdue_holders[buffer->index] &&
	    withdraw(producer, buffer, now_ns))
		return buffer;
	return NULL;
}

static bool source_has_the_rest(const struct zcf_producer *producer)
{
	for (uint32_t i = 0; i < producer->pool->buffer_count; i++)
		if (producer->holders[i])
			return false;
	return true;
}

static struct zcf_buffer *wait_for_release(struct zcf_producer *producer, uint32_t flags, int64_t timeout_ns)
{
	uint64_t until_ns = zcf_deadline_ns(timeout_ns);
	struct zcf_buffer *buffer = NULL;

	for (;;) {
		uint64_t now_ns = zcf_now_ns();

		/* B1, B2. Pairs with R2, R3 in consumer/lease.c: the consumer sees this word, or we see its release. */
		atomic_store_explicit(&producer->board->producer_waits, 1, memory_order_relaxed);
		ZCF_FAULT_POINT(B1);
		atomic_thread_fence(memory_order_seq_cst);
		ZCF_FAULT_POINT(B2);
		buffer = reclaim(producer, flags, now_ns);
		if (buffer || now_ns >= until_ns)
			break;
		/* Wake at the latest to look at deadlines again. */
		uint64_t nap_ns = producer->board->lease_deadline_ns / 4 + ZCF_NS_PER_MS;
		struct timespec nap = zcf_timespec_from_ns(until_ns - now_ns < nap_ns ? until_ns - now_ns : nap_ns);
		struct pollfd poll_fd = {.fd = producer->epoll_fd, .events = POLLIN};
		ppoll(&poll_fd, 1, &nap, NULL);
		zcf_producer_dispatch(producer);
	}
	/* R3 may see it late, and ring once too often. */
	atomic_store_explicit(&producer->board->producer_waits, 0, memory_order_relaxed);
	return buffer;
}

ZCF_HOT int zcf_producer_reclaim(struct zcf_producer *producer, uint32_t flags, struct zcf_buffer **ret_buffer)
{
	struct zcf_buffer *buffer = reclaim(producer, flags, zcf_now_ns());

	if (!buffer)
		return -EAGAIN;
	buffer->place = ZCF_BUFFER_WITH_SOURCE;
	*ret_buffer = buffer;
	return 0;
}

ZCF_HOT int zcf_producer_dequeue(struct zcf_producer *producer, uint32_t flags, int64_t timeout_ns,
				 struct zcf_buffer **ret_buffer)
{
	struct zcf_buffer *buffer = reclaim(producer, flags, zcf_now_ns());

	if (!buffer && timeout_ns != 0 && !source_has_the_rest(producer))
		buffer = wait_for_release(producer, flags, timeout_ns);
	if (!buffer && source_has_the_rest(producer))
		return zcf_fail(-EBUSY, "channel %s: the source has every buffer that could be given to it",
				producer->channel);
	if (!buffer) {
		zcf_producer_skip(producer, 1);
		return zcf_fail(-ENOBUFS, "channel %s: consumers hold every buffer; `zcf top` shows who",
				producer->channel);
	}
	buffer->place = ZCF_BUFFER_WITH_SOURCE;
	*ret_buffer = buffer;
	return 0;
}

void zcf_producer_skip(struct zcf_producer *producer, uint64_t frame_count)
{
	uint64_t charged = 0;

	zcf_producer_scan_leases(producer, zcf_now_ns());
	producer->skipped += frame_count;
	producer->unreported_skips += frame_count;
	ZCF_PROBE_SKIP(producer->channel, frame_count);
	for (uint32_t i = 0; i < producer->pool->buffer_count; i++) {
		uint64_t holders = producer->holders[i] & ~charged;

		charged |= holders;
		while (holders) {
			struct zcf_producer_lane *lane = &producer->lanes[zcf_take_lane(&holders)];

			lane->skips_caused += frame_count;
			zcf_handover_count(producer, lane);
			zcf_producer_report(producer, ZCF_EVENT_SKIPPED, lane, producer->pool->buffers[i].sequence,
					    "a camera frame was lost while the consumer held a buffer");
		}
	}
}
