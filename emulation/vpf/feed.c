/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures from memory instead of a camera. */
#include "image_layout.h"
#include "pipeline.h"

#include <sys/mman.h>

#define BUFFER_INDEX_MAX 15

/** The picture as the hardware sees it: through the buffer's own descriptors, past the caches. */
struct device_picture {
	struct picture picture;
	void *mappings[2];
	uint64_t sizes[2];
};

static void unmap(struct device_picture *device)
{
	for (int i = 0; i < 2; i++) {
		if (device->mappings[i])
			munmap(device->mappings[i], device->sizes[i]);
	}
}

static bool map(const hb_mem_graphic_buf_t *buffer, struct device_picture *device)
{
	int count = buffer->is_contig ? 1 : 2;
	*device = (struct device_picture){0};
	for (int i = 0; i < count; i++) {
		device->sizes[i] = buffer->is_contig ? buffer->size[0] + buffer->size[1] : buffer->size[i];
		void *address = mmap(NULL, device->sizes[i], PROT_READ, MAP_SHARED, buffer->fd[i], 0);
		if (address == MAP_FAILED) {
			unmap(device);
			return false;
		}
		device->mappings[i] = address;
	}
	device->picture = (struct picture){.y = device->mappings[0],
					   .stride = buffer->stride ? buffer->stride : buffer->width,
					   .width = buffer->width,
					   .height = buffer->height};
	device->picture.uv = buffer->is_contig ? device->picture.y + buffer->size[0] : device->mappings[1];
	return true;
}

/** Only hb_mem's own pictures can be read by hardware, and only of the size that the node expects. */
static bool is_usable(const struct node *node, const hbn_vnode_image_t *image, hb_mem_graphic_buf_t *buffer)
{
	if (hb_mem_get_graph_buf(image->buffer.fd[0], buffer))
		return false;
	return buffer->format == MEM_PIX_FMT_NV12 && buffer->width == (int32_t)node->input.vse.width &&
	       buffer->height == (int32_t)node->input.vse.height;
}

static void flush(const hb_mem_graphic_buf_t *buffer)
{
	for (int i = 0; buffer->flags & HB_MEM_USAGE_CACHED && i < buffer->plane_cnt; i++)
		hb_mem_flush_buf_with_vaddr((uint64_t)(uintptr_t)buffer->virt_addr[i], buffer->size[i]);
}

static hobot_status feed(struct node *node, const hbn_vnode_image_t *image)
{
	hb_mem_graphic_buf_t buffer;
	struct device_picture device;
	if (!is_usable(node, image, &buffer))
		return -EMULATED_HBN_NODE_QUE_ERROR;
	flush(&buffer);
	if (!map(&buffer, &device))
		return -EMULATED_HBN_NODE_QUE_ERROR;
	pipeline_scale(node, &device.picture, &image->info);
	unmap(&device);
	return 0;
}

static hobot_status send_frame(hbn_vnode_handle_t vnode, uint32_t channel, const void *program_image)
{
	if (!program_image)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	const hbn_vnode_image_t image = image_read(program_image);
	pthread_mutex_lock(&engine_lock);
	pthread_mutex_lock(&graph_lock);
	struct node *node = node_by_handle(vnode);
	hobot_status status = 0;
	if (!node)
		status = -EMULATED_HBN_INVALID_NODE;
	else if (channel > 0 || node->type != HB_VSE)
		status = -EMULATED_HBN_NOT_SUPPORT;
	else if (image.info.bufferindex < 0 || image.info.bufferindex > BUFFER_INDEX_MAX)
		status = -EMULATED_HBN_ILLEGAL_BUF_INDEX;
	else if (!node->running)
		status = -EMULATED_HBN_NODE_DEQUE_ERROR; /* nobody consumes it */
	pthread_mutex_unlock(&graph_lock);
	if (!status)
		status = feed(node, &image);
	pthread_mutex_unlock(&engine_lock);
	return status;
}

hobot_status hbn_vnode_sendframe(hbn_vnode_handle_t vnode, uint32_t channel, hbn_vnode_image_t *image)
{
	EMULATION_MAY_FAIL();
	return send_frame(vnode, channel, image);
}

/** The emulated hardware is done before the call returns, which is allowed: it only promises not to wait for it. */
hobot_status hbn_vnode_sendframe_async(hbn_vnode_handle_t vnode, uint32_t channel, hbn_vnode_image_t *image)
{
	EMULATION_MAY_FAIL();
	return send_frame(vnode, channel, image);
}
