/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeping until a wanted frame comes: all consumers on one word of the board, each with a bit of its own. */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "consumer/consumer.h"
#include "fault_points.h"

/*
 * The longest single sleep: then we look whether the producer still lives. As a rule a frame comes first. It is
 * short because any process that may attach can, with FUTEX_REQUEUE, take sleepers off the word
 * (docs/security.md): then this is how long they sleep at most.
 */
#define LONGEST_SLEEP_NS  (250 * ZCF_NS_PER_MS)
#define SHORTEST_SLEEP_NS (20 * ZCF_NS_PER_MS)
/* How often one that spins looks whether the producer still lives: that takes a system call. */
#define SPIN_CHECK_INTERVAL_NS (10 * ZCF_NS_PER_MS)

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

ZCF_HOT static uint64_t sleep_limit_ns(const struct zcf_consumer *consumer)
{
	uint64_t limit_ns = 2 * zcf_rate_interval_ns(consumer);

	if (limit_ns == 0 || limit_ns > LONGEST_SLEEP_NS)
		return LONGEST_SLEEP_NS;
	return limit_ns < SHORTEST_SLEEP_NS ? SHORTEST_SLEEP_NS : limit_ns;
}

ZCF_HOT bool zcf_consumer_take_interrupt(struct zcf_consumer *consumer)
{
	/* Acquire pairs with the store in zcf_consumer_interrupt(): what its caller did before is done. */
	return atomic_load_explicit(&consumer->interrupted, memory_order_relaxed) &&
	       atomic_exchange_explicit(&consumer->interrupted, 0, memory_order_acquire);
}

void zcf_consumer_interrupt(struct zcf_consumer *consumer)
{
	/* This store and the load below pair with those of sleep_for_frame(), crosswise: one of us sees the other. */
	atomic_store_explicit(&consumer->interrupted, 1, memory_order_seq_cst);
	/* If the sleeper has gone and unmapped the word meanwhile, the kernel finds nobody there. */
	const _Atomic uint32_t *word = atomic_load_explicit(&consumer->sleeping_on, memory_order_seq_cst);
	if (word)
		syscall(SYS_futex, word, FUTEX_WAKE, ZCF_MAX_CONSUMERS, NULL, NULL, 0);
}

ZCF_HOT void zcf_consumer_announce_wait(struct zcf_consumer *consumer, enum zcf_lane_waiting mode)
{
	struct zcf_lane *lane = consumer->attachment->lane;

	atomic_store_explicit(&lane->want_sequence, zcf_rate_next_sequence(consumer), memory_order_relaxed);
	atomic_store_explicit(&lane->want_time_ns, zcf_rate_next_time_ns(consumer), memory_order_relaxed);
	/* S1. Release pairs with P5: who sees that we wait sees for what. */
	atomic_store_explicit(&lane->waiting, zcf_lane_waiting_word(mode, ++consumer->sleep_count),
			      memory_order_release);
	ZCF_FAULT_POINT(S1);
	/* S2. Pairs with the fence P4: the producer sees S1, or we see its frame when we look again. */
	atomic_thread_fence(memory_order_seq_cst);
	ZCF_FAULT_POINT(S2);
}

/* Whether there is something to look at: a frame, an interrupt, or no producer any more. */
static bool spin(struct zcf_consumer *consumer, uint64_t now_ns, uint64_t until_ns)
{
	const struct zcf_attachment *attachment = consumer->attachment;
	uint64_t check_ns = now_ns + SPIN_CHECK_INTERVAL_NS;

	do {
		for (int i = 0; i < 64; i++) {
			if (zcf_consumer_sees_frame(consumer))
				return true;
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#elif defined(__aarch64__)
			__asm__ volatile("yield");
#endif
		}
		if (atomic_load_explicit(&consumer->interrupted, memory_order_relaxed))
			return true;
		now_ns = zcf_now_ns();
		if (now_ns >= check_ns) {
			if (!zcf_consumer_check_link(consumer) || consumer->attachment != attachment)
				return true;
			check_ns = now_ns + SPIN_CHECK_INTERVAL_NS;
		}
	} while (now_ns < until_ns);
	return false;
}

/* That many nanoseconds from then, or earlier. */
static uint64_t spin_end_ns(uint64_t now_ns, uint64_t spin_ns, uint64_t until_ns)
{
	return now_ns + spin_ns < now_ns ? until_ns : earlier(now_ns + spin_ns, until_ns);
}

ZCF_HOT static long futex_wait(const _Atomic uint32_t *word, uint32_t expected, uint64_t until_ns, uint32_t bits)
{
	struct timespec until = zcf_timespec_from_ns(until_ns);

	return syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, &until, NULL, bits) < 0 ? -errno : 0;
}

/* 0: woken; -EAGAIN: there was something to look at, no sleep; -ETIMEDOUT, -EINTR. */
ZCF_HOT static long sleep_for_frame(struct zcf_consumer *consumer, uint64_t until_ns)
{
	struct zcf_attachment *attachment = consumer->attachment;
	const _Atomic uint32_t *event_word = &attachment->board->event;
	long result = -EAGAIN;

	/* S0. Acquire pairs with P3. Read before we look, so that an event after our look fails the futex's comparison.
	 */
	uint32_t event = atomic_load_explicit(event_word, memory_order_acquire);
	ZCF_FAULT_POINT(S0);
	/* This store and the load of `interrupted` below pair with those of zcf_consumer_interrupt(). */
	atomic_store_explicit(&consumer->sleeping_on, event_word, memory_order_seq_cst);
	zcf_consumer_announce_wait(consumer, ZCF_LANE_SLEEPS_IN_FUTEX);
	if (!zcf_consumer_sees_frame(consumer) && !atomic_load_explicit(&consumer->interrupted, memory_order_seq_cst))
		result = futex_wait(event_word, event, earlier(until_ns, zcf_now_ns() + sleep_limit_ns(consumer)),
				    zcf_lane_futex_bit(attachment->lane_index));
	ZCF_FAULT_POINT(S3);
	/* P5 may see it late, and wake us once too often. */
	atomic_store_explicit(&attachment->lane->waiting, ZCF_LANE_AWAKE, memory_order_relaxed);
	atomic_store_explicit(&consumer->sleeping_on, NULL, memory_order_relaxed);
	return result;
}

/*
 * Sleep until shortly before the frame is due, then spin: to the producer we are awake by then, and it makes no call to
 * wake us. Returns 0 if there is something to look at, -EINTR, or -EAGAIN: sleep as usual.
 */
static int anticipate(struct zcf_consumer *consumer, uint64_t until_ns)
{
	struct zcf_beat *beat = &consumer->beat;
	uint64_t now_ns = zcf_now_ns();
	struct zcf_beat_window window;

	if (!zcf_beat_plan(beat, now_ns, &window) || window.end_ns > until_ns)
		return -EAGAIN;
	if (now_ns < window.wake_ns) {
		if (sleep_for_frame(consumer, window.wake_ns) == -EINTR)
			return -EINTR;
		now_ns = zcf_now_ns();
		/* If the frame came first, the sleep would have ended even later. */
		if (now_ns >= window.wake_ns)
			zcf_beat_woke(beat, window.wake_ns, now_ns);
		if (zcf_consumer_sees_frame(consumer))
			return 0;
		if (now_ns < window.wake_ns)
			return -EAGAIN;
	}
	bool found = spin(consumer, now_ns, spin_end_ns(now_ns, beat->limit_ns, window.end_ns));
	zcf_beat_spun(beat, found);
	return found ? 0 : -EAGAIN;
}

ZCF_HOT int zcf_consumer_wait_for_frame(struct zcf_consumer *consumer, uint64_t until_ns)
{
	if (consumer->spin_ns) {
		uint64_t now_ns = zcf_now_ns();
		if (spin(consumer, now_ns, spin_end_ns(now_ns, consumer->spin_ns, until_ns)))
			return 0;
	}
	if (consumer->beat.limit_ns) {
		int result = anticipate(consumer, until_ns);
		if (result != -EAGAIN)
			return result;
	}
	if (sleep_for_frame(consumer, until_ns) == -EINTR)
		return -EINTR;
	/*
	 * Not woken by a frame that can be taken: is there still anybody who could publish one? That a newer one is on
	 * the board is no answer: if it was withdrawn, or is not wanted, and the producer has gone, it stays there.
	 */
	if (!zcf_consumer_sees_newest(consumer) && !zcf_consumer_sees_frame(consumer))
		zcf_consumer_check_link(consumer);
	return 0;
}

int zcf_consumer_wait_for_producer(struct zcf_consumer *consumer, uint64_t until_ns)
{
	uint64_t now_ns = zcf_now_ns();
	uint64_t wake_ns = consumer->pending_fd >= 0 ? now_ns + LONGEST_SLEEP_NS : consumer->next_attempt_ns;
	struct pollfd poll_fd = {.fd = consumer->pending_fd, .events = POLLIN};

	wake_ns = earlier(wake_ns, until_ns);
	if (wake_ns <= now_ns)
		return 0;
	struct timespec rest = zcf_timespec_from_ns(wake_ns - now_ns);
	return ppoll(&poll_fd, 1, &rest, NULL) < 0 && errno == EINTR ? -EINTR : 0;
}
