/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file lane.h
 * The lane: one page that a consumer writes and its producer reads, seen by nobody else. It is the only
 * memory that a consumer can write, so the producer takes every word of it for input: read once, checked,
 * never trusted.
 *
 * This is an ABI between processes. Change it together with docs/protocol.md and ZCF_PROTOCOL_MAJOR or
 * _MINOR.
 */
#ifndef ZCF_ABI_LANE_H
#define ZCF_ABI_LANE_H

#include <assert.h>
#include <stdatomic.h>

#include "zcframe/snapshot.h"
#include "zcframe/types.h"

#define ZCF_LANE_SIZE 4096

/* How the consumer waits for a frame, in zcf_lane.waiting. */
enum zcf_lane_waiting {
	ZCF_LANE_AWAKE = 0,
	ZCF_LANE_SLEEPS_IN_FUTEX = 1, /* Wake it through the board's event word. */
	ZCF_LANE_SLEEPS_IN_POLL = 2,  /* Wake it by a message on its socket. */
};

/*
 * The `waiting` word: the mode in its low byte and above it a count of how often the consumer has gone to
 * sleep, so that one sleep in poll() gets one notice, however many frames pass.
 */
static inline uint32_t zcf_lane_waiting_word(enum zcf_lane_waiting mode, uint32_t sleep_count)
{
	return (uint32_t)mode | sleep_count << 8;
}

static inline enum zcf_lane_waiting zcf_lane_waiting_mode(uint32_t waiting)
{
	return (enum zcf_lane_waiting)(waiting & 0xff);
}

/* A consumer's bit in the futex bitset. With more than 32 consumers two share one and wake together. */
static inline uint32_t zcf_lane_futex_bit(uint32_t lane_index)
{
	return UINT32_C(1) << lane_index % 32;
}

struct zcf_lane_lease {
	_Atomic uint64_t hold;     /* Frame word; 0: no lease. */
	_Atomic uint64_t start_ns; /* When the lease began, CLOCK_MONOTONIC; 0 if the consumer has not said yet. */
};

/*
 * What the producer reads for each frame comes first: of a consumer with one lease or two it is one cache line, which
 * has to come from the consumer's processor.
 */
struct zcf_lane {
	/* What the consumer waits for: a frame of at least this sequence and publish time. */
	_Atomic uint32_t waiting;
	uint32_t reserved_waiting;
	_Atomic uint64_t want_sequence;
	_Atomic uint64_t want_time_ns;
	uint8_t reserved_want[8];
	struct zcf_lane_lease leases[ZCF_MAX_LEASES];
	uint8_t reserved_leases[32];
	/* The consumer's own statistics, for display only. */
	_Atomic uint64_t acquired;
	_Atomic uint64_t stale;
	_Atomic uint64_t missed;
	_Atomic uint64_t last_acquire_ns;
	_Atomic uint64_t copied;
	uint8_t reserved_statistics[24];
	_Atomic uint32_t latency_counts[ZCF_LATENCY_BUCKETS];
};

static_assert(offsetof(struct zcf_lane, waiting) == 0, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, want_sequence) == 8, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, want_time_ns) == 16, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, leases) == 32, "docs/protocol.md");
static_assert(sizeof(struct zcf_lane_lease) == 16, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane_lease, hold) == 0, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane_lease, start_ns) == 8, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, acquired) == 192, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, stale) == 200, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, missed) == 208, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, last_acquire_ns) == 216, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, copied) == 224, "docs/protocol.md");
static_assert(offsetof(struct zcf_lane, latency_counts) == 256, "docs/protocol.md");
static_assert(sizeof(struct zcf_lane) == 768, "docs/protocol.md");
static_assert(sizeof(struct zcf_lane) <= ZCF_LANE_SIZE, "a lane is one page");

#endif
