/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes come and go, start and stop. */
#include "counters.h"
#include "graph.h"

#include <string.h>

static uint32_t open_nodes;

/** @return A node, or NULL with the status that tells why not. */
static struct node *claim_node(hobot_status *status)
{
	uint32_t index = 0;
	while (index < NODES_MAX && node_at(index)->open)
		index++;
	*status = -EMULATED_HBN_NOMEM;
	if (index == NODES_MAX)
		return NULL;
	*status = -EMULATED_HBN_MEM_INIT_FAIL;
	if (hb_mem_module_open())
		return NULL;
	if (!open_nodes && !hardware_open()) {
		hb_mem_module_close();
		return NULL;
	}
	open_nodes++;
	*status = 0;
	struct node *node = node_at(index);
	memset(node, 0, sizeof(*node));
	node->open = true;
	node->index = index;
	return node;
}

hobot_status hbn_vnode_open(hb_vnode_type type, uint32_t hw_id, int32_t ctx_id, hbn_vnode_handle_t *vnode)
{
	EMULATION_MAY_FAIL();
	hobot_status status;
	(void)hw_id;
	(void)ctx_id;
	if (!vnode)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	if ((int)type < 0 || type >= HB_VNODE_TYPE_MAX)
		return -EMULATED_HBN_INVALID_VNODE_FD;
	if (type > HB_VSE) /* what the library says when the board has no such device */
		return -((int32_t)type << 16 | EMULATED_HBN_OPEN_ICHN_FAIL);
	pthread_mutex_lock(&graph_lock);
	struct node *node = claim_node(&status);
	if (node) {
		node->type = type;
		*vnode = node_handle(node);
	}
	pthread_mutex_unlock(&graph_lock);
	return status;
}

hobot_status node_start(struct node *node)
{
	if (node->type == HB_VSE && !node->input_set)
		return -EMULATED_HBN_NODE_START_FAIL;
	if (node->type == HB_VIN && !node->claimed_host) {
		if (!hardware_claim_host(node->attr.vin.cim_attr.mipi_rx))
			return -EMULATED_HBN_NODE_START_FAIL;
		node->claimed_host = true;
	}
	node->running = true;
	for (int i = 0; i < CHANNELS_MAX; i++) {
		if (node->channels[i].ring)
			ring_start(node->channels[i].ring);
	}
	return 0;
}

void node_stop(struct node *node)
{
	node->running = false;
	for (int i = 0; i < CHANNELS_MAX; i++) {
		if (node->channels[i].ring)
			ring_stop(node->channels[i].ring);
	}
	if (node->claimed_host)
		hardware_release_host(node->attr.vin.cim_attr.mipi_rx);
	node->claimed_host = false;
}

void node_close(struct node *node)
{
	node_stop(node);
	for (int i = 0; i < CHANNELS_MAX; i++) {
		ring_destroy(node->channels[i].ring);
		counters_give_back(node->channels[i].counters);
	}
	if (node->flow)
		flow_forget_node(node->flow, node);
	scratch_picture_free(&node->scratch);
	node->open = false;
	if (--open_nodes == 0)
		hardware_close();
	hb_mem_module_close();
}

void hbn_vnode_close(hbn_vnode_handle_t vnode)
{
	graph_lock_all();
	struct node *node = node_by_handle(vnode);
	if (node)
		node_close(node);
	graph_unlock_all();
}

hobot_status hbn_vnode_start(hbn_vnode_handle_t vnode)
{
	EMULATION_MAY_FAIL();
	graph_lock_all();
	struct node *node = node_by_handle(vnode);
	hobot_status status = node ? node_start(node) : -EMULATED_HBN_INVALID_NODE;
	graph_unlock_all();
	return status;
}

hobot_status hbn_vnode_stop(hbn_vnode_handle_t vnode)
{
	EMULATION_MAY_FAIL();
	graph_lock_all();
	struct node *node = node_by_handle(vnode);
	if (node)
		node_stop(node);
	graph_unlock_all();
	return node ? 0 : -EMULATED_HBN_INVALID_NODE;
}

hobot_status zcf_emulated_vin_plug(hbn_vnode_handle_t vin, const struct emulated_sensor *sensor)
{
	hobot_status status = -EMULATED_HBN_INVALID_NODE;
	graph_lock_all();
	struct node *node = node_by_handle(vin);
	if (node && node->type == HB_VIN && !node->has_sensor && (!node->running || sensor->start(sensor->context))) {
		node->sensor = *sensor;
		node->has_sensor = true;
		status = 0;
	}
	graph_unlock_all();
	return status;
}

void zcf_emulated_vin_unplug(hbn_vnode_handle_t vin)
{
	graph_lock_all();
	struct node *node = node_by_handle(vin);
	if (node && node->type == HB_VIN)
		node->has_sensor = false;
	graph_unlock_all();
}

int32_t zcf_emulated_vin_host(hbn_vnode_handle_t vin)
{
	pthread_mutex_lock(&graph_lock);
	const struct node *node = node_by_handle(vin);
	int32_t host =
		node && node->type == HB_VIN ? (int32_t)node->attr.vin.cim_attr.mipi_rx : -EMULATED_HBN_INVALID_NODE;
	pthread_mutex_unlock(&graph_lock);
	return host;
}

int32_t zcf_emulated_channel_counters(int64_t vnode, uint32_t number, struct emulated_channel_counters *counters)
{
	struct node *node;
	struct channel *channel;
	pthread_mutex_lock(&graph_lock);
	hobot_status status = channel_find(vnode, number, &node, &channel);
	if (!status && !channel->counters)
		status = -EMULATED_HBN_NOT_SUPPORT;
	if (!status)
		*counters = *channel->counters;
	pthread_mutex_unlock(&graph_lock);
	return status;
}
