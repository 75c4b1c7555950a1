/* SPDX-License-Identifier: Apache-2.0 */
#include "graphic_buffer.h"

#include "common_buffer.h"

void graphic_buffer_place_planes(struct record *record)
{
	hb_mem_graphic_buf_t *picture = &record->graphic;
	uint64_t before = 0;
	for (int i = 0; i < MAX_GRAPHIC_BUF_COMP; i++) {
		bool own = i < record->mapping_count;
		const struct mapping *mapping = &record->mappings[own ? i : 0];
		picture->fd[i] = own ? mapping->fd : -1;
		picture->share_id[i] = own ? mapping->share_id : 0;
		if (i >= picture->plane_cnt)
			continue;
		picture->virt_addr[i] = mapping->address + (own ? 0 : before);
		picture->phys_addr[i] = mapping->phys_addr + (own ? 0 : before);
		before += picture->size[i];
	}
}

int32_t graphic_buffer_allocate(const struct picture_request *wanted, struct record **ret_record)
{
	const struct picture_layout *layout = &wanted->layout;
	bool contiguous = layout->plane_count == 1 || wanted->flags & HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF;
	struct record *record = table_add(HB_MEM_BUFFER_TYPE_GRAPHIC);
	if (!record)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	int buffer_count = contiguous ? 1 : layout->plane_count;
	for (int i = 0; i < buffer_count; i++) {
		struct broker_request request = {.type = BROKER_ALLOCATE,
						 .options = allocation_options(),
						 .size = contiguous ? layout->total : layout->sizes[i]};
		int32_t result = mapping_open(&request, wanted->flags, &record->mappings[i]);
		if (result) {
			table_remove(record);
			return result;
		}
		record->mapping_count++;
	}
	record->graphic = (hb_mem_graphic_buf_t){.plane_cnt = layout->plane_count,
						 .format = wanted->format,
						 .width = wanted->width,
						 .height = wanted->height,
						 .stride = wanted->stride,
						 .vstride = wanted->vstride,
						 .is_contig = contiguous,
						 .flags = wanted->flags,
						 .size = {layout->sizes[0], layout->sizes[1], layout->sizes[2]}};
	graphic_buffer_place_planes(record);
	*ret_record = record;
	return 0;
}

int32_t hb_mem_alloc_graph_buf(int32_t width, int32_t height, int32_t format, int64_t flags, int32_t stride,
			       int32_t vstride, hb_mem_graphic_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	struct picture_request wanted = {width, height, format, stride, vstride, flags & ~POOL_FLAGS, {0}};
	if (!buffer || !picture_layout(width, height, format, stride, vstride, &wanted.layout))
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct record *record;
	result = graphic_buffer_allocate(&wanted, &record);
	if (!result)
		*buffer = record->graphic;
	return module_leave(result);
}

/** A picture of a group is asked for as a group. */
static bool is_single_picture(const struct place *place)
{
	return place->record->type == HB_MEM_BUFFER_TYPE_GRAPHIC && !place->record->group;
}

int32_t hb_mem_get_graph_buf(int32_t fd, hb_mem_graphic_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (fd < 0 || !buffer)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_fd(fd, &place) || !is_single_picture(&place))
		return module_leave(HB_MEM_ERR_INVALID_FD);
	*buffer = place.record->graphic;
	return module_leave(0);
}

int32_t hb_mem_get_graph_buf_with_vaddr(uint64_t virt_addr, hb_mem_graphic_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !buffer)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place) || !is_single_picture(&place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	*buffer = place.record->graphic;
	for (int i = 0; i < MAX_GRAPHIC_BUF_COMP; i++)
		buffer->offset[i] = i == place.plane ? place.distance : 0;
	return module_leave(0);
}
