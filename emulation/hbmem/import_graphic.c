/* SPDX-License-Identifier: Apache-2.0 */
#include "graphic_buffer.h"
#include "group.h"
#include "import.h"

static bool plane_is_sound(const hb_mem_graphic_buf_t *in, const struct picture_layout *layout, int plane)
{
	bool own_buffer = plane == 0 || !in->is_contig;
	if (in->size[plane] != layout->sizes[plane] || !in->phys_addr[plane] || in->offset[plane] >= in->size[plane])
		return false;
	if (own_buffer)
		return in->share_id[plane] > 0;
	return in->phys_addr[plane] == in->phys_addr[plane - 1] + in->size[plane - 1];
}

bool picture_may_be_imported(const hb_mem_graphic_buf_t *in, struct picture_layout *layout)
{
	if (!picture_layout(in->width, in->height, in->format, in->stride, in->vstride, layout))
		return false;
	if (in->plane_cnt != layout->plane_count || in->is_contig < 0 || in->is_contig > 1)
		return false;
	if (layout->plane_count == 1 && !in->is_contig)
		return false;
	for (int i = 0; i < layout->plane_count; i++) {
		if (!plane_is_sound(in, layout, i))
			return false;
	}
	return true;
}

int32_t import_picture(const hb_mem_graphic_buf_t *in, const struct picture_layout *layout, struct record **ret_record)
{
	struct record *record = table_add(HB_MEM_BUFFER_TYPE_GRAPHIC);
	if (!record)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	int buffer_count = in->is_contig ? 1 : layout->plane_count;
	for (int i = 0; i < buffer_count; i++) {
		struct broker_request request = {.type = BROKER_IMPORT,
						 .options = BROKER_EXACT_BASE,
						 .share_id = in->share_id[i],
						 .phys_addr = in->phys_addr[i],
						 .size = in->is_contig ? layout->total : layout->sizes[i]};
		int32_t result = mapping_open(&request, in->flags, &record->mappings[i]);
		if (result) {
			table_remove(record);
			return result;
		}
		record->mapping_count++;
	}
	hb_mem_graphic_buf_t *picture = &record->graphic;
	*picture = *in;
	for (int i = 0; i < MAX_GRAPHIC_BUF_COMP; i++) {
		picture->virt_addr[i] = NULL;
		if (i >= layout->plane_count)
			picture->size[i] = picture->phys_addr[i] = picture->offset[i] = 0;
	}
	graphic_buffer_place_planes(record);
	*ret_record = record;
	return 0;
}

int32_t hb_mem_import_graph_buf(hb_mem_graphic_buf_t *in, hb_mem_graphic_buf_t *out)
{
	EMULATION_MAY_FAIL();
	struct picture_layout layout;
	if (!in || !out || !picture_may_be_imported(in, &layout))
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct record *record;
	result = import_picture(in, &layout, &record);
	if (!result)
		*out = record->graphic;
	return module_leave(result);
}

static int32_t check_group(const hb_mem_graphic_buf_group_t *in)
{
	struct broker_request request = {.type = BROKER_CHECK_GROUP, .amount = in->group_id};
	struct broker_reply reply;
	group_list_ids(in, &request);
	return driver_request(&request, &reply, NULL);
}

static int32_t import_group(const hb_mem_graphic_buf_group_t *in, const struct picture_layout *layouts,
			    hb_mem_graphic_buf_group_t *out)
{
	int32_t result = check_group(in);
	if (result)
		return result;
	/* A process has a group once: importing it again, or one's own, only counts. */
	struct group *group = group_by_id(in->group_id);
	if (group) {
		group->references++;
		*out = group->description;
		return 0;
	}
	group = group_create();
	if (!group)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF && !result; i++) {
		struct record *record;
		if (!(in->bit_map & 1u << i))
			continue;
		result = import_picture(&in->graph_group[i], &layouts[i], &record);
		if (!result)
			group_add(group, i, record);
	}
	if (result) {
		group_destroy(group);
		return result;
	}
	group->description.group_id = in->group_id;
	*out = group->description;
	return 0;
}

int32_t hb_mem_import_graph_buf_group(hb_mem_graphic_buf_group_t *in, hb_mem_graphic_buf_group_t *out)
{
	EMULATION_MAY_FAIL();
	struct picture_layout layouts[HB_MEM_MAXIMUM_GRAPH_BUF];
	if (!in || !out || !in->bit_map || in->bit_map >> HB_MEM_MAXIMUM_GRAPH_BUF || in->group_id <= 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF; i++) {
		if (in->bit_map & 1u << i && !picture_may_be_imported(&in->graph_group[i], &layouts[i]))
			return HB_MEM_ERR_INVALID_PARAMS;
	}
	int32_t result = module_enter();
	return result ? result : module_leave(import_group(in, layouts, out));
}
