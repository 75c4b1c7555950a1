/* SPDX-License-Identifier: Apache-2.0 */
#include "group.h"
#include "pool.h"

static int32_t free_place(const struct place *place)
{
	struct record *record = place->record;
	if (record->pool)
		return pool_free_as_buffer(record->pool);
	if (record->group) {
		group_release(record->group);
		return 0;
	}
	if (--record->user_count == 0)
		table_remove(record);
	return 0;
}

int32_t hb_mem_free_buf(int32_t fd)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (fd < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_fd(fd, &place) ? free_place(&place) : HB_MEM_ERR_INVALID_FD);
}

int32_t hb_mem_free_buf_with_vaddr(uint64_t virt_addr)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_address(virt_addr, &place) ? free_place(&place) : HB_MEM_ERR_INVALID_VADDR);
}
