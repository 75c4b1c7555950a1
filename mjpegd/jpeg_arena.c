/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg_arena.h"

#include <stdlib.h>

/* libjpeg-turbo's SIMD code wants 32; a cache line costs nothing more. */
#define ALIGNMENT_BYTES 64u

static size_t align_up(size_t size_bytes)
{
	return (size_bytes + ALIGNMENT_BYTES - 1) & ~(size_t)(ALIGNMENT_BYTES - 1);
}

/* Returns NULL where libjpeg's own manager has to serve: memory that outlives the picture, or no room yet. */
static void *arena_alloc(struct jpeg_arena *arena, int pool_id, size_t size_bytes)
{
	void *memory;

	if (pool_id != JPOOL_IMAGE)
		return NULL;
	size_bytes = align_up(size_bytes);
	arena->wanted_bytes += size_bytes;
	if (size_bytes > arena->size_bytes - arena->used_bytes)
		return NULL;
	memory = arena->memory + arena->used_bytes;
	arena->used_bytes += size_bytes;
	return memory;
}

static void *alloc_small(j_common_ptr common, int pool_id, size_t size_bytes)
{
	struct jpeg_arena *arena = common->client_data;
	void *memory = arena_alloc(arena, pool_id, size_bytes);

	return memory != NULL ? memory : arena->alloc_small(common, pool_id, size_bytes);
}

static void *alloc_large(j_common_ptr common, int pool_id, size_t size_bytes)
{
	struct jpeg_arena *arena = common->client_data;
	void *memory = arena_alloc(arena, pool_id, size_bytes);

	return memory != NULL ? memory : arena->alloc_large(common, pool_id, size_bytes);
}

static void free_pool(j_common_ptr common, int pool_id)
{
	struct jpeg_arena *arena = common->client_data;

	arena->free_pool(common, pool_id);
	if (pool_id != JPOOL_IMAGE)
		return;
	if (arena->wanted_bytes > arena->size_bytes) {
		free(arena->memory);
		arena->memory = aligned_alloc(ALIGNMENT_BYTES, arena->wanted_bytes);
		arena->size_bytes = arena->memory != NULL ? arena->wanted_bytes : 0;
	}
	arena->used_bytes = 0;
	arena->wanted_bytes = 0;
}

void jpeg_arena_install(struct jpeg_arena *arena, j_common_ptr common)
{
	arena->alloc_small = common->mem->alloc_small;
	arena->alloc_large = common->mem->alloc_large;
	arena->free_pool = common->mem->free_pool;
	common->client_data = arena;
	common->mem->alloc_small = alloc_small;
	common->mem->alloc_large = alloc_large;
	common->mem->free_pool = free_pool;
}

void jpeg_arena_fini(struct jpeg_arena *arena)
{
	free(arena->memory);
	*arena = (struct jpeg_arena){0};
}
