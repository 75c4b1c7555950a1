/* SPDX-License-Identifier: Apache-2.0 */
/* Pools by the page, for one process. */
#include "pool.h"

static uint64_t pages_of(uint64_t size)
{
	return size / PAGE_SIZE_BYTES + (size % PAGE_SIZE_BYTES ? 1 : 0);
}

static void describe(const struct pool *pool, hb_mem_pool_t *out)
{
	int32_t available = 0;
	for (uint32_t i = 0; i < pool->unit_count; i++)
		available += !pool->used[i];
	*out = (hb_mem_pool_t){.flags = pool->flags,
			       .size = pool->requested_size,
			       .fd = pool->base->common.fd,
			       .page_size = PAGE_SIZE_BYTES,
			       .total_page_cnt = (int32_t)pool->unit_count,
			       .avail_page_cnt = available,
			       .cur_client_cnt = (int32_t)pool->live_buffers};
}

int32_t hb_mem_pool_create(uint64_t size, int64_t flags, hb_mem_pool_t *pool)
{
	EMULATION_MAY_FAIL();
	struct pool *created;
	if (!size || !pool)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (pages_of(size) > INT32_MAX)
		return module_leave(HB_MEM_ERR_INSUFFICIENT_MEM);
	struct pool wanted = {.unit_size = PAGE_SIZE_BYTES,
			      .unit_count = (uint32_t)pages_of(size),
			      .requested_size = size,
			      .flags = flags};
	result = pool_open(&wanted, &created);
	if (!result)
		describe(created, pool);
	return module_leave(result);
}

int32_t hb_mem_pool_destroy(int32_t fd)
{
	EMULATION_MAY_FAIL();
	if (fd < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct pool *pool = pool_by_fd(fd, false);
	return module_leave(pool ? pool_free_as_buffer(pool) : HB_MEM_ERR_POOL_NOT_FOUND);
}

/** The first run of free pages that is long enough. */
static int32_t allocate(struct pool *pool, uint64_t size, hb_mem_common_buf_t *buffer)
{
	uint64_t wanted = pages_of(size);
	for (uint32_t i = 0, run = 0; i < pool->unit_count; i++) {
		run = pool->used[i] ? 0 : run + 1;
		if (run == wanted)
			return pool_take(pool, i + 1 - run, run, size, buffer);
	}
	return HB_MEM_ERR_INSUFFICIENT_MEM;
}

int32_t hb_mem_pool_alloc_buf(int32_t fd, uint64_t size, hb_mem_common_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	if (fd < 0 || !size || !buffer)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct pool *pool = pool_by_fd(fd, false);
	return module_leave(pool ? allocate(pool, size, buffer) : HB_MEM_ERR_POOL_NOT_FOUND);
}

int32_t hb_mem_pool_free_buf(uint64_t virt_addr)
{
	EMULATION_MAY_FAIL();
	if (!virt_addr)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	return result ? result : module_leave(pool_give_back(virt_addr, false));
}

int32_t hb_mem_pool_get_info(int32_t fd, hb_mem_pool_t *pool)
{
	EMULATION_MAY_FAIL();
	if (fd < 0 || !pool)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	const struct pool *found = pool_by_fd(fd, false);
	if (!found)
		return module_leave(HB_MEM_ERR_POOL_NOT_FOUND);
	describe(found, pool);
	return module_leave(0);
}
