/* SPDX-License-Identifier: Apache-2.0 */
/* A channel gets its buffers. */
#include "counters.h"
#include "graph.h"

/** More than the driver's default, and few enough not to eat the heap by mistake. */
#define BUFFERS_PER_CHANNEL_MAX 64u

static hb_mem_graphic_buf_t shape_of(const struct node *node, const struct channel *channel)
{
	hb_mem_graphic_buf_t shape = {.format = MEM_PIX_FMT_NV12,
				      .width = (int32_t)channel->width,
				      .height = (int32_t)channel->height,
				      .stride = (int32_t)channel->width,
				      .vstride = (int32_t)channel->height};
	if (node->type == HB_VIN) {
		uint32_t stride = channel->attr.vin.vin_basic_attr.wstride;
		shape.format = MEM_PIX_FMT_RAW10;
		shape.stride = (int32_t)(stride ? stride : channel->width * 2);
	}
	return shape;
}

static hobot_status give_buffers(struct node *node, uint32_t number, const hbn_buf_alloc_attr_t *attr)
{
	struct channel *channel = &node->channels[number];
	if (!channel->configured || !channel->enabled || channel->ring || !attr->buffers_num ||
	    attr->buffers_num > BUFFERS_PER_CHANNEL_MAX)
		return -EMULATED_HBN_REQ_BUF_FAIL;
	hb_mem_graphic_buf_t shape = shape_of(node, channel);
	if (!channel->counters)
		channel->counters = counters_take();
	if (!channel->counters)
		return -EMULATED_HBN_NOMEM;
	channel->counters->node_type = (uint32_t)node->type;
	channel->counters->node_index = node->index;
	channel->counters->channel = number;
	hobot_status status = ring_create(&shape, attr, channel->counters, &channel->ring);
	if (!status && node->running)
		ring_start(channel->ring);
	return status;
}

hobot_status hbn_vnode_set_ochn_buf_attr(hbn_vnode_handle_t vnode, uint32_t number, hbn_buf_alloc_attr_t *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	struct channel *channel;
	if (!attr)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	graph_lock_all();
	hobot_status status = channel_find(vnode, number, &node, &channel);
	if (!status)
		status = give_buffers(node, number, attr);
	graph_unlock_all();
	return status;
}

hobot_status hbn_vnode_get_fd(hbn_vnode_handle_t vnode, uint32_t number, int32_t *fd)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	struct channel *channel;
	if (!fd)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	pthread_mutex_lock(&graph_lock);
	hobot_status status = channel_find(vnode, number, &node, &channel);
	if (!status && !channel->ring)
		status = -EMULATED_HBN_NOT_SUPPORT;
	if (!status)
		*fd = channel->ring->readable_fd;
	pthread_mutex_unlock(&graph_lock);
	return status;
}
