/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "common_buffer.h"

#include <stdlib.h>
#include <string.h>

static struct pool *pools;

const struct mapping *pool_mapping(const struct pool *pool)
{
	return &pool->base->mappings[0];
}

struct pool *pool_by_fd(int32_t fd, bool shared)
{
	struct pool *pool = pools;
	while (pool && (pool->base->common.fd != fd || pool->shared != shared))
		pool = pool->next;
	return pool;
}

int32_t pool_open(const struct pool *wanted, struct pool **ret_pool)
{
	struct broker_request request = {.type = BROKER_ALLOCATE,
					 .options =
						 allocation_options() | (wanted->shared ? 0 : BROKER_NOT_IMPORTABLE)};
	struct pool *pool = calloc(1, sizeof(*pool));
	if (!pool)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	*pool = *wanted;
	pool->used = calloc(pool->unit_count, sizeof(*pool->used));
	int64_t mark = pool->shared ? HB_MEM_USAGE_MEM_SHARE_POOL : HB_MEM_USAGE_MEM_POOL;
	int32_t result = pool->used ? common_buffer_open(&request, pool->unit_size * pool->unit_count,
							 (pool->flags & ~POOL_FLAGS) | mark, &pool->base)
				    : HB_MEM_ERR_INSUFFICIENT_MEM;
	if (result) {
		free(pool->used);
		free(pool);
		return result;
	}
	pool->base->pool = pool;
	pool->flags = pool->base->common.flags;
	pool->next = pools;
	pools = pool;
	*ret_pool = pool;
	return 0;
}

int32_t pool_take(struct pool *pool, uint32_t place, uint32_t extent, uint64_t size, hb_mem_common_buf_t *buffer)
{
	struct record *record = table_add(HB_MEM_BUFFER_TYPE_COMMON);
	if (!record)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	record->pool = pool;
	record->pool_place = place;
	record->pool_extent = extent;
	record->common = pool->base->common;
	record->common.size = size;
	record->common.virt_addr += place * pool->unit_size;
	record->common.phys_addr += place * pool->unit_size;
	memset(&pool->used[place], true, extent);
	pool->live_buffers++;
	*buffer = record->common;
	return 0;
}

int32_t pool_give_back(uint64_t virt_addr, bool shared)
{
	struct place place;
	if (!table_find_address(virt_addr, &place))
		return HB_MEM_ERR_INVALID_VADDR;
	struct record *record = place.record;
	struct pool *pool = record->pool;
	if (!pool || pool->shared != shared || record == pool->base)
		return HB_MEM_ERR_INVALID_VADDR;
	memset(&pool->used[record->pool_place], false, record->pool_extent);
	pool->live_buffers--;
	table_remove(record);
	return 0;
}

static void forget(struct pool *pool)
{
	free(pool->used);
	free(pool);
}

void pool_close(struct pool *pool)
{
	struct pool **link = &pools;
	while (*link != pool)
		link = &(*link)->next;
	*link = pool->next;
	table_remove(pool->base);
	forget(pool);
}

int32_t pool_free_as_buffer(struct pool *pool)
{
	if (pool->shared)
		return HB_MEM_ERR_NOT_ALLOW;
	if (pool->live_buffers)
		return HB_MEM_ERR_POOL_BUSY;
	pool_close(pool);
	return 0;
}

/** The records have gone before. */
void pool_forget_all(void)
{
	while (pools) {
		struct pool *pool = pools;
		pools = pool->next;
		forget(pool);
	}
}
