/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "group.h"
#include "pool.h"

#include <stdlib.h>

static struct record *records;

struct record *table_first(void)
{
	return records;
}

struct record *table_add(hb_mem_buffer_type_t type)
{
	struct record *record = calloc(1, sizeof(*record));
	if (!record)
		return NULL;
	record->type = type;
	record->user_count = 1;
	record->next = records;
	records = record;
	return record;
}

void table_remove(struct record *record)
{
	struct record **link = &records;
	while (*link != record)
		link = &(*link)->next;
	*link = record->next;
	for (int i = 0; i < record->mapping_count; i++)
		mapping_close(&record->mappings[i]);
	free(record);
}

void table_free_all(void)
{
	while (records)
		table_remove(records);
	group_forget_all();
	pool_forget_all();
}

/** Buffers of a pool have the pool's descriptor, which stands for the pool. */
bool table_find_fd(int32_t fd, struct place *place)
{
	for (struct record *record = records; record; record = record->next) {
		for (int i = 0; i < record->mapping_count; i++) {
			if (record->mappings[i].fd == fd) {
				*place = (struct place){.record = record, .plane = i};
				return true;
			}
		}
	}
	return false;
}

static bool inside(uint64_t address, const uint8_t *start, uint64_t size, uint64_t *distance)
{
	*distance = address - (uint64_t)(uintptr_t)start;
	return start && address >= (uint64_t)(uintptr_t)start && *distance < size;
}

static bool find_in(struct record *record, uint64_t address, struct place *place)
{
	*place = (struct place){.record = record};
	if (record->type == HB_MEM_BUFFER_TYPE_COMMON)
		return inside(address, record->common.virt_addr, record->common.size, &place->distance);
	for (; place->plane < record->graphic.plane_cnt; place->plane++) {
		if (inside(address, record->graphic.virt_addr[place->plane], record->graphic.size[place->plane],
			   &place->distance))
			return true;
	}
	return false;
}

bool table_find_address(uint64_t address, struct place *place)
{
	struct place pool_place = {0};
	for (struct record *record = records; record; record = record->next) {
		if (!find_in(record, address, place))
			continue;
		if (!record->pool || !record->mapping_count)
			return true;
		pool_place = *place; /* A buffer in the pool is nearer than the pool. */
	}
	*place = pool_place;
	return place->record;
}

const struct mapping *place_mapping(const struct place *place, uint64_t *plane_offset)
{
	const struct record *record = place->record;
	const struct mapping *mapping;
	const uint8_t *start;
	if (record->type == HB_MEM_BUFFER_TYPE_COMMON) {
		mapping = record->mapping_count ? &record->mappings[0] : pool_mapping(record->pool);
		start = record->common.virt_addr;
	} else {
		mapping = &record->mappings[record->graphic.is_contig ? 0 : place->plane];
		start = record->graphic.virt_addr[place->plane];
	}
	*plane_offset = (uint64_t)(start - mapping->address);
	return mapping;
}

struct span place_span(const struct place *place)
{
	const struct record *record = place->record;
	if (record->type == HB_MEM_BUFFER_TYPE_COMMON) {
		const hb_mem_common_buf_t *buffer = &record->common;
		return (struct span){(uint64_t)(uintptr_t)buffer->virt_addr, buffer->phys_addr, buffer->size,
				     place->distance, buffer->flags};
	}
	const hb_mem_graphic_buf_t *picture = &record->graphic;
	int first = picture->is_contig ? 0 : place->plane;
	struct span span = {.address = (uint64_t)(uintptr_t)picture->virt_addr[first],
			    .phys_addr = picture->phys_addr[first],
			    .size = picture->size[first],
			    .flags = picture->flags};
	for (int i = 1; picture->is_contig && i < picture->plane_cnt; i++)
		span.size += picture->size[i];
	span.distance = (uint64_t)(uintptr_t)picture->virt_addr[place->plane] - span.address + place->distance;
	return span;
}

int32_t place_share_id(const struct place *place)
{
	uint64_t ignored;
	return place_mapping(place, &ignored)->share_id;
}
