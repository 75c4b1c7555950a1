/* SPDX-License-Identifier: Apache-2.0 */
/* Who shares a buffer, who says that it is in use: both counted by the driver, for all processes. */
#include "counters.h"

#include "group.h"

int32_t driver_counts(int32_t share_id, int32_t *share_count, int32_t *consume_count)
{
	struct broker_request request = {.type = BROKER_COUNTS, .share_id = share_id};
	struct broker_reply reply;
	int32_t result = driver_request(&request, &reply, NULL);
	if (result)
		return result;
	*share_count = reply.count;
	*consume_count = reply.second_count;
	return 0;
}

static int32_t count_at(const struct place *place, bool consume, int32_t *count)
{
	int32_t share_count, consume_count;
	int32_t result = driver_counts(place_share_id(place), &share_count, &consume_count);
	if (!result)
		*count = consume ? consume_count : share_count;
	return result;
}

static int32_t count_by_fd(int32_t fd, bool consume, int32_t *count)
{
	struct place place;
	if (fd < 0 || !count)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_fd(fd, &place) ? count_at(&place, consume, count) : HB_MEM_ERR_INVALID_FD);
}

static int32_t count_by_address(uint64_t virt_addr, bool consume, int32_t *count)
{
	struct place place;
	if (!virt_addr || !count)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_address(virt_addr, &place) ? count_at(&place, consume, count)
								  : HB_MEM_ERR_INVALID_VADDR);
}

int32_t hb_mem_get_share_info(int32_t fd, int32_t *count)
{
	EMULATION_MAY_FAIL();
	return count_by_fd(fd, false, count);
}

int32_t hb_mem_get_share_info_with_vaddr(uint64_t virt_addr, int32_t *count)
{
	EMULATION_MAY_FAIL();
	return count_by_address(virt_addr, false, count);
}

int32_t hb_mem_get_consume_info(int32_t fd, int32_t *count)
{
	EMULATION_MAY_FAIL();
	return count_by_fd(fd, true, count);
}

int32_t hb_mem_get_consume_info_with_vaddr(uint64_t virt_addr, int32_t *count)
{
	EMULATION_MAY_FAIL();
	return count_by_address(virt_addr, true, count);
}

static int32_t consume(const struct mapping *mapping, int32_t share_id, int32_t amount)
{
	struct broker_request request = {
		.type = BROKER_CONSUME, .reference = mapping->reference, .share_id = share_id, .amount = amount};
	struct broker_reply reply;
	return driver_request(&request, &reply, NULL);
}

/** All buffers of a picture count together; if one is refused, none has counted. */
static int32_t consume_all(const struct record *record, const int32_t *share_ids, int32_t amount)
{
	for (int i = 0; i < record->mapping_count; i++) {
		const struct mapping *mapping = &record->mappings[i];
		int32_t result = consume(mapping, share_ids ? share_ids[i] : mapping->share_id, amount);
		if (!result)
			continue;
		while (i-- > 0)
			consume(&record->mappings[i], record->mappings[i].share_id, -amount);
		return result;
	}
	return 0;
}

/** So do all pictures of a group. @param pictures  Their share_ids; NULL for those that the records know. */
static int32_t consume_pictures(struct record *const *records, const hb_mem_graphic_buf_t *pictures, int32_t amount)
{
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF; i++) {
		int32_t result = 0;
		if (records[i])
			result = consume_all(records[i], pictures ? pictures[i].share_id : NULL, amount);
		if (!result)
			continue;
		while (i-- > 0) {
			if (records[i])
				consume_all(records[i], NULL, -amount);
		}
		return result;
	}
	return 0;
}

static int32_t decrease(const struct place *place)
{
	const struct record *record = place->record;
	uint64_t ignored;
	if (!record->mapping_count) {
		const struct mapping *mapping = place_mapping(place, &ignored);
		return consume(mapping, mapping->share_id, -1);
	}
	return record->group ? consume_pictures(record->group->records, NULL, -1) : consume_all(record, NULL, -1);
}

int32_t hb_mem_inc_com_buf_consume_cnt(hb_mem_common_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!buffer || buffer->fd < 0 || buffer->share_id <= 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_fd(buffer->fd, &place) || place.record->type != HB_MEM_BUFFER_TYPE_COMMON)
		return module_leave(HB_MEM_ERR_INVALID_FD);
	return module_leave(consume_all(place.record, &buffer->share_id, 1));
}

static struct record *find_picture(const hb_mem_graphic_buf_t *picture)
{
	struct place place;
	if (!table_find_fd(picture->fd[0], &place) || place.record->type != HB_MEM_BUFFER_TYPE_GRAPHIC)
		return NULL;
	return place.record;
}

int32_t hb_mem_inc_graph_buf_consume_cnt(hb_mem_graphic_buf_t *buffer)
{
	EMULATION_MAY_FAIL();
	if (!buffer || buffer->fd[0] < 0 || buffer->share_id[0] <= 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	const struct record *record = find_picture(buffer);
	return module_leave(record ? consume_all(record, buffer->share_id, 1) : HB_MEM_ERR_INVALID_FD);
}

static int32_t increase_group(const hb_mem_graphic_buf_group_t *group)
{
	struct record *records[HB_MEM_MAXIMUM_GRAPH_BUF] = {0};
	for (int i = 0; i < HB_MEM_MAXIMUM_GRAPH_BUF; i++) {
		if (!(group->bit_map & 1u << i))
			continue;
		records[i] = find_picture(&group->graph_group[i]);
		if (!records[i])
			return HB_MEM_ERR_INVALID_FD;
	}
	return consume_pictures(records, group->graph_group, 1);
}

int32_t hb_mem_inc_graph_buf_group_consume_cnt(hb_mem_graphic_buf_group_t *group)
{
	EMULATION_MAY_FAIL();
	if (!group || !group->bit_map || group->bit_map >> HB_MEM_MAXIMUM_GRAPH_BUF)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	return result ? result : module_leave(increase_group(group));
}

int32_t hb_mem_dec_consume_cnt(int32_t fd)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (fd < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_fd(fd, &place) ? decrease(&place) : HB_MEM_ERR_INVALID_FD);
}

int32_t hb_mem_dec_consume_cnt_with_vaddr(uint64_t virt_addr)
{
	EMULATION_MAY_FAIL();
	struct place place;
	if (!virt_addr)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_address(virt_addr, &place) ? decrease(&place) : HB_MEM_ERR_INVALID_VADDR);
}
