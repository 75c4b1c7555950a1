/* SPDX-License-Identifier: Apache-2.0 */
/* The user takes frames and gives them back. */
#include "graph.h"
#include "image_layout.h"

#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

/** The library's own idea of what 0, and more than it allows, mean. */
#define TIMEOUT_MAX_MS     1000u
#define TIMEOUT_INSTEAD_MS 4000u

static hobot_status find_ring(hbn_vnode_handle_t vnode, uint32_t number, struct ring **ring)
{
	struct node *node;
	struct channel *channel;
	hobot_status status = channel_find(vnode, number, &node, &channel);
	if (status)
		return status;
	if (!channel->configured || !channel->enabled)
		return -EMULATED_HBN_NOT_SUPPORT;
	if (!channel->ring)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	*ring = channel->ring;
	return 0;
}

/** A descriptor of our own to wait on: the node may be closed meanwhile. */
static hobot_status watch(hbn_vnode_handle_t vnode, uint32_t number, bool flush, int *fd)
{
	struct ring *ring;
	pthread_mutex_lock(&graph_lock);
	hobot_status status = find_ring(vnode, number, &ring);
	if (!status && flush)
		ring_flush(ring);
	*fd = status ? -1 : fcntl(ring->readable_fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&graph_lock);
	if (!status && *fd < 0)
		return -EMULATED_HBN_NODE_DEQUE_ERROR;
	return status;
}

static bool wait_readable(int fd, uint32_t timeout_ms)
{
	struct pollfd frame = {.fd = fd, .events = POLLIN};
	return poll(&frame, 1, (int)timeout_ms) == 1 && !(frame.revents & (POLLHUP | POLLERR));
}

/** What the library does for the caller's process, and for no other. */
static void invalidate(const hb_mem_graphic_buf_t *picture)
{
	for (int i = 0; i < picture->plane_cnt; i++)
		hb_mem_invalidate_buf_with_vaddr((uint64_t)(uintptr_t)picture->virt_addr[i], picture->size[i]);
}

static hobot_status take(hbn_vnode_handle_t vnode, uint32_t number, hbn_vnode_image_t *image)
{
	struct ring *ring;
	pthread_mutex_lock(&graph_lock);
	struct ring_buffer *buffer = find_ring(vnode, number, &ring) ? NULL : ring_take(ring);
	bool cached = buffer && ring->cached;
	if (buffer)
		*image = buffer->image;
	pthread_mutex_unlock(&graph_lock);
	if (cached)
		invalidate(&image->buffer);
	return buffer ? 0 : -EMULATED_HBN_NODE_DEQUE_ERROR;
}

static hobot_status get_frame(hbn_vnode_handle_t vnode, uint32_t number, uint32_t timeout_ms, bool flush,
			      hbn_vnode_image_t *image)
{
	int fd;
	if (!timeout_ms || timeout_ms > TIMEOUT_MAX_MS)
		timeout_ms = TIMEOUT_INSTEAD_MS;
	hobot_status status = watch(vnode, number, flush, &fd);
	if (status)
		return status;
	/* Timeout, hang-up, a signal: the library tells them all by one number. */
	bool readable = wait_readable(fd, timeout_ms);
	close(fd);
	return readable ? take(vnode, number, image) : -EMULATED_HBN_NODE_DEQUE_ERROR;
}

/** To the program, if there is a frame. */
static hobot_status give(hobot_status status, const hbn_vnode_image_t *taken, void *program_image)
{
	if (!status)
		image_give(taken, program_image);
	return status;
}

hobot_status hbn_vnode_getframe(hbn_vnode_handle_t vnode, uint32_t number, uint32_t timeout_ms,
				hbn_vnode_image_t *image)
{
	EMULATION_MAY_FAIL();
	hbn_vnode_image_t taken;
	if (!image)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	return give(get_frame(vnode, number, timeout_ms, false, &taken), &taken, image);
}

static uint64_t raw_time_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/** Skip frames older than @p oldest_ns. As in the vendor's library, what is skipped is not given back. */
static hobot_status get_frame_since(hbn_vnode_handle_t vnode, uint32_t number, uint32_t timeout_ms, uint64_t oldest_ns,
				    bool flush, hbn_vnode_image_t *image)
{
	for (;;) {
		hobot_status status = get_frame(vnode, number, timeout_ms, flush, image);
		if (status == -EMULATED_HBN_NODE_DEQUE_ERROR)
			return -EMULATED_HBN_TIMEOUT;
		if (status || image->info.timestamps >= oldest_ns)
			return status;
		flush = false;
	}
}

static hobot_status get_frame_cond(hbn_vnode_handle_t vnode, uint32_t number, uint32_t timeout_ms, int32_t cond_ms,
				   hbn_vnode_image_t *image)
{
	uint64_t now = raw_time_ns(), age_ns = cond_ms > 0 ? (uint64_t)cond_ms * 1000000u : 0;
	if (cond_ms == 0)
		return get_frame(vnode, number, timeout_ms, true, image);
	if (cond_ms < 0)
		return get_frame_since(vnode, number, timeout_ms, now, true, image);
	/* An age from before the clock began is any age. */
	return get_frame_since(vnode, number, timeout_ms, age_ns < now ? now - age_ns : 0, false, image);
}

hobot_status hbn_vnode_getframe_cond(hbn_vnode_handle_t vnode, uint32_t number, uint32_t timeout_ms, int32_t cond_ms,
				     hbn_vnode_image_t *image)
{
	EMULATION_MAY_FAIL();
	hbn_vnode_image_t taken;
	if (!image)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	return give(get_frame_cond(vnode, number, timeout_ms, cond_ms, &taken), &taken, image);
}

/** VIN, ISP and VSE have one layer: a group of one. */
hobot_status hbn_vnode_getframe_group(hbn_vnode_handle_t vnode, uint32_t number, uint32_t timeout_ms,
				      hbn_vnode_image_group_t *group)
{
	EMULATION_MAY_FAIL();
	hbn_vnode_image_t taken;
	if (!group)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	*group_bit_map(group) = 1;
	return give(get_frame(vnode, number, timeout_ms, false, &taken), &taken, group);
}

hobot_status hbn_vnode_getframe_group_cond(hbn_vnode_handle_t vnode, uint32_t number, uint32_t timeout_ms,
					   int32_t cond_ms, hbn_vnode_image_group_t *group)
{
	EMULATION_MAY_FAIL();
	hbn_vnode_image_t taken;
	if (!group)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	*group_bit_map(group) = 1;
	return give(get_frame_cond(vnode, number, timeout_ms, cond_ms, &taken), &taken, group);
}

static hobot_status release(hbn_vnode_handle_t vnode, uint32_t number, const void *program_image)
{
	struct ring *ring;
	if (!program_image)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	pthread_mutex_lock(&graph_lock);
	hobot_status status = find_ring(vnode, number, &ring);
	if (!status)
		status = ring_release(ring, image_read(program_image).info.bufferindex);
	pthread_mutex_unlock(&graph_lock);
	return status;
}

hobot_status hbn_vnode_releaseframe(hbn_vnode_handle_t vnode, uint32_t number, hbn_vnode_image_t *image)
{
	EMULATION_MAY_FAIL();
	return release(vnode, number, image);
}

hobot_status hbn_vnode_releaseframe_group(hbn_vnode_handle_t vnode, uint32_t number, hbn_vnode_image_group_t *group)
{
	EMULATION_MAY_FAIL();
	return release(vnode, number, group); /* which begins with its image */
}

/** Exported, though the vendor's headers do not declare it. */
hobot_status hbn_vnode_flushframe(hbn_vnode_handle_t vnode, uint32_t number)
{
	EMULATION_MAY_FAIL();
	struct ring *ring;
	pthread_mutex_lock(&graph_lock);
	hobot_status status = find_ring(vnode, number, &ring);
	if (!status)
		ring_flush(ring);
	else if (status == -EMULATED_HBN_INVALID_NULL_PTR)
		status = -EMULATED_HBN_FLUSH_FRAME_ERROR; /* it has no buffers */
	pthread_mutex_unlock(&graph_lock);
	return status;
}
