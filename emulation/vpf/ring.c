/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t count_in(const struct ring *ring, enum ring_state state)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < ring->count; i++)
		count += ring->buffers[i].state == state;
	return count;
}

static struct ring_buffer *oldest(const struct ring *ring, enum ring_state state)
{
	struct ring_buffer *found = NULL;
	for (uint32_t i = 0; i < ring->count; i++) {
		struct ring_buffer *buffer = &ring->buffers[i];
		if (buffer->state == state && (!found || buffer->order < found->order))
			found = buffer;
	}
	return found;
}

static void move(struct ring *ring, struct ring_buffer *buffer, enum ring_state state)
{
	buffer->state = state;
	buffer->order = ++ring->changes;
	ring->counters->finished = count_in(ring, RING_FINISHED);
	ring->counters->held = count_in(ring, RING_HELD);
}

struct ring_buffer *ring_begin(struct ring *ring)
{
	struct ring_buffer *buffer = oldest(ring, RING_QUEUED);
	if (buffer)
		move(ring, buffer, RING_IN_WORK);
	else
		ring->counters->overruns++;
	return buffer;
}

bool ring_finish(struct ring *ring, struct ring_buffer *buffer, const hbn_frame_info_t *info)
{
	if (ring->writing_fd < 0) { /* stopped meanwhile */
		move(ring, buffer, RING_QUEUED);
		return false;
	}
	if (count_in(ring, RING_QUEUED) == 0) {
		ring->counters->overruns++;
		move(ring, buffer, RING_QUEUED);
		return false;
	}
	buffer->image.info = *info;
	buffer->image.info.frame_done = 1;
	buffer->image.info.bufferindex = (int32_t)(buffer - ring->buffers);
	ring->counters->completed++;
	move(ring, buffer, RING_FINISHED);
	(void)!write(ring->writing_fd, "", 1);
	return true;
}

static void swallow_byte(const struct ring *ring)
{
	char byte;
	(void)!read(ring->readable_fd, &byte, 1);
}

struct ring_buffer *ring_take(struct ring *ring)
{
	struct ring_buffer *buffer = oldest(ring, RING_FINISHED);
	if (!buffer)
		return NULL;
	swallow_byte(ring);
	ring->counters->taken++;
	move(ring, buffer, RING_HELD);
	return buffer;
}

hobot_status ring_release(struct ring *ring, int32_t index)
{
	if (index < 0 || (uint32_t)index >= ring->count)
		return -EMULATED_HBN_ILLEGAL_BUF_INDEX;
	if (ring->buffers[index].state != RING_HELD)
		return -EMULATED_HBN_NODE_QUE_ERROR;
	ring->counters->released++;
	move(ring, &ring->buffers[index], RING_QUEUED);
	return 0;
}

void ring_flush(struct ring *ring)
{
	struct ring_buffer *buffer;
	while ((buffer = oldest(ring, RING_FINISHED))) {
		swallow_byte(ring);
		ring->counters->flushed++;
		move(ring, buffer, RING_QUEUED);
	}
}

/** Open the pipe's other end anew: whoever polls the descriptor keeps it over a restart of the node. */
void ring_start(struct ring *ring)
{
	char path[32];
	if (ring->writing_fd >= 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ring->readable_fd);
	ring->writing_fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

void ring_stop(struct ring *ring)
{
	ring_flush(ring);
	if (ring->writing_fd >= 0)
		close(ring->writing_fd);
	ring->writing_fd = -1;
}

struct picture ring_picture(const struct ring_buffer *buffer)
{
	const hb_mem_graphic_buf_t *shape = &buffer->image.buffer;
	return (struct picture){.y = buffer->device[0],
				.uv = shape->is_contig ? buffer->device[0] + shape->size[0] : buffer->device[1],
				.stride = shape->stride,
				.width = shape->width,
				.height = shape->height};
}

static bool map_for_device(struct ring_buffer *buffer)
{
	const hb_mem_graphic_buf_t *shape = &buffer->allocated;
	int mappings = shape->is_contig ? 1 : shape->plane_cnt;
	for (int i = 0; i < mappings && i < 2; i++) {
		uint64_t size = 0;
		for (int plane = i; plane < (shape->is_contig ? shape->plane_cnt : i + 1); plane++)
			size += shape->size[plane];
		void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shape->fd[i], 0);
		if (address == MAP_FAILED)
			return false;
		buffer->device[i] = address;
		buffer->device_size[i] = size;
	}
	return true;
}

/** The memory is allocated once for the driver, and then imported for the user with exactly the flags that he gave. */
static hobot_status fill_buffer(struct ring_buffer *buffer, const hb_mem_graphic_buf_t *shape,
				const hbn_buf_alloc_attr_t *attributes)
{
	int64_t kind = attributes->is_contig ? HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF : 0;
	int64_t flags = attributes->flags & ~(HB_MEM_USAGE_PRIV_MASK | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	if (hb_mem_alloc_graph_buf(shape->width, shape->height, shape->format,
				   flags | kind | HB_MEM_USAGE_PRIV_HEAP_2_RESERVED, shape->stride, shape->vstride,
				   &buffer->allocated)) {
		buffer->allocated.fd[0] = -1;
		return -EMULATED_HBN_REQ_BUF_FAIL;
	}
	hb_mem_graphic_buf_t in = buffer->allocated;
	in.flags = attributes->flags;
	if (hb_mem_import_graph_buf(&in, &buffer->image.buffer)) {
		buffer->image.buffer.fd[0] = -1;
		return -EMULATED_HBN_MEM_IMPORT_FAIL;
	}
	return map_for_device(buffer) ? 0 : -EMULATED_HBN_NOMEM;
}

hobot_status ring_create(const hb_mem_graphic_buf_t *shape, const hbn_buf_alloc_attr_t *attributes,
			 struct emulated_channel_counters *counters, struct ring **ret_ring)
{
	int ends[2];
	hobot_status status = 0;
	struct ring *ring = calloc(1, sizeof(*ring));
	if (!ring)
		return -EMULATED_HBN_NOMEM;
	ring->counters = counters;
	ring->readable_fd = ring->writing_fd = -1;
	ring->cached = attributes->flags & HB_MEM_USAGE_CACHED;
	ring->buffers = calloc(attributes->buffers_num, sizeof(*ring->buffers));
	if (!ring->buffers || pipe2(ends, O_NONBLOCK | O_CLOEXEC)) {
		ring_destroy(ring);
		return -EMULATED_HBN_REQ_BUF_FAIL;
	}
	ring->readable_fd = ends[0];
	close(ends[1]);
	while (!status && ring->count < attributes->buffers_num)
		status = fill_buffer(&ring->buffers[ring->count++], shape, attributes);
	if (status) {
		ring_destroy(ring);
		return status;
	}
	counters->buffers = ring->count;
	counters->width = (uint32_t)shape->width;
	counters->height = (uint32_t)shape->height;
	*ret_ring = ring;
	return 0;
}

void ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	for (uint32_t i = 0; i < ring->count; i++) {
		struct ring_buffer *buffer = &ring->buffers[i];
		for (int part = 0; part < 2; part++) {
			if (buffer->device[part])
				munmap(buffer->device[part], buffer->device_size[part]);
		}
		/* fd 0 with no size was never filled; -1 was refused. */
		if (buffer->image.buffer.size[0] && buffer->image.buffer.fd[0] >= 0)
			hb_mem_free_buf(buffer->image.buffer.fd[0]);
		if (buffer->allocated.size[0] && buffer->allocated.fd[0] >= 0)
			hb_mem_free_buf(buffer->allocated.fd[0]);
	}
	if (ring->readable_fd >= 0)
		close(ring->readable_fd);
	if (ring->writing_fd >= 0)
		close(ring->writing_fd);
	free(ring->buffers);
	free(ring);
}
