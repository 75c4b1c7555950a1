/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file handover.h
 * What a producer leaves for its successor, in memory that only the two and the service manager ever have. Consumers
 * never see it.
 *
 * It is always true, so that it serves after SIGKILL as well as after an orderly end: a record is complete before its
 * id is written, and the id goes before the consumer does. The successor may be another version, so it checks all of
 * it and refuses what does not fit.
 */
#ifndef ZCF_ABI_HANDOVER_H
#define ZCF_ABI_HANDOVER_H

#include <assert.h>
#include <stdatomic.h>

#include "abi/message.h"

#define ZCF_HANDOVER_MAGIC UINT64_C(0x3152444848435a5a) /* "ZZCHHDR1" in memory */

/* One consumer; its socket is kept under its id. */
struct zcf_handover_consumer {
	_Atomic uint64_t id; /* 0: unused */
	uint64_t attached_ns;
	uint64_t revoked;
	uint64_t skips_caused;
	/*
	 * Whether it has said that it has what the WELCOME brought. One that has not may be stopped with a WELCOME in
	 * its socket: another would pile up behind it, so its socket is closed instead.
	 */
	_Atomic uint32_t confirmed;
	uint32_t reserved;
	struct zcf_message_hello hello; /* What it asked for. */
};

struct zcf_handover {
	uint64_t magic;
	uint32_t protocol_major;
	uint32_t protocol_minor;
	uint64_t size_bytes;
	uint64_t epoch;
	uint64_t frame_interval_ns;
	char channel[ZCF_CHANNEL_NAME_SIZE];
	char backend[16];
	struct zcf_format format;
	uint32_t buffer_count;
	uint32_t reserved;
	/* Which file the listening socket's name is. */
	uint64_t endpoint_device;
	uint64_t endpoint_inode;
	_Atomic uint64_t sequence; /* At least that of any frame that a consumer can have seen. */
	uint64_t last_frame_number;
	uint64_t created_ns;
	uint64_t last_consumer_id;
	uint64_t attached_total;
	uint64_t refused_total;
	uint64_t skipped;
	uint64_t revoked;
	struct zcf_handover_consumer consumers[ZCF_MAX_CONSUMERS];
};

static_assert(sizeof(struct zcf_handover_consumer) == 120, "docs/protocol.md");
static_assert(offsetof(struct zcf_handover_consumer, hello) == 40, "docs/protocol.md");
static_assert(offsetof(struct zcf_handover, epoch) == 24, "docs/protocol.md");
static_assert(offsetof(struct zcf_handover, format) == 120, "docs/protocol.md");
static_assert(offsetof(struct zcf_handover, sequence) == 264, "docs/protocol.md");
static_assert(offsetof(struct zcf_handover, consumers) == 328, "docs/protocol.md");

#endif
