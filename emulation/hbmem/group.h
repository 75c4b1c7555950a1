/* SPDX-License-Identifier: Apache-2.0 */
/** @file group.h
 * Up to eight pictures that are allocated, shared and freed as one. */
#ifndef EMULATION_HBMEM_GROUP_H
#define EMULATION_HBMEM_GROUP_H

#include "table.h"

struct group {
	struct group *next;
	int32_t references;
	hb_mem_graphic_buf_group_t description;
	struct record *records[HB_MEM_MAXIMUM_GRAPH_BUF];
};

/** @return The process's own group of that number, or NULL. */
struct group *group_by_id(int32_t id);

/** @return A new group without pictures, or NULL without memory. */
struct group *group_create(void);

void group_add(struct group *group, int position, struct record *record);

/** Free the pictures and forget the group. */
void group_destroy(struct group *group);

/** Drop one reference. */
void group_release(struct group *group);

/** Write the share_ids that make up the group into a request. */
void group_list_ids(const hb_mem_graphic_buf_group_t *description, struct broker_request *request);

void group_forget_all(void);

#endif
