/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include <string.h>
#include <time.h>

hobot_status hbn_vflow_create(hbn_vflow_handle_t *vflow)
{
	EMULATION_MAY_FAIL();
	uint32_t index = 0;
	pthread_condattr_t attributes;
	if (!vflow)
		return -1;
	pthread_mutex_lock(&graph_lock);
	while (index < FLOWS_MAX && flow_at(index)->in_use)
		index++;
	if (index < FLOWS_MAX) {
		struct flow *flow = flow_at(index);
		memset(flow, 0, sizeof(*flow));
		flow->in_use = true;
		flow->index = index;
		pthread_condattr_init(&attributes);
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
		pthread_cond_init(&flow->wake, &attributes);
		pthread_condattr_destroy(&attributes);
		*vflow = flow_handle(flow);
	}
	pthread_mutex_unlock(&graph_lock);
	return index < FLOWS_MAX ? 0 : -1;
}

/** The emulation does not read flow descriptions in JSON. */
hobot_status hbn_vflow_create_cfg(const char *config, hbn_vflow_handle_t *vflow)
{
	EMULATION_MAY_FAIL();
	if (!config || !vflow)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	return -EMULATED_HBN_JSON_PARSE_FAIL;
}

void flow_stop(struct flow *flow)
{
	pthread_mutex_lock(&graph_lock);
	bool joins = flow->has_thread;
	flow->has_thread = false;
	flow->stopping = true;
	pthread_cond_broadcast(&flow->wake);
	pthread_mutex_unlock(&graph_lock);
	if (joins)
		pthread_join(flow->thread, NULL);
	graph_lock_all();
	for (uint32_t i = 0; i < NODES_MAX; i++) {
		if (node_at(i)->open && node_at(i)->flow == flow)
			node_stop(node_at(i));
	}
	flow->running = flow->stopping = false;
	graph_unlock_all();
}

void hbn_vflow_destroy(hbn_vflow_handle_t vflow)
{
	pthread_mutex_lock(&graph_lock);
	struct flow *flow = flow_by_handle(vflow);
	pthread_mutex_unlock(&graph_lock);
	if (!flow)
		return;
	flow_stop(flow);
	graph_lock_all();
	for (uint32_t i = 0; i < NODES_MAX; i++) {
		if (node_at(i)->open && node_at(i)->flow == flow)
			node_close(node_at(i));
	}
	pthread_cond_destroy(&flow->wake);
	flow->in_use = false;
	graph_unlock_all();
}

hobot_status hbn_vflow_add_vnode(hbn_vflow_handle_t vflow, hbn_vnode_handle_t vnode)
{
	EMULATION_MAY_FAIL();
	hobot_status status = 0;
	graph_lock_all();
	struct flow *flow = flow_by_handle(vflow);
	struct node *node = node_by_handle(vnode);
	if (!flow)
		status = -EMULATED_HBN_FLOW_UNEXIST;
	else if (!node)
		status = -EMULATED_HBN_INVALID_NODE;
	else if (node->flow)
		status = -EMULATED_HBN_ADD_NODE_FAIL;
	else
		node->flow = flow;
	graph_unlock_all();
	return status;
}

/** VIN gives to ISP, ISP to VSE; each input has one source. */
static bool may_bind(const struct flow *flow, const struct binding *wanted)
{
	if (wanted->source->flow != flow || wanted->destination->flow != flow || flow->running ||
	    wanted->source->type >= wanted->destination->type || flow->binding_count == BINDINGS_MAX)
		return false;
	for (uint32_t i = 0; i < flow->binding_count; i++) {
		if (flow->bindings[i].destination == wanted->destination)
			return false;
	}
	return true;
}

hobot_status hbn_vflow_bind_vnode(hbn_vflow_handle_t vflow, hbn_vnode_handle_t source, uint32_t out_channel,
				  hbn_vnode_handle_t destination, uint32_t in_channel)
{
	EMULATION_MAY_FAIL();
	hobot_status status = 0;
	graph_lock_all();
	struct flow *flow = flow_by_handle(vflow);
	struct binding wanted = {node_by_handle(source), node_by_handle(destination), out_channel, in_channel};
	if (!flow || !wanted.source || !wanted.destination)
		status = -EMULATED_HBN_INVALID_NULL_PTR;
	else if (out_channel >= node_output_count(wanted.source) || in_channel > 0)
		status = -EMULATED_HBN_NOT_SUPPORT;
	else if (!may_bind(flow, &wanted))
		status = -EMULATED_HBN_BIND_NODE_FAIL;
	else
		flow->bindings[flow->binding_count++] = wanted;
	graph_unlock_all();
	return status;
}

/** Unbinding what is not bound is no error. */
hobot_status hbn_vflow_unbind_vnode(hbn_vflow_handle_t vflow, hbn_vnode_handle_t source, uint32_t out_channel,
				    hbn_vnode_handle_t destination, uint32_t in_channel)
{
	EMULATION_MAY_FAIL();
	graph_lock_all();
	struct flow *flow = flow_by_handle(vflow);
	for (uint32_t i = 0; flow && i < flow->binding_count; i++) {
		const struct binding *binding = &flow->bindings[i];
		if (binding->source == node_by_handle(source) && binding->out_channel == out_channel &&
		    binding->destination == node_by_handle(destination) && binding->in_channel == in_channel)
			flow->bindings[i] = flow->bindings[--flow->binding_count];
	}
	graph_unlock_all();
	return 0;
}

/** @param has_vin  Whether a camera can come, now or later. @return 0, or the first node's error; then all are stopped.
 */
static hobot_status start_nodes(struct flow *flow, bool *has_vin)
{
	hobot_status status = 0;
	*has_vin = false;
	for (uint32_t i = 0; i < NODES_MAX && !status; i++) {
		struct node *node = node_at(i);
		if (!node->open || node->flow != flow)
			continue;
		status = node_start(node);
		*has_vin |= node->type == HB_VIN;
		if (!status && node->type == HB_VIN && node->has_sensor && !node->sensor.start(node->sensor.context))
			status = -EMULATED_HBN_NODE_START_FAIL;
	}
	for (uint32_t i = 0; i < NODES_MAX && status; i++) {
		if (node_at(i)->open && node_at(i)->flow == flow)
			node_stop(node_at(i));
	}
	return status;
}

static hobot_status start(struct flow *flow)
{
	bool has_vin;
	hobot_status status = start_nodes(flow, &has_vin);
	if (status)
		return status;
	flow->running = true;
	flow->paused = false;
	flow->frame_id = 0;
	flow->has_thread = has_vin && pthread_create(&flow->thread, NULL, pipeline_run, flow) == 0;
	return has_vin && !flow->has_thread ? -EMULATED_HBN_NODE_START_FAIL : 0;
}

hobot_status hbn_vflow_start(hbn_vflow_handle_t vflow)
{
	EMULATION_MAY_FAIL();
	graph_lock_all();
	struct flow *flow = flow_by_handle(vflow);
	hobot_status status = !flow ? -EMULATED_HBN_INVALID_FLOW : flow->running ? 0 : start(flow);
	graph_unlock_all();
	return status;
}

hobot_status hbn_vflow_stop(hbn_vflow_handle_t vflow)
{
	EMULATION_MAY_FAIL();
	pthread_mutex_lock(&graph_lock);
	struct flow *flow = flow_by_handle(vflow);
	pthread_mutex_unlock(&graph_lock);
	if (!flow)
		return -EMULATED_HBN_INVALID_FLOW;
	flow_stop(flow);
	return 0;
}

static hobot_status set_paused(hbn_vflow_handle_t vflow, bool paused)
{
	graph_lock_all();
	struct flow *flow = flow_by_handle(vflow);
	if (flow)
		flow->paused = paused;
	graph_unlock_all();
	return flow ? 0 : -EMULATED_HBN_INVALID_FLOW;
}

hobot_status hbn_vflow_pause(hbn_vflow_handle_t vflow)
{
	EMULATION_MAY_FAIL();
	return set_paused(vflow, true);
}

hobot_status hbn_vflow_resume(hbn_vflow_handle_t vflow)
{
	EMULATION_MAY_FAIL();
	return set_paused(vflow, false);
}

hobot_status hbn_vflow_get_version(hbn_version_t *version)
{
	EMULATION_MAY_FAIL();
	if (!version)
		return -EMULATED_HBN_INVALID_NULL_PTR;
	*version = (hbn_version_t){1, 0};
	return 0;
}

hbn_vnode_handle_t hbn_vflow_get_vnode_handle(hbn_vflow_handle_t vflow, hb_vnode_type type, uint32_t index)
{
	hbn_vnode_handle_t found = -EMULATED_HBN_INVALID_FLOW;
	pthread_mutex_lock(&graph_lock);
	const struct flow *flow = flow_by_handle(vflow);
	if (flow)
		found = -EMULATED_HBN_INVALID_NODE;
	for (uint32_t i = 0; flow && i < NODES_MAX; i++) {
		const struct node *node = node_at(i);
		if (node->open && node->flow == flow && node->type == type && index-- == 0) {
			found = node_handle(node);
			break;
		}
	}
	pthread_mutex_unlock(&graph_lock);
	return found;
}
