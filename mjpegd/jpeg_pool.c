/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg_pool.h"

#include <errno.h>
#include <stdlib.h>

struct jpeg_pool {
	unsigned count;
	struct jpeg jpegs[];
};

struct jpeg_pool *jpeg_pool_create(unsigned count)
{
	struct jpeg_pool *pool = calloc(1, sizeof(*pool) + count * sizeof(pool->jpegs[0]));

	if (pool != NULL)
		pool->count = count;
	return pool;
}

void jpeg_pool_destroy(struct jpeg_pool *pool)
{
	if (pool == NULL)
		return;
	for (unsigned i = 0; i < pool->count; i++)
		free(pool->jpegs[i].data);
	free(pool);
}

struct jpeg *jpeg_pool_take(struct jpeg_pool *pool)
{
	for (unsigned i = 0; i < pool->count; i++) {
		struct jpeg *jpeg = &pool->jpegs[i];

		/* Acquire: the last holder's reads are done before we write. */
		if (atomic_load_explicit(&jpeg->references, memory_order_acquire) == 0) {
			atomic_store_explicit(&jpeg->references, 1, memory_order_relaxed);
			jpeg->size_bytes = 0;
			return jpeg;
		}
	}
	return NULL;
}

struct jpeg *jpeg_ref(struct jpeg *jpeg)
{
	atomic_fetch_add_explicit(&jpeg->references, 1, memory_order_relaxed);
	return jpeg;
}

void jpeg_unref(struct jpeg *jpeg)
{
	if (jpeg != NULL)
		atomic_fetch_sub_explicit(&jpeg->references, 1, memory_order_release);
}

int jpeg_reserve(struct jpeg *jpeg, size_t capacity_bytes)
{
	unsigned char *data;

	if (capacity_bytes <= jpeg->capacity_bytes)
		return 0;
	data = realloc(jpeg->data, capacity_bytes);
	if (data == NULL)
		return -ENOMEM;
	jpeg->data = data;
	jpeg->capacity_bytes = capacity_bytes;
	return 0;
}
