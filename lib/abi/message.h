/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file message.h
 * The messages on a channel's control socket (SOCK_SEQPACKET: one message, one datagram).
 *
 *   consumer                              producer
 *   HELLO (attach)            ->
 *                             <-          WELCOME with descriptors: board, lane, each buffer
 *                             <-          or REFUSED with an error and a sentence, then end of file
 *   ATTACHED                  ->                   it has what WELCOME brought
 *                             <-          NOTICE   a wanted frame is there (if the consumer sleeps in poll)
 *   RELEASED                  ->                   (if the producer said that it waits for a buffer)
 *                             <-          WELCOME  again, from a successor that took the socket over: new
 *                                                  memory, the same epoch
 *   end of file               ->                   the consumer is gone, its leases with it
 *
 *   HELLO (query)             ->
 *                             <-          SNAPSHOT, then end of file
 *
 * This is an ABI between processes. The header never changes; all else may, with the protocol's numbers.
 */
#ifndef ZCF_ABI_MESSAGE_H
#define ZCF_ABI_MESSAGE_H

#include <assert.h>

#include "zcframe/snapshot.h"
#include "zcframe/types.h"

#define ZCF_MESSAGE_MAGIC UINT32_C(0x4d46435a) /* "ZCFM" in memory */

enum zcf_message_type {
	ZCF_MESSAGE_HELLO = 1,
	ZCF_MESSAGE_WELCOME = 2,
	ZCF_MESSAGE_REFUSED = 3,
	ZCF_MESSAGE_SNAPSHOT = 4,
	ZCF_MESSAGE_NOTICE = 5,
	ZCF_MESSAGE_RELEASED = 6,
	ZCF_MESSAGE_ATTACHED = 7,
};

enum zcf_hello_purpose {
	ZCF_HELLO_ATTACH = 1,
	ZCF_HELLO_QUERY = 2,
};

/* zcf_message_hello.flags */
#define ZCF_HELLO_COPIES_OUT (UINT32_C(1) << 0) /* Holds each frame only while it copies it; for display. */

struct zcf_message_header {
	uint32_t magic;
	uint16_t type;
	uint16_t protocol_major;
	uint16_t protocol_minor;
	uint16_t reserved;
	uint32_t size_bytes; /* Of the whole message. */
};

struct zcf_message_hello {
	struct zcf_message_header header;
	uint32_t purpose;
	uint32_t rate; /* enum zcf_rate; for display, the lane says what the consumer waits for */
	uint32_t rate_value;
	uint32_t max_leases;
	uint64_t lease_deadline_ns; /* 0: the channel's */
	char label[ZCF_LABEL_SIZE];
	uint32_t flags; /* ZCF_HELLO_...; others are ignored */
	uint32_t reserved;
};

struct zcf_message_welcome {
	struct zcf_message_header header;
	uint32_t lane_index; /* Bit (lane_index % 32) of the futex bitset is this consumer's. */
	uint32_t max_leases;
	uint64_t lease_deadline_ns;
	uint64_t board_size_bytes;
	uint32_t buffer_count;   /* So many descriptors follow those of board and lane. */
	uint32_t granted_leases; /* To all consumers together, this one included. */
};

struct zcf_message_refused {
	struct zcf_message_header header;
	int32_t error; /* negative errno */
	uint32_t reserved;
	char detail[232];
};

struct zcf_message_snapshot {
	struct zcf_message_header header;
	struct zcf_snapshot snapshot; /* As long as it has consumers. */
};

/* Descriptors that travel with WELCOME before those of the buffers. */
#define ZCF_WELCOME_BOARD_FD   0
#define ZCF_WELCOME_LANE_FD    1
#define ZCF_WELCOME_BUFFER_FDS 2
#define ZCF_WELCOME_MAX_FDS    (ZCF_WELCOME_BUFFER_FDS + ZCF_MAX_BUFFERS)

static_assert(sizeof(struct zcf_message_header) == 16, "docs/protocol.md");
static_assert(sizeof(struct zcf_message_hello) == 80, "docs/protocol.md");
static_assert(offsetof(struct zcf_message_hello, lease_deadline_ns) == 32, "docs/protocol.md");
static_assert(offsetof(struct zcf_message_hello, label) == 40, "docs/protocol.md");
static_assert(offsetof(struct zcf_message_hello, flags) == 72, "docs/protocol.md");
static_assert(sizeof(struct zcf_message_welcome) == 48, "docs/protocol.md");
static_assert(offsetof(struct zcf_message_welcome, lease_deadline_ns) == 24, "docs/protocol.md");
static_assert(offsetof(struct zcf_message_welcome, buffer_count) == 40, "docs/protocol.md");
static_assert(offsetof(struct zcf_message_welcome, granted_leases) == 44, "docs/protocol.md");
static_assert(sizeof(struct zcf_message_refused) == 256, "docs/protocol.md");
static_assert(sizeof(struct zcf_snapshot_lease) == 24, "docs/protocol.md");
static_assert(sizeof(struct zcf_snapshot_consumer) == 848, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot_consumer, pid) == 72, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot_consumer, leases) == 96, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot_consumer, latency_counts) == 288, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot_consumer, label) == 800, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot_consumer, copied) == 832, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot, channel) == 8, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot, epoch) == 88, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot, format) == 128, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot, published) == 248, "docs/protocol.md");
static_assert(offsetof(struct zcf_snapshot, consumers) == 368, "docs/protocol.md");

#endif
