/* SPDX-License-Identifier: Apache-2.0 */
#include "common_buffer.h"

#include "../shared/settings.h"

uint32_t allocation_options(void)
{
	return emulation_setting_on("ZCF_EMULATION_NEVER_REUSE_SHARE_ID") ? BROKER_NEVER_REUSE_ID : 0;
}

int32_t common_buffer_open(struct broker_request *request, uint64_t size, int64_t flags, struct record **ret_record)
{
	struct record *record = table_add(HB_MEM_BUFFER_TYPE_COMMON);
	if (!record)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	request->size = size;
	int32_t result = mapping_open(request, flags, &record->mappings[0]);
	if (result) {
		table_remove(record);
		return result;
	}
	record->mapping_count = 1;
	const struct mapping *mapping = &record->mappings[0];
	record->common = (hb_mem_common_buf_t){.fd = mapping->fd,
					       .share_id = mapping->share_id,
					       .flags = flags,
					       .size = size,
					       .virt_addr = mapping->address,
					       .phys_addr = mapping->phys_addr};
	*ret_record = record;
	return 0;
}

int32_t hb_mem_alloc_com_buf(uint64_t size, int64_t flags, hb_mem_common_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	if (!size || !buffer)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct broker_request request = {.type = BROKER_ALLOCATE, .options = allocation_options()};
	struct record *record;
	result = common_buffer_open(&request, size, flags & ~POOL_FLAGS, &record);
	if (!result)
		*buffer = record->common;
	return module_leave(result);
}

int32_t hb_mem_get_com_buf(int32_t fd, hb_mem_common_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (fd < 0 || !buffer)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_fd(fd, &place) || place.record->type != HB_MEM_BUFFER_TYPE_COMMON)
		return module_leave(HB_MEM_ERR_INVALID_FD);
	*buffer = place.record->common;
	return module_leave(0);
}

int32_t hb_mem_get_com_buf_with_vaddr(uint64_t virt_addr, hb_mem_common_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !buffer)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place) || place.record->type != HB_MEM_BUFFER_TYPE_COMMON)
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	*buffer = place.record->common;
	buffer->offset = place.distance;
	return module_leave(0);
}
