/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include "module.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE_SLOTS_MAX 65536u

enum slot_state { SLOT_FREE, SLOT_DEQUEUED, SLOT_QUEUED, SLOT_REQUESTED };

struct slot {
	enum slot_state state;
	uint64_t order; /**< Oldest first. */
};

struct queue {
	struct queue *next;
	uint64_t id;
	uint32_t count, item_size;
	uint32_t sleepers;
	bool destroyed; /**< Kept until the last sleeper has seen it. */
	uint64_t queued_so_far;
	pthread_cond_t changed;
	struct slot *slots;
	uint8_t *items;
};

static struct queue *queues;
static uint64_t last_id;

static struct queue *by_id(uint64_t id)
{
	struct queue *queue = queues;
	while (queue && queue->id != id)
		queue = queue->next;
	return queue;
}

static void forget(struct queue *queue)
{
	pthread_cond_destroy(&queue->changed);
	free(queue->slots);
	free(queue->items);
	free(queue);
}

static struct queue *create(const hb_mem_buf_queue_t *wanted)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	pthread_condattr_t attributes;
	if (!queue)
		return NULL;
	queue->slots = calloc(wanted->count, sizeof(*queue->slots));
	queue->items = calloc(wanted->count, wanted->item_size);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (!queue->slots || !queue->items) {
		forget(queue);
		return NULL;
	}
	queue->count = wanted->count;
	queue->item_size = wanted->item_size;
	return queue;
}

static void destroy(struct queue *queue)
{
	struct queue **link = &queues;
	while (*link != queue)
		link = &(*link)->next;
	*link = queue->next;
	queue->destroyed = true;
	pthread_cond_broadcast(&queue->changed);
	if (!queue->sleepers)
		forget(queue);
}

void queue_destroy_all(void)
{
	while (queues)
		destroy(queues);
}

int32_t hb_mem_create_buf_queue(hb_mem_buf_queue_t *queue)
{
	EMULATION_MAY_FAIL();
	if (!queue || !queue->count || queue->count > QUEUE_SLOTS_MAX || !queue->item_size)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (queue->unique_id && by_id(queue->unique_id))
		return module_leave(HB_MEM_ERR_QUEUE_ALREADY_EXIST);
	struct queue *created = create(queue);
	if (!created)
		return module_leave(HB_MEM_ERR_INSUFFICIENT_MEM);
	while (!queue->unique_id) {
		if (!by_id(++last_id))
			queue->unique_id = last_id;
	}
	created->id = queue->unique_id;
	created->next = queues;
	queues = created;
	return module_leave(0);
}

int32_t hb_mem_destroy_buf_queue(hb_mem_buf_queue_t *queue)
{
	EMULATION_MAY_FAIL();
	if (!queue || !queue->unique_id)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct queue *found = by_id(queue->unique_id);
	if (!found)
		return module_leave(HB_MEM_ERR_INVALID_PARAMS); /* a second destroy, though other calls say NOT_FOUND */
	destroy(found);
	return module_leave(0);
}

/** The slot that has been in @p state for longest, or -1. */
static int32_t oldest(const struct queue *queue, enum slot_state state)
{
	int32_t found = -1;
	for (uint32_t i = 0; i < queue->count; i++) {
		if (queue->slots[i].state == state && (found < 0 || queue->slots[i].order < queue->slots[found].order))
			found = (int32_t)i;
	}
	return found;
}

static struct timespec deadline_after(int64_t timeout_ms)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec += timeout_ms / 1000;
	now.tv_nsec += timeout_ms % 1000 * 1000000;
	if (now.tv_nsec >= 1000000000) {
		now.tv_sec++;
		now.tv_nsec -= 1000000000;
	}
	return now;
}

/** Sleep until a slot has @p state. @return Its number, or an error of hb_mem. The queue may be gone after an error. */
static int32_t await_slot(struct queue *queue, enum slot_state state, int64_t timeout_ms)
{
	struct timespec deadline = deadline_after(timeout_ms > 0 ? timeout_ms : 0);
	int32_t found = oldest(queue, state);
	if (found < 0 && !timeout_ms)
		return HB_MEM_ERR_QUEUE_NO_AVAILABLE_SLOT;
	int error = 0;
	queue->sleepers++;
	while (found < 0 && !queue->destroyed && error != ETIMEDOUT) {
		error = timeout_ms < 0 ? pthread_cond_wait(&queue->changed, &module_lock)
				       : pthread_cond_timedwait(&queue->changed, &module_lock, &deadline);
		found = oldest(queue, state);
	}
	queue->sleepers--;
	if (queue->destroyed) {
		if (!queue->sleepers)
			forget(queue);
		return HB_MEM_ERR_QUEUE_DESTROYED;
	}
	return found < 0 ? HB_MEM_ERR_TIMEOUT : found;
}

static int32_t take_slot(hb_mem_buf_queue_t *queue, int32_t *slot, void *item, int64_t timeout_ms, enum slot_state from,
			 enum slot_state to)
{
	if (!queue || !queue->unique_id || !slot || !item)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	struct queue *found = by_id(queue->unique_id);
	int32_t taken = found ? await_slot(found, from, timeout_ms) : HB_MEM_ERR_QUEUE_NOT_FOUND;
	if (taken < 0)
		return module_leave(taken);
	found->slots[taken].state = to;
	memcpy(item, found->items + (size_t)taken * found->item_size, found->item_size);
	*slot = taken;
	return module_leave(0);
}

int32_t hb_mem_dequeue_buf(hb_mem_buf_queue_t *queue, int32_t *slot, void *item, int64_t timeout_ms)
{
	EMULATION_MAY_FAIL();
	return take_slot(queue, slot, item, timeout_ms, SLOT_FREE, SLOT_DEQUEUED);
}

int32_t hb_mem_request_buf(hb_mem_buf_queue_t *queue, int32_t *slot, void *item, int64_t timeout_ms)
{
	EMULATION_MAY_FAIL();
	return take_slot(queue, slot, item, timeout_ms, SLOT_QUEUED, SLOT_REQUESTED);
}

static void move(struct queue *queue, int32_t slot, enum slot_state state)
{
	queue->slots[slot].state = state;
	queue->slots[slot].order = ++queue->queued_so_far;
	pthread_cond_broadcast(&queue->changed);
}

/** Begin a call that names a slot. On success the module's lock is held. */
static int32_t enter_slot(const hb_mem_buf_queue_t *queue, int32_t slot, struct queue **ret_queue)
{
	if (!queue || !queue->unique_id || slot < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	*ret_queue = by_id(queue->unique_id);
	if (!*ret_queue)
		return module_leave(HB_MEM_ERR_QUEUE_NOT_FOUND);
	return (uint32_t)slot < (*ret_queue)->count ? 0 : module_leave(HB_MEM_ERR_QUEUE_WRONG_SLOT);
}

int32_t hb_mem_queue_buf(hb_mem_buf_queue_t *queue, int32_t slot, const void *item)
{
	EMULATION_MAY_FAIL();
	struct queue *found;
	if (!item)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = enter_slot(queue, slot, &found);
	if (result)
		return result;
	if (found->slots[slot].state != SLOT_DEQUEUED)
		return module_leave(HB_MEM_ERR_QUEUE_WRONG_SLOT);
	memcpy(found->items + (size_t)slot * found->item_size, item, found->item_size);
	move(found, slot, SLOT_QUEUED);
	return module_leave(0);
}

int32_t hb_mem_release_buf(hb_mem_buf_queue_t *queue, int32_t slot)
{
	EMULATION_MAY_FAIL();
	struct queue *found;
	int32_t result = enter_slot(queue, slot, &found);
	if (result)
		return result;
	if (found->slots[slot].state != SLOT_REQUESTED)
		return module_leave(HB_MEM_ERR_QUEUE_WRONG_SLOT);
	move(found, slot, SLOT_FREE);
	return module_leave(0);
}

/** What was taken goes back to where it was taken from; a requested slot keeps its age, so it comes first again. */
int32_t hb_mem_cancel_buf(hb_mem_buf_queue_t *queue, int32_t slot)
{
	EMULATION_MAY_FAIL();
	struct queue *found;
	int32_t result = enter_slot(queue, slot, &found);
	if (result)
		return result;
	enum slot_state state = found->slots[slot].state;
	if (state != SLOT_DEQUEUED && state != SLOT_REQUESTED)
		return module_leave(HB_MEM_ERR_QUEUE_WRONG_SLOT);
	found->slots[slot].state = state == SLOT_DEQUEUED ? SLOT_FREE : SLOT_QUEUED;
	pthread_cond_broadcast(&found->changed);
	return module_leave(0);
}
