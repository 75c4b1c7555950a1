/* SPDX-License-Identifier: Apache-2.0 */
/* What a node is told to do. Everything is checked when it is told; what the driver would refuse is ILLEGAL_ATTR. */
#include "graph.h"
#include "vse_limits.h"

#include <string.h>

#define MIPI_HOST_MAX 3u
#define RATE_MAX      120u

static size_t attr_size(const struct node *node)
{
	static const size_t sizes[] = {sizeof(vin_node_attr_t), sizeof(isp_attr_t), sizeof(vse_attr_t)};
	return node->type == HB_ISP && later_headers() ? LATER_ISP_ATTR_SIZE : sizes[node->type];
}

static size_t attr_ex_size(void)
{
	return later_headers() ? LATER_VIN_ATTR_EX_SIZE : sizeof(vin_attr_ex_t);
}

static size_t input_size(const struct node *node)
{
	static const size_t sizes[] = {sizeof(vin_ichn_attr_t), sizeof(isp_ichn_attr_t), sizeof(vse_ichn_attr_t)};
	return sizes[node->type];
}

static size_t output_size(const struct node *node)
{
	static const size_t sizes[] = {sizeof(vin_ochn_attr_t), sizeof(isp_ochn_attr_t), sizeof(vse_ochn_attr_t)};
	return node->type == HB_VIN && later_headers() ? LATER_VIN_OCHN_ATTR_SIZE : sizes[node->type];
}

static hobot_status begin(hbn_vnode_handle_t vnode, const void *attr, struct node **node)
{
	if (!attr)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	graph_lock_all();
	*node = node_by_handle(vnode);
	if (*node)
		return 0;
	graph_unlock_all();
	return -EMULATED_HBN_INVALID_NODE;
}

static hobot_status end(hobot_status status)
{
	graph_unlock_all();
	return status;
}

hobot_status hbn_vnode_set_attr(hbn_vnode_handle_t vnode, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (node->type == HB_VIN && (((vin_node_attr_t *)attr)->cim_attr.mipi_rx > MIPI_HOST_MAX || node->running))
		return end(-EMULATED_HBN_ILLEGAL_ATTR);
	memcpy(&node->attr, attr, attr_size(node));
	return end(0);
}

hobot_status hbn_vnode_get_attr(hbn_vnode_handle_t vnode, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	memcpy(attr, &node->attr, attr_size(node));
	return end(0);
}

/** Extended attributes exist for VIN; they change nothing here. */
hobot_status hbn_vnode_set_attr_ex(hbn_vnode_handle_t vnode, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (node->type != HB_VIN)
		return end(-EMULATED_HBN_NOT_SUPPORT);
	memcpy(&node->attr_ex, attr, attr_ex_size());
	return end(0);
}

hobot_status hbn_vnode_get_attr_ex(hbn_vnode_handle_t vnode, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (node->type != HB_VIN)
		return end(-EMULATED_HBN_NOT_SUPPORT);
	memcpy(attr, &node->attr_ex, attr_ex_size());
	return end(0);
}

/** Every region that was accepted must lie inside a new input too. */
static bool outputs_fit(const struct node *node, const vse_ichn_attr_t *input)
{
	for (uint32_t i = 0; i < VSE_OCHN_MAX; i++) {
		const vse_ochn_attr_t *output = &node->channels[i].attr.vse;
		struct vse_geometry geometry;
		if (node->channels[i].enabled &&
		    !vse_resolve(input, i, &output->roi, output->target_w, output->target_h, &geometry))
			return false;
	}
	return true;
}

static bool input_is_possible(const struct node *node, const void *attr)
{
	const isp_ichn_attr_t *isp = attr;
	const vin_ichn_attr_t *vin = attr;
	switch (node->type) {
	case HB_VSE:
		return vse_input_is_possible(attr) && outputs_fit(node, attr);
	case HB_ISP:
		return isp->width && isp->height;
	default:
		return vin->width && vin->height;
	}
}

hobot_status hbn_vnode_set_ichn_attr(hbn_vnode_handle_t vnode, uint32_t channel, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (channel > 0)
		return end(-EMULATED_HBN_NOT_SUPPORT);
	if (!input_is_possible(node, attr))
		return end(-EMULATED_HBN_ILLEGAL_ATTR);
	memcpy(&node->input, attr, input_size(node));
	node->input_set = true;
	return end(0);
}

hobot_status hbn_vnode_get_ichn_attr(hbn_vnode_handle_t vnode, uint32_t channel, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (channel > 0)
		return end(-EMULATED_HBN_NOT_SUPPORT);
	memcpy(attr, &node->input, input_size(node));
	return end(0);
}

/** No emulated node has an extended input. */
hobot_status hbn_vnode_set_ichn_attr_ex(hbn_vnode_handle_t vnode, uint32_t channel, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	(void)channel;
	hobot_status status = begin(vnode, attr, &node);
	return status ? status : end(-EMULATED_HBN_NOT_SUPPORT);
}

static bool apply_vse(struct node *node, uint32_t number, const vse_ochn_attr_t *attr)
{
	struct channel *channel = &node->channels[number];
	struct vse_geometry geometry;
	if (!attr->chn_en) {
		channel->enabled = false;
		return true;
	}
	if (!node->input_set || (attr->fmt != FRM_FMT_NULL && attr->fmt != FRM_FMT_NV12))
		return false;
	if (attr->fps.src > RATE_MAX || attr->fps.dst > RATE_MAX)
		return false;
	if (!vse_resolve(&node->input.vse, number, &attr->roi, attr->target_w, attr->target_h, &geometry))
		return false;
	/* The buffers that there are have a size. */
	if (channel->ring && (geometry.width != channel->width || geometry.height != channel->height))
		return false;
	channel->enabled = true;
	channel->roi = geometry.roi;
	channel->width = geometry.width;
	channel->height = geometry.height;
	channel->source_rate = attr->fps.src;
	channel->wanted_rate = attr->fps.dst;
	return true;
}

static bool apply_isp(struct node *node, uint32_t number, const isp_ochn_attr_t *attr)
{
	struct channel *channel = &node->channels[number];
	uint32_t width = attr->out.w ? attr->out.w : node->input.isp.width;
	uint32_t height = attr->out.h ? attr->out.h : node->input.isp.height;
	if (!width || !height || attr->fmt != FRM_FMT_NV12 || channel->ring)
		return false;
	channel->enabled = true;
	channel->width = width;
	channel->height = height;
	return true;
}

static bool apply_vin(struct node *node, uint32_t number)
{
	struct channel *channel = &node->channels[number];
	if (channel->ring)
		return false;
	channel->enabled = true;
	channel->width = node->input.vin.width;
	channel->height = node->input.vin.height;
	return true;
}

static bool apply_output(struct node *node, uint32_t number, const void *attr)
{
	switch (node->type) {
	case HB_VSE:
		return apply_vse(node, number, attr);
	case HB_ISP:
		return apply_isp(node, number, attr);
	default:
		return apply_vin(node, number);
	}
}

hobot_status hbn_vnode_set_ochn_attr(hbn_vnode_handle_t vnode, uint32_t number, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (number >= node_output_count(node))
		return end(-EMULATED_HBN_NOT_SUPPORT);
	if (!apply_output(node, number, attr))
		return end(-EMULATED_HBN_ILLEGAL_ATTR);
	memcpy(&node->channels[number].attr, attr, output_size(node));
	node->channels[number].configured = true;
	return end(0);
}

hobot_status hbn_vnode_get_ochn_attr(hbn_vnode_handle_t vnode, uint32_t number, void *attr)
{
	EMULATION_MAY_FAIL();
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (number >= node_output_count(node))
		return end(-EMULATED_HBN_NOT_SUPPORT);
	memcpy(attr, &node->channels[number].attr, output_size(node));
	return end(0);
}

/** Change region or rate while frames flow. */
hobot_status hbn_vnode_set_ochn_attr_ex(hbn_vnode_handle_t vnode, uint32_t number, void *attr)
{
	EMULATION_MAY_FAIL();
	const vse_ochn_attr_ex_t *change = attr;
	struct node *node;
	hobot_status status = begin(vnode, attr, &node);
	if (status)
		return status;
	if (node->type != HB_VSE || number >= VSE_OCHN_MAX)
		return end(-EMULATED_HBN_NOT_SUPPORT);
	vse_ochn_attr_t wanted = node->channels[number].attr.vse;
	wanted.chn_en = change->chn_en;
	wanted.roi = change->roi;
	wanted.target_w = change->target_w;
	wanted.target_h = change->target_h;
	if (change->src_fps > RATE_MAX || change->dst_fps > RATE_MAX)
		return end(-EMULATED_HBN_ILLEGAL_ATTR);
	wanted.fps = (frame_fps_ctrl_t){(uint16_t)change->src_fps, (uint16_t)change->dst_fps};
	if (!node->channels[number].configured || !apply_vse(node, number, &wanted))
		return end(-EMULATED_HBN_ILLEGAL_ATTR);
	node->channels[number].attr.vse = wanted;
	return end(0);
}
