/* SPDX-License-Identifier: Apache-2.0 */
/** @file table.h
 * All buffers that this process has, found by descriptor or by address. */
#ifndef EMULATION_HBMEM_TABLE_H
#define EMULATION_HBMEM_TABLE_H

#include "mapping.h"

#define PAGE_SIZE_BYTES BROKER_PAGE_SIZE

struct pool;
struct group;

struct record {
	struct record *next;
	hb_mem_buffer_type_t type; /**< COMMON or GRAPHIC; a group is told by `group`. */
	union {
		hb_mem_common_buf_t common;
		hb_mem_graphic_buf_t graphic;
	};
	struct mapping mappings[MAX_GRAPHIC_BUF_COMP];
	int mapping_count; /**< 0 for a buffer inside a pool: its memory is the pool's. */
	int32_t user_count, user_increments;
	struct group *group;
	struct pool *pool; /**< Whose memory this is, or is a part of. */
	uint32_t pool_place, pool_extent;
};

/** Where a descriptor or an address leads. */
struct place {
	struct record *record;
	int plane;
	uint64_t distance; /**< From the plane's first byte. */
};

/** @return A new record in the table, or NULL without memory. */
struct record *table_add(hb_mem_buffer_type_t type);

/** Unmap what the record maps, take it out of the table and forget it. */
void table_remove(struct record *record);

void table_free_all(void);

struct record *table_first(void);

bool table_find_fd(int32_t fd, struct place *place);
bool table_find_address(uint64_t address, struct place *place);

/** The memory under a place, and how far into the mapping the place's plane begins. */
const struct mapping *place_mapping(const struct place *place, uint64_t *plane_offset);

/** What a range may span from here: the picture if it is contiguous, else the plane. `distance` is the place's own. */
struct span {
	uint64_t address, phys_addr, size, distance;
	int64_t flags;
};
struct span place_span(const struct place *place);

int32_t place_share_id(const struct place *place);

#endif
