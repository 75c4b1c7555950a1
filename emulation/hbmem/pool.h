/* SPDX-License-Identifier: Apache-2.0 */
/** @file pool.h
 * Memory that is allocated once and handed out in parts: simple pools, by pages, for this process alone; share
 * pools, by buffers of one size, that others can import. */
#ifndef EMULATION_HBMEM_POOL_H
#define EMULATION_HBMEM_POOL_H

#include "table.h"

struct pool {
	struct pool *next;
	struct record *base; /**< The memory. */
	bool shared;
	uint64_t unit_size;   /**< A page, or a buffer rounded to pages. */
	uint64_t buffer_size; /**< Of a share pool's buffers, as asked for. */
	uint32_t unit_count;
	uint32_t live_buffers; /**< Handed out in this process. */
	uint64_t requested_size;
	int64_t flags;
	bool *used; /**< For each unit. */
};

/** Allocate a pool's memory. @p wanted tells everything but `base`, `used` and the links. */
int32_t pool_open(const struct pool *wanted, struct pool **ret_pool);

/** Hand out @p extent units from @p place on. */
int32_t pool_take(struct pool *pool, uint32_t place, uint32_t extent, uint64_t size, hb_mem_common_buf_t *buffer);

/** The pool whose descriptor that is. */
struct pool *pool_by_fd(int32_t fd, bool shared);

/** Give back the buffer at an address. */
int32_t pool_give_back(uint64_t virt_addr, bool shared);

void pool_close(struct pool *pool);

/** What hb_mem_free_buf does when it meets a pool. */
int32_t pool_free_as_buffer(struct pool *pool);

const struct mapping *pool_mapping(const struct pool *pool);

void pool_forget_all(void);

#endif
