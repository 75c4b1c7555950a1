/* SPDX-License-Identifier: Apache-2.0 */
#include "group.h"

#include "common_buffer.h"
#include "graphic_buffer.h"

#include <stdlib.h>

static struct group *groups;

struct group *group_by_id(int32_t id)
{
	struct group *group = groups;
	while (group && group->description.group_id != id)
		group = group->next;
	return group;
}

struct group *group_create(void)
{
	struct group *group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	group->references = 1;
	group->next = groups;
	groups = group;
	return group;
}

void group_add(struct group *group, int position, struct record *record)
{
	record->group = group;
	group->records[position] = record;
	group->description.graph_group[position] = record->graphic;
	group->description.bit_map |= 1u << position;
}

void group_destroy(struct group *group)
{
	struct group **link = &groups;
	while (*link != group)
		link = &(*link)->next;
	*link = group->next;
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF; i++) {
		if (group->records[i])
			table_remove(group->records[i]);
	}
	free(group);
}

void group_release(struct group *group)
{
	if (--group->references == 0)
		group_destroy(group);
}

/** The records have gone before. */
void group_forget_all(void)
{
	while (groups) {
		struct group *group = groups;
		groups = group->next;
		free(group);
	}
}

void group_list_ids(const hb_mem_graphic_buf_group_t *description, struct broker_request *request)
{
	request->id_count = 0;
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF; i++) {
		const hb_mem_graphic_buf_t *picture = &description->graph_group[i];
		if (!(description->bit_map & 1u << i))
			continue;
		int buffers = picture->is_contig ? 1 : picture->plane_cnt;
		for (int plane = 0; plane < buffers; plane++)
			request->ids[request->id_count++] = picture->share_id[plane];
	}
}

static int32_t register_group(struct group *group)
{
	struct broker_request request = {.type = BROKER_REGISTER_GROUP};
	struct broker_reply reply;
	group_list_ids(&group->description, &request);
	int32_t result = driver_request(&request, &reply, NULL);
	group->description.group_id = result ? 0 : reply.count;
	return result;
}

static int32_t allocate_group(const struct picture_request *wanted, uint32_t bitmap, hb_mem_graphic_buf_group_t *out)
{
	struct group *group = group_create();
	if (!group)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	int32_t result = 0;
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF && !result; i++) {
		struct record *record;
		if (!(bitmap & 1u << i))
			continue;
		result = graphic_buffer_allocate(&wanted[i], &record);
		if (!result)
			group_add(group, i, record);
	}
	if (!result)
		result = register_group(group);
	if (result) {
		group_destroy(group);
		return result;
	}
	*out = group->description;
	return 0;
}

int32_t hb_mem_alloc_graph_buf_group(int32_t *width, int32_t *height, int32_t *format, int64_t *flags, int32_t *stride,
				     int32_t *vstride, hb_mem_graphic_buf_group_t *group, uint32_t bitmap)
{
	EMULATION_MAY_FAIL();
	struct picture_request wanted[HB_MEM_MAXIMUM_GRAPH_BUF];
	if (!width || !height || !format || !flags || !stride || !vstride || !group)
		return HB_MEM_ERR_INVALID_PARAMS;
	if (!bitmap || bitmap >> HB_MEM_MAXIMUM_GRAPH_BUF)
		return HB_MEM_ERR_INVALID_PARAMS;
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF; i++) {
		if (!(bitmap & 1u << i))
			continue;
		wanted[i] = (struct picture_request){
			width[i], height[i], format[i], stride[i], vstride[i], flags[i] & ~POOL_FLAGS, {0}};
		if (!picture_layout(width[i], height[i], format[i], stride[i], vstride[i], &wanted[i].layout))
			return HB_MEM_ERR_INVALID_PARAMS;
	}
	int32_t result = module_enter();
	return result ? result : module_leave(allocate_group(wanted, bitmap, group));
}

int32_t hb_mem_get_graph_buf_group(int32_t fd, hb_mem_graphic_buf_group_t *group)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (fd < 0 || !group)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_fd(fd, &place) || !place.record->group)
		return module_leave(HB_MEM_ERR_INVALID_FD);
	*group = place.record->group->description;
	return module_leave(0);
}

int32_t hb_mem_get_graph_buf_group_with_vaddr(uint64_t virt_addr, hb_mem_graphic_buf_group_t *group)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr || !group)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place) || !place.record->group)
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	*group = place.record->group->description;
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF; i++) {
		if (place.record->group->records[i] == place.record)
			group->graph_group[i].offset[place.plane] = place.distance;
	}
	return module_leave(0);
}
