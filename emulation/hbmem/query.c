/* SPDX-License-Identifier: Apache-2.0 */
/* What is at an address. */
#include "group.h"
#include "table.h"

int32_t hb_mem_get_phys_addr(uint64_t virt_addr, uint64_t *phys_addr)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !phys_addr)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	struct span span = place_span(&place);
	*phys_addr = span.phys_addr + span.distance;
	return module_leave(0);
}

int32_t hb_mem_get_buf_info(uint64_t virt_addr, uint64_t *start, uint64_t *size, int64_t *flags)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !start || !size || !flags)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	struct span span = place_span(&place);
	*start = span.address;
	*size = span.size;
	*flags = span.flags;
	return module_leave(0);
}

int32_t hb_mem_is_valid_buf(uint64_t virt_addr, uint64_t size, int32_t *valid)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !size || !valid)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR); /* and *valid stays, as on the board */
	struct span span = place_span(&place);
	*valid = size <= span.size - span.distance;
	return module_leave(0);
}

static hb_mem_buffer_type_t type_of(const struct record *record)
{
	return record->group ? HB_MEM_BUFFER_TYPE_GRAPHIC_GROUP : record->type;
}

int32_t hb_mem_get_buf_type_with_vaddr(uint64_t virt_addr, hb_mem_buffer_type_t *type)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !type)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	*type = type_of(place.record);
	return module_leave(0);
}

/** A piece of memory as a picture of one plane, whose size in pixels nobody knows. */
static hb_mem_graphic_buf_t picture_of(const hb_mem_common_buf_t *buffer)
{
	return (hb_mem_graphic_buf_t){.fd = {buffer->fd, -1, -1},
				      .plane_cnt = 1,
				      .format = MEM_PIX_FMT_NONE,
				      .is_contig = 1,
				      .share_id = {buffer->share_id},
				      .flags = buffer->flags,
				      .size = {buffer->size},
				      .virt_addr = {buffer->virt_addr},
				      .phys_addr = {buffer->phys_addr},
				      .offset = {buffer->offset}};
}

/** A contiguous picture as a piece of memory. */
static hb_mem_common_buf_t memory_of(const struct place *place)
{
	const hb_mem_graphic_buf_t *picture = &place->record->graphic;
	struct span span = place_span(place);
	return (hb_mem_common_buf_t){.fd = picture->fd[0],
				     .share_id = picture->share_id[0],
				     .flags = picture->flags,
				     .size = span.size,
				     .virt_addr = picture->virt_addr[0],
				     .phys_addr = picture->phys_addr[0],
				     .offset = span.distance};
}

/** Either description can be had of either kind, but a picture of several buffers is no one piece of memory. */
static int32_t describe_both(const struct place *place, hb_mem_common_buf_t *common, hb_mem_graphic_buf_t *graphic)
{
	const struct record *record = place->record;
	if (record->type == HB_MEM_BUFFER_TYPE_COMMON) {
		hb_mem_common_buf_t buffer = record->common;
		buffer.offset = place->distance;
		if (common)
			*common = buffer;
		if (graphic)
			*graphic = picture_of(&buffer);
		return 0;
	}
	if (common && !record->graphic.is_contig)
		return HB_MEM_ERR_INVALID_PARAMS;
	if (common)
		*common = memory_of(place);
	if (graphic) {
		*graphic = record->graphic;
		graphic->offset[place->plane] = place->distance;
	}
	return 0;
}

int32_t hb_mem_get_buf_type_and_buf_with_vaddr(uint64_t virt_addr, hb_mem_buffer_type_t *type,
					       hb_mem_common_buf_t *common, hb_mem_graphic_buf_t *graphic)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !type || (!common && !graphic))
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	result = describe_both(&place, common, graphic);
	if (!result)
		*type = type_of(place.record);
	return module_leave(result);
}

int32_t hb_mem_get_buf_and_type_with_vaddr(uint64_t virt_addr, hb_mem_buffer_type_t *type, hb_mem_common_buf_t *common,
					   hb_mem_graphic_buf_t *graphic, hb_mem_graphic_buf_group_t *group)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !type || !common || !graphic || !group)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	*type = type_of(place.record);
	if (place.record->group)
		*group = place.record->group->description;
	else
		result = describe_both(&place, *type == HB_MEM_BUFFER_TYPE_COMMON ? common : NULL,
				       *type == HB_MEM_BUFFER_TYPE_GRAPHIC ? graphic : NULL);
	return module_leave(result);
}

static int32_t list_processes(int32_t share_id, int32_t *pid, int32_t num, int32_t *ret_num)
{
	struct broker_request request = {.type = BROKER_PROCESSES, .share_id = share_id};
	struct broker_reply reply;
	int32_t result = driver_request(&request, &reply, NULL);
	if (result)
		return result;
	*ret_num = reply.count < num ? reply.count : num;
	for (int32_t i = 0; i < *ret_num; i++)
		pid[i] = reply.pids[i];
	return 0;
}

int32_t hb_mem_get_buffer_process_info(uint64_t virt_addr, int32_t *pid, int32_t num, int32_t *ret_num)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !pid || num < 1 || num > BROKER_PIDS_MAX || !ret_num)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	return module_leave(list_processes(place_share_id(&place), pid, num, ret_num));
}

int32_t hb_mem_get_buffer_process_info_with_share_id(int32_t share_id, int32_t *pid, int32_t num, int32_t *ret_num)
{
	EMULATION_MAY_FAIL();
	if (share_id <= 0 || !pid || num < 1 || num > BROKER_PIDS_MAX || !ret_num)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	return result ? result : module_leave(list_processes(share_id, pid, num, ret_num));
}
