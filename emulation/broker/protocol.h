/* SPDX-License-Identifier: Apache-2.0 */
/** @file protocol.h
 * What a process and the broker (our stand-in for the kernel's ion driver) say to each other: one request, one
 * reply, each one message of a SEQPACKET socket. Private to one build of the emulation: it can change freely. */
#ifndef EMULATION_BROKER_PROTOCOL_H
#define EMULATION_BROKER_PROTOCOL_H

#include <stdint.h>

#define BROKER_MAGIC         0x6e6f697aU
#define BROKER_MAJOR         1
#define BROKER_MINOR         0
#define BROKER_SOCKET_NAME   "ion.socket"
#define BROKER_LOCK_NAME     "ion.lock"
#define BROKER_GROUP_IDS_MAX 24
#define BROKER_PIDS_MAX      16
#define BROKER_PAGE_SIZE     4096u

enum broker_request_type {
	BROKER_HELLO = 1,         /**< Become a client. Reply: count = major, second_count = minor. */
	BROKER_ALLOCATE,          /**< size, flags, options. Reply: a buffer, and its memfd. */
	BROKER_IMPORT,            /**< share_id, phys_addr, size, flags, options. Reply: a buffer, and its memfd. */
	BROKER_RELEASE,           /**< reference */
	BROKER_COUNTS,            /**< share_id. Reply: count = share count, second_count = consume count. */
	BROKER_CONSUME,           /**< reference, share_id, amount: +1 or -1 */
	BROKER_PROCESSES,         /**< share_id. Reply: count, pids */
	BROKER_REMOTE_REFERENCES, /**< share_id, phys_addr, size: how many references others have into that range */
	BROKER_REGISTER_GROUP,    /**< ids, id_count. Reply: count = group id */
	BROKER_CHECK_GROUP,       /**< amount = group id, ids, id_count */
	BROKER_MAP_PHYSICAL,      /**< phys_addr, size. Reply: memfd, size and phys_addr of the buffer found there */
	BROKER_WAIT, /**< reference, share_id, options: which count, amount: target. Replies once it holds. */
	BROKER_PUBLISH_COUNTERS, /**< memfd with a struct emulated_channel_counters table; shown by status */
	BROKER_CLAIM,            /**< amount: a MIPI host, 0..31, that nobody else may have */
	BROKER_UNCLAIM,          /**< amount */
	BROKER_STATUS,           /**< Reply: memfd with JSON, size */
};

enum broker_request_options {
	BROKER_NEVER_REUSE_ID = 1,    /**< ALLOCATE: a share_id that nobody had before */
	BROKER_NOT_IMPORTABLE = 2,    /**< ALLOCATE: the memory of a simple pool */
	BROKER_EXACT_BASE = 4,        /**< IMPORT: phys_addr must be the buffer's first byte (pictures) */
	BROKER_SHARE_ID_SUFFICES = 8, /**< IMPORT: take share_id and size as enough (the test switch) */
	BROKER_WAIT_CONSUME = 16,     /**< WAIT: for the consume count, not the share count */
};

struct broker_request {
	uint32_t magic;
	uint32_t type;
	uint32_t options;
	int32_t share_id;
	uint64_t reference;
	uint64_t size;
	uint64_t phys_addr;
	int64_t flags;
	int32_t amount;
	uint32_t id_count;
	int32_t ids[BROKER_GROUP_IDS_MAX];
};

struct broker_reply {
	uint32_t magic;
	int32_t result; /**< 0 or an error of hb_mem */
	int32_t share_id;
	int32_t count;
	int32_t second_count;
	uint32_t reserved;
	uint64_t reference; /**< Names what was allocated or imported, for RELEASE. Never 0. */
	uint64_t phys_addr; /**< Of the buffer's first byte. */
	uint64_t size;      /**< Of the whole buffer, rounded to pages. */
	int64_t flags;
	int32_t pids[BROKER_PIDS_MAX];
};

#endif
