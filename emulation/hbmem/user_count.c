/* SPDX-License-Identifier: Apache-2.0 */
/* A count inside this process: each increment makes one hb_mem_free_buf only count down. */
#include "table.h"

static int32_t change(const struct place *place, int32_t amount)
{
	struct record *record = place->record;
	if (record->group || record->pool)
		return HB_MEM_ERR_INVALID_PARAMS;
	if (amount > 0) {
		record->user_increments++;
		record->user_count++;
		return 0;
	}
	if (!record->user_increments)
		return HB_MEM_ERR_INVALID_PARAMS;
	record->user_increments--;
	if (--record->user_count == 0)
		table_remove(record);
	return 0;
}

static int32_t change_by_fd(int32_t fd, int32_t amount)
{
	struct place place;
	if (fd < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_fd(fd, &place) ? change(&place, amount) : HB_MEM_ERR_INVALID_FD);
}

static int32_t change_by_address(uint64_t virt_addr, int32_t amount)
{
	struct place place;
	if (!virt_addr)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_address(virt_addr, &place) ? change(&place, amount) : HB_MEM_ERR_INVALID_VADDR);
}

int32_t hb_mem_inc_user_consume_cnt(int32_t fd)
{
	EMULATION_MAY_FAIL();
	return change_by_fd(fd, 1);
}

int32_t hb_mem_dec_user_consume_cnt(int32_t fd)
{
	EMULATION_MAY_FAIL();
	return change_by_fd(fd, -1);
}

int32_t hb_mem_inc_user_consume_cnt_with_vaddr(uint64_t virt_addr)
{
	EMULATION_MAY_FAIL();
	return change_by_address(virt_addr, 1);
}

int32_t hb_mem_dec_user_consume_cnt_with_vaddr(uint64_t virt_addr)
{
	EMULATION_MAY_FAIL();
	return change_by_address(virt_addr, -1);
}
