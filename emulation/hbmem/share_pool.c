/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of equal buffers that other processes can import: a buffer is free when neither its pool's process nor any
 * importer has it. */
#include "pool.h"

static bool is_imported(const struct pool *pool, uint32_t unit)
{
	const struct mapping *mapping = pool_mapping(pool);
	struct broker_request request = {.type = BROKER_REMOTE_REFERENCES,
					 .share_id = mapping->share_id,
					 .phys_addr = mapping->phys_addr + unit * pool->unit_size,
					 .size = pool->unit_size};
	struct broker_reply reply;
	return driver_request(&request, &reply, NULL) == 0 && reply.count > 0;
}

static bool is_free(const struct pool *pool, uint32_t unit)
{
	return !pool->used[unit] && !is_imported(pool, unit);
}

static uint32_t count_free(const struct pool *pool)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < pool->unit_count; i++)
		count += is_free(pool, i);
	return count;
}

static void describe(const struct pool *pool, hb_mem_share_pool_t *out)
{
	*out = (hb_mem_share_pool_t){.flags = pool->flags,
				     .size = (uint32_t)pool->buffer_size,
				     .fd = pool->base->common.fd,
				     .total_buf_cnt = (int32_t)pool->unit_count,
				     .avail_buf_cnt = (int32_t)count_free(pool)};
}

int32_t hb_mem_share_pool_create(uint32_t num, uint64_t size, int64_t flags, hb_mem_share_pool_t *pool)
{
	EMULATION_MAY_FAIL();
	struct pool *created;
	if (!num || num > INT32_MAX || !size || !pool)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	uint64_t unit_size = (size + PAGE_SIZE_BYTES - 1) & ~(uint64_t)(PAGE_SIZE_BYTES - 1);
	if (size > UINT32_MAX || unit_size > UINT64_MAX / num)
		return module_leave(HB_MEM_ERR_INSUFFICIENT_MEM);
	struct pool wanted = {
		.shared = true, .unit_size = unit_size, .unit_count = num, .buffer_size = size, .flags = flags};
	result = pool_open(&wanted, &created);
	if (!result)
		describe(created, pool);
	return module_leave(result);
}

int32_t hb_mem_share_pool_destroy(int32_t fd)
{
	EMULATION_MAY_FAIL();
	if (fd < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct pool *pool = pool_by_fd(fd, true);
	if (!pool)
		return module_leave(HB_MEM_ERR_POOL_NOT_FOUND);
	if (count_free(pool) != pool->unit_count)
		return module_leave(HB_MEM_ERR_POOL_BUSY);
	pool_close(pool);
	return module_leave(0);
}

static int32_t allocate(struct pool *pool, hb_mem_common_buf_t *buffer)
{
	for (uint32_t i = 0; i < pool->unit_count; i++) {
		if (is_free(pool, i))
			return pool_take(pool, i, 1, pool->buffer_size, buffer);
	}
	return HB_MEM_ERR_INSUFFICIENT_MEM;
}

int32_t hb_mem_share_pool_alloc_buf(int32_t fd, hb_mem_common_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	if (fd < 0 || !buffer)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct pool *pool = pool_by_fd(fd, true);
	return module_leave(pool ? allocate(pool, buffer) : HB_MEM_ERR_POOL_NOT_FOUND);
}

int32_t hb_mem_share_pool_free_buf(uint64_t virt_addr)
{
	EMULATION_MAY_FAIL();
	if (!virt_addr)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	return result ? result : module_leave(pool_give_back(virt_addr, true));
}

int32_t hb_mem_share_pool_get_info(int32_t fd, hb_mem_share_pool_t *pool)
{
	EMULATION_MAY_FAIL();
	if (fd < 0 || !pool)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	const struct pool *found = pool_by_fd(fd, true);
	if (!found)
		return module_leave(HB_MEM_ERR_POOL_NOT_FOUND);
	describe(found, pool);
	return module_leave(0);
}
