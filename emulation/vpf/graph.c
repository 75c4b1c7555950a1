/* SPDX-License-Identifier: Apache-2.0 */
#include "graph.h"

#include "../include/emulated_hbn_layout.h"

pthread_mutex_t graph_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;

/** Handles carry a mark, so that a node's is never taken for a flow's. */
#define NODE_MARK 0x8765
#define FLOW_MARK 0x4321

static struct node nodes[NODES_MAX];
static struct flow flows[FLOWS_MAX];

struct node *node_at(uint32_t index)
{
	return &nodes[index];
}

struct flow *flow_at(uint32_t index)
{
	return &flows[index];
}

hbn_vnode_handle_t node_handle(const struct node *node)
{
	return (hbn_vnode_handle_t)(node - nodes) << 16 | NODE_MARK;
}

hbn_vflow_handle_t flow_handle(const struct flow *flow)
{
	return (hbn_vflow_handle_t)(flow - flows) << 16 | FLOW_MARK;
}

struct node *node_by_handle(hbn_vnode_handle_t handle)
{
	int64_t index = handle >> 16;
	if ((handle & 0xFFFF) != NODE_MARK || index < 0 || index >= NODES_MAX)
		return NULL;
	return nodes[index].open ? &nodes[index] : NULL;
}

struct flow *flow_by_handle(hbn_vflow_handle_t handle)
{
	int64_t index = handle >> 16;
	if ((handle & 0xFFFF) != FLOW_MARK || index < 0 || index >= FLOWS_MAX)
		return NULL;
	return flows[index].in_use ? &flows[index] : NULL;
}

uint32_t node_output_count(const struct node *node)
{
	return node->type == HB_ISP ? 3 : CHANNELS_MAX;
}

hobot_status channel_find(hbn_vnode_handle_t handle, uint32_t number, struct node **node, struct channel **channel)
{
	*node = node_by_handle(handle);
	if (!*node)
		return -EMULATED_HBN_INVALID_NODE;
	if (number >= node_output_count(*node))
		return -EMULATED_HBN_NOT_SUPPORT;
	*channel = &(*node)->channels[number];
	return 0;
}

void graph_lock_all(void)
{
	pthread_mutex_lock(&engine_lock);
	pthread_mutex_lock(&graph_lock);
}

void graph_unlock_all(void)
{
	pthread_mutex_unlock(&graph_lock);
	pthread_mutex_unlock(&engine_lock);
}

bool channel_is_bound(const struct node *node, uint32_t number)
{
	const struct flow *flow = node->flow;
	for (uint32_t i = 0; flow && i < flow->binding_count; i++) {
		if (flow->bindings[i].source == node && flow->bindings[i].out_channel == number)
			return true;
	}
	return false;
}

void flow_forget_node(struct flow *flow, const struct node *node)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < flow->binding_count; i++) {
		if (flow->bindings[i].source != node && flow->bindings[i].destination != node)
			flow->bindings[kept++] = flow->bindings[i];
	}
	flow->binding_count = kept;
}
