/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"

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

int zcf_pool_create(const char *backend_name, const struct zcf_format *format, uint32_t buffer_count,
		    struct zcf_pool **ret_pool)
{
	const struct zcf_backend *backend = zcf_backend_find(backend_name ? backend_name : "memfd");
	int error;

	if (!backend)
		return zcf_fail(-ENOTSUP, "backend \"%s\" is not one that this version has; use memfd", backend_name);
	if (buffer_count < 2 || buffer_count > ZCF_MAX_BUFFERS)
		return zcf_fail(-EINVAL, "a pool of %u buffers: must be 2 to %d", buffer_count, ZCF_MAX_BUFFERS);
	error = zcf_format_check(format, format->size_bytes);
	if (error < 0)
		return error;
	if (format->size_bytes > available_memory_bytes() / buffer_count)
		return zcf_fail(-ENOMEM, "a pool of %u buffers of %llu bytes is more than the memory that is available",
				buffer_count, (unsigned long long)format->size_bytes);
	struct zcf_pool *pool = calloc(1, sizeof(*pool) + buffer_count * sizeof(pool->buffers[0]));
	if (!pool)
		return zcf_fail(-ENOMEM, "out of memory");
	pool->backend = backend;
	pool->format = *format;
	for (uint32_t i = 0; i < buffer_count; i++) {
		error = backend->create(format, i, &pool->buffers[i].memory);
		if (error < 0) {
			zcf_pool_destroy(pool);
			return error;
		}
		pool->buffers[i].index = i;
		pool->buffer_count++;
	}
	*ret_pool = pool;
	return 0;
}

void zcf_pool_destroy(struct zcf_pool *pool)
{
	if (!pool)
		return;
	for (uint32_t i = 0; i < pool->buffer_count; i++)
		pool->backend->destroy(&pool->buffers[i].memory);
	free(pool);
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
	const struct zcf_format *format = &buffer->memory.format;

	return plane < format->plane_count ? (uint8_t *)buffer->memory.base + format->planes[plane].offset_bytes : NULL;
}

const struct zcf_format *zcf_buffer_get_format(const struct zcf_buffer *buffer)
{
	return &buffer->memory.format;
}

uint32_t zcf_buffer_get_index(const struct zcf_buffer *buffer)
{
	return buffer->index;
}
