/* SPDX-License-Identifier: Apache-2.0 */
#include "group.h"

#include "../include/emulated_hb_mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** A group dies with its first buffer, so there are never more groups than buffers. */
struct group {
	struct group *next;
	int32_t id;
	uint32_t id_count;
	int32_t ids[BROKER_GROUP_IDS_MAX];
};

static struct group *groups;

static struct group *by_id(int32_t id)
{
	struct group *group = groups;
	while (group && group->id != id)
		group = group->next;
	return group;
}

int32_t group_register(const struct broker_request *request)
{
	struct group *group = calloc(1, sizeof(*group));
	if (!group)
		return 0;
	group->id = 1;
	while (by_id(group->id))
		group->id++;
	group->id_count = request->id_count;
	memcpy(group->ids, request->ids, sizeof(group->ids));
	group->next = groups;
	groups = group;
	return group->id;
}

int32_t group_check(const struct broker_request *request)
{
	const struct group *group = by_id(request->amount);
	if (!group || group->id_count != request->id_count ||
	    memcmp(group->ids, request->ids, request->id_count * sizeof(group->ids[0])))
		return HB_MEM_ERR_INVALID_GROUPID;
	return 0;
}

static bool contains(const struct group *group, int32_t share_id)
{
	for (uint32_t i = 0; i < group->id_count; i++) {
		if (group->ids[i] == share_id)
			return true;
	}
	return false;
}

void group_forget_buffer(int32_t share_id)
{
	for (struct group **link = &groups; *link;) {
		struct group *group = *link;
		if (contains(group, share_id)) {
			*link = group->next;
			free(group);
		} else {
			link = &group->next;
		}
	}
}
