/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "pages.h"
#include "transport/shared_memory.h"

/* Memory that the kernel could hand out without swapping or killing anybody; UINT64_MAX if it does not say. */
static uint64_t available_memory_bytes(void)
{
	unsigned long long kilobytes = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	if (!file)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
			break;
	fclose(file);
	return kilobytes ? kilobytes * 1024 : UINT64_MAX;
}

static size_t size_of_pool(uint32_t buffer_count)
{
	return sizeof(struct zcf_pool) + buffer_count * sizeof(struct zcf_buffer);
}

/* A pool without memory in its buffers. */
static int make_pool(const char *backend_name, const struct zcf_format *format, uint32_t buffer_count,
		     struct zcf_pool **ret_pool)
{
	const struct zcf_backend *backend = zcf_backend_find(backend_name ? backend_name : "memfd");

	if (!backend)
		return zcf_fail(-ENOTSUP, "backend \"%s\" is not one that this version has; use memfd or hbmem",
				backend_name);
	if (buffer_count < 2 || buffer_count > ZCF_MAX_BUFFERS)
		return zcf_fail(-EINVAL, "a pool of %u buffers: must be 2 to %d", buffer_count, ZCF_MAX_BUFFERS);
	int error = zcf_format_check(format, format->size_bytes);
	if (error < 0)
		return error;
	struct zcf_pool *pool = zcf_pages_create(size_of_pool(buffer_count));
	if (!pool)
		return zcf_fail(-ENOMEM, "out of memory");
	pool->backend = backend;
	pool->format = *format;
	pool->buffer_count = buffer_count;
	for (uint32_t i = 0; i < buffer_count; i++)
		pool->buffers[i].index = i;
	*ret_pool = pool;
	return 0;
}

int zcf_pool_create(const char *backend_name, const struct zcf_format *format, uint32_t buffer_count,
		    struct zcf_pool **ret_pool)
{
	struct zcf_pool *pool;
	int error = make_pool(backend_name, format, buffer_count, &pool);

	if (error < 0)
		return error;
	if (format->size_bytes > available_memory_bytes() / buffer_count)
		error = zcf_fail(-ENOMEM,
				 "a pool of %u buffers of %llu bytes is more than the memory that is available",
				 buffer_count, (unsigned long long)format->size_bytes);
	for (uint32_t i = 0; error == 0 && i < buffer_count; i++)
		error = pool->backend->create(format, i, &pool->buffers[i].memory);
	if (error < 0) {
		zcf_pool_destroy(pool);
		return error;
	}
	/* As the backend has laid it out: where that is the vendor's library, rows and planes may be longer. */
	pool->format = pool->buffers[0].memory.format;
	*ret_pool = pool;
	return 0;
}

int zcf_pool_create_for_camera(const char *backend_name, const struct zcf_format *format, uint32_t buffer_count,
			       struct zcf_pool **ret_pool)
{
	struct zcf_pool *pool;
	int error = make_pool(backend_name, format, buffer_count, &pool);

	if (error < 0)
		return error;
	if (!pool->backend->adopt) {
		error = zcf_fail(-ENOTSUP, "backend \"%s\" makes its buffers itself", pool->backend->name);
		zcf_pool_destroy(pool);
		return error;
	}
	pool->camera_owned = true;
	*ret_pool = pool;
	return 0;
}

int zcf_pool_adopt(struct zcf_pool *pool, uint32_t index, const void *handle, size_t handle_size_bytes,
		   struct zcf_buffer **ret_buffer)
{
	if (!pool->camera_owned || index >= pool->buffer_count)
		return zcf_fail(-EINVAL, "buffer %u is none of the camera's %u", index,
				pool->camera_owned ? pool->buffer_count : 0);
	struct zcf_buffer *buffer = &pool->buffers[index];
	const struct zcf_buffer_record *record = &buffer->memory.record;
	if (buffer->memory.base) {
		if (record->handle_size != handle_size_bytes || memcmp(record->handle, handle, handle_size_bytes) != 0)
			return zcf_fail(-EEXIST, "buffer %u is not the one that it was before", index);
		*ret_buffer = buffer;
		return 0;
	}
	int error = pool->backend->adopt(handle, handle_size_bytes, &buffer->memory);
	if (error == 0)
		*ret_buffer = buffer;
	return error;
}

void zcf_pool_destroy(struct zcf_pool *pool)
{
	if (!pool)
		return;
	for (uint32_t i = 0; i < pool->buffer_count; i++)
		if (pool->buffers[i].memory.base)
			pool->backend->destroy(&pool->buffers[i].memory);
	zcf_shared_memory_unmap(pool->last_board, pool->last_board_size_bytes);
	zcf_pages_destroy(pool, size_of_pool(pool->buffer_count));
}

uint32_t zcf_pool_get_buffer_count(const struct zcf_pool *pool)
{
	return pool->buffer_count;
}

struct zcf_buffer *zcf_pool_get_buffer(struct zcf_pool *pool, uint32_t index)
{
	return index < pool->buffer_count ? &pool->buffers[index] : NULL;
}

void *zcf_buffer_get_plane(struct zcf_buffer *buffer, uint32_t plane)
{
	const struct zcf_backend_buffer *memory = &buffer->memory;

	if (plane >= memory->format.plane_count)
		return NULL;
	if (memory->planes[plane])
		return memory->planes[plane];
	return (uint8_t *)memory->base + memory->format.planes[plane].offset_bytes;
}

const struct zcf_format *zcf_buffer_get_format(const struct zcf_buffer *buffer)
{
	return &buffer->memory.format;
}

uint32_t zcf_buffer_get_index(const struct zcf_buffer *buffer)
{
	return buffer->index;
}
