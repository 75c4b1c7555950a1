/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file board.h
 * The board: a channel's control memory. The producer writes it; consumers map it read-only.
 *
 * This is an ABI between processes. Change it together with docs/protocol.md and ZCF_PROTOCOL_MAJOR or
 * _MINOR. Only fixed-width fields, no padding that is not named, offsets asserted below.
 */
#ifndef ZCF_ABI_BOARD_H
#define ZCF_ABI_BOARD_H

#include <assert.h>
#include <stdatomic.h>

#include "zcframe/types.h"

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics are shared between processes");
static_assert(ATOMIC_INT_LOCK_FREE == 2, "32-bit atomics are shared between processes");

#define ZCF_BOARD_MAGIC UINT64_C(0x31445242464c435a) /* "ZCLFBRD1" in memory */

/*
 * A frame in one word: its sequence and the buffer that it is in. The head word and the hold words of the
 * lanes are of this form; 0 is "none", since sequences begin at 1. Sequences have 54 bits: at a million
 * frames a second that is 570 years.
 */
#define ZCF_FRAME_WORD_INDEX_BITS 8
#define ZCF_SEQUENCE_MAX          ((UINT64_C(1) << 54) - 1)

static inline uint64_t zcf_frame_word(uint64_t sequence, uint32_t buffer_index)
{
	return sequence << ZCF_FRAME_WORD_INDEX_BITS | buffer_index;
}

static inline uint64_t zcf_frame_word_sequence(uint64_t word)
{
	return word >> ZCF_FRAME_WORD_INDEX_BITS;
}

static inline uint32_t zcf_frame_word_buffer(uint64_t word)
{
	return word & ((1u << ZCF_FRAME_WORD_INDEX_BITS) - 1);
}

static_assert(ZCF_MAX_BUFFERS <= 1 << ZCF_FRAME_WORD_INDEX_BITS, "a buffer index fits into a frame word");

/*
 * A slot's generation word: the sequence of the frame in the buffer, and how far its withdrawal has come.
 *
 *   sequence            offered: a consumer may take a lease
 *   sequence + CLOSED   no new leases; those that exist are valid
 *   sequence + GONE     the source has the buffer, or will: every reader's data is void
 */
#define ZCF_GENERATION_CLOSED   (UINT64_C(1) << 63)
#define ZCF_GENERATION_GONE     (UINT64_C(1) << 62)
#define ZCF_GENERATION_SEQUENCE (~(ZCF_GENERATION_CLOSED | ZCF_GENERATION_GONE))

/*
 * What the producer says about one frame. Read as a whole, under the rule of docs/protocol.md, "Descriptor". As a rule
 * a frame has the channel's format, and its descriptor is in one cache line with the generation word.
 */
struct zcf_frame_descriptor {
	uint64_t frame_number;
	uint64_t capture_time_ns;
	int64_t capture_wall_ns;
	uint64_t publish_time_ns;
	uint64_t bytes_used;
	int32_t camera_id;
	float brightness_avg;
	uint32_t skipped_before; /* UINT32_MAX: that many or more. */
	uint32_t flags;
	struct zcf_format format; /* With ZCF_DESCRIPTOR_HAS_FORMAT only; else the board's. */
};

#define ZCF_DESCRIPTOR_CORRECTION_APPLIED (UINT32_C(1) << 0)
#define ZCF_DESCRIPTOR_HAS_FORMAT         (UINT32_C(1) << 1)

#define ZCF_DESCRIPTOR_WORDS              (sizeof(struct zcf_frame_descriptor) / sizeof(uint64_t))
/* Those before the format. */
#define ZCF_DESCRIPTOR_HEAD_WORDS (offsetof(struct zcf_frame_descriptor, format) / sizeof(uint64_t))

/* What a backend needs to map a buffer in another process, beside the descriptor that may travel with it. */
#define ZCF_BUFFER_HANDLE_SIZE 192

struct zcf_buffer_record {
	int32_t share_id[ZCF_MAX_PLANES];
	uint64_t size_bytes;
	uint32_t handle_size;
	uint32_t reserved;
	uint8_t handle[ZCF_BUFFER_HANDLE_SIZE]; /* For hbmem: the vendor's own struct. Empty for memfd. */
};

struct zcf_board_slot {
	_Atomic uint64_t generation;
	_Atomic uint64_t descriptor[ZCF_DESCRIPTOR_WORDS];
	struct zcf_buffer_record record; /* Constant once the buffer has been published. */
	uint8_t reserved[40];
};

struct zcf_board {
	/* Constant once a consumer can see it. */
	uint64_t magic;
	uint32_t protocol_major;
	uint32_t protocol_minor;
	uint64_t board_size_bytes;
	uint64_t epoch;
	uint64_t frame_interval_ns;
	uint64_t lease_deadline_ns;
	uint32_t slots_offset_bytes;
	uint32_t slot_size_bytes;
	uint32_t buffer_count;
	int32_t producer_pid;
	char channel[ZCF_CHANNEL_NAME_SIZE];
	char backend[16];
	struct zcf_format format;
	uint8_t reserved_constant[120];
	/* The head: a cache line of its own, written with every frame. */
	_Atomic uint64_t newest;         /* Frame word of the newest frame; 0: none yet. */
	_Atomic uint32_t event;          /* Futex word: changes whenever sleepers should look again. */
	_Atomic uint32_t producer_waits; /* 1: ring when releasing, the producer sleeps for a buffer. */
	_Atomic uint32_t source_state;   /* enum zcf_source_state */
	_Atomic uint32_t hangups;        /* Changes whenever a consumer was expelled: each looks whether it was it. */
	uint8_t reserved_head[40];
	struct zcf_board_slot slots[]; /* buffer_count of them. */
};

static_assert(sizeof(struct zcf_plane) == 24, "docs/protocol.md");
static_assert(offsetof(struct zcf_plane, size_bytes) == 8, "docs/protocol.md");
static_assert(offsetof(struct zcf_plane, stride_bytes) == 16, "docs/protocol.md");
static_assert(sizeof(struct zcf_format) == 120, "docs/protocol.md");
static_assert(offsetof(struct zcf_format, planes) == 16, "docs/protocol.md");
static_assert(offsetof(struct zcf_format, size_bytes) == 112, "docs/protocol.md");

static_assert(sizeof(struct zcf_frame_descriptor) == 176, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, frame_number) == 0, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, capture_time_ns) == 8, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, capture_wall_ns) == 16, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, publish_time_ns) == 24, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, bytes_used) == 32, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, camera_id) == 40, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, brightness_avg) == 44, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, skipped_before) == 48, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, flags) == 52, "docs/protocol.md");
static_assert(offsetof(struct zcf_frame_descriptor, format) == 56, "docs/protocol.md");
static_assert(ZCF_DESCRIPTOR_HEAD_WORDS == 7, "with the generation word, a cache line");

static_assert(sizeof(struct zcf_buffer_record) == 224, "docs/protocol.md");
static_assert(offsetof(struct zcf_buffer_record, size_bytes) == 16, "docs/protocol.md");
static_assert(offsetof(struct zcf_buffer_record, handle_size) == 24, "docs/protocol.md");
static_assert(offsetof(struct zcf_buffer_record, handle) == 32, "docs/protocol.md");

static_assert(sizeof(struct zcf_board_slot) == 448, "docs/protocol.md");
static_assert(offsetof(struct zcf_board_slot, generation) == 0, "docs/protocol.md");
static_assert(offsetof(struct zcf_board_slot, descriptor) == 8, "docs/protocol.md");
static_assert(offsetof(struct zcf_board_slot, record) == 184, "docs/protocol.md");

static_assert(offsetof(struct zcf_board, magic) == 0, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, protocol_major) == 8, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, protocol_minor) == 12, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, board_size_bytes) == 16, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, epoch) == 24, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, frame_interval_ns) == 32, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, lease_deadline_ns) == 40, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, slots_offset_bytes) == 48, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, slot_size_bytes) == 52, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, buffer_count) == 56, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, producer_pid) == 60, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, channel) == 64, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, backend) == 128, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, format) == 144, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, newest) == 384, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, event) == 392, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, producer_waits) == 396, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, source_state) == 400, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, hangups) == 404, "docs/protocol.md");
static_assert(offsetof(struct zcf_board, slots) == 448, "docs/protocol.md");

#endif
