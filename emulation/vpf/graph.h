/* SPDX-License-Identifier: Apache-2.0 */
/** @file graph.h
 * Nodes and flows of this process. */
#ifndef EMULATION_VPF_GRAPH_H
#define EMULATION_VPF_GRAPH_H

#include "../shared/injection.h"
#include "image_layout.h"
#include "ring.h"
#include "sensor_plug.h"

#include <pthread.h>

#define CHANNELS_MAX 6
#define NODES_MAX    64
#define FLOWS_MAX    24
#define BINDINGS_MAX 16

struct flow;

struct channel {
	bool configured, enabled;
	union {
		vse_ochn_attr_t vse;
		isp_ochn_attr_t isp;
		vin_ochn_attr_t vin;
		uint8_t later_vin[LATER_VIN_OCHN_ATTR_SIZE];
	} attr;
	common_rect_t roi;      /**< VSE: what the hardware reads; 0 sizes resolved. */
	uint32_t width, height; /**< Of its pictures, rounded as the hardware does. */
	uint32_t source_rate, wanted_rate, rate_phase;
	struct ring *ring;
	struct emulated_channel_counters *counters;
};

struct node {
	bool open, running, input_set;
	hb_vnode_type type;
	uint32_t index;
	struct flow *flow;
	union {
		vse_attr_t vse;
		isp_attr_t isp;
		uint8_t later_isp[LATER_ISP_ATTR_SIZE];
		vin_node_attr_t vin;
	} attr;
	union {
		vin_attr_ex_t vin;
		uint8_t later_vin[LATER_VIN_ATTR_EX_SIZE];
	} attr_ex;
	union {
		vse_ichn_attr_t vse;
		isp_ichn_attr_t isp;
		vin_ichn_attr_t vin;
	} input;
	struct channel channels[CHANNELS_MAX];
	struct scratch_picture scratch;
	bool has_sensor, claimed_host;
	struct emulated_sensor sensor;
};

struct binding {
	struct node *source, *destination;
	uint32_t out_channel, in_channel;
};

struct flow {
	bool in_use, running, paused, stopping;
	uint32_t index;
	uint32_t frame_id;
	struct binding bindings[BINDINGS_MAX];
	uint32_t binding_count;
	pthread_t thread;
	bool has_thread;
	pthread_cond_t wake;
};

/** Guards all of the above but for what the hardware is just writing; held for moments only. */
extern pthread_mutex_t graph_lock;

/** The one engine of the hardware: held while a frame goes through. Nothing that a job uses goes away while it is held.
 * Taken before graph_lock. */
extern pthread_mutex_t engine_lock;

hbn_vnode_handle_t node_handle(const struct node *node);
struct node *node_by_handle(hbn_vnode_handle_t handle);
struct node *node_at(uint32_t index);
hbn_vflow_handle_t flow_handle(const struct flow *flow);
struct flow *flow_by_handle(hbn_vflow_handle_t handle);
struct flow *flow_at(uint32_t index);

uint32_t node_output_count(const struct node *node);

/** Look a node's output channel up, with graph_lock held. @return 0, INVALID_NODE or NOT_SUPPORT. */
hobot_status channel_find(hbn_vnode_handle_t handle, uint32_t number, struct node **node, struct channel **channel);

/** Begin a call that changes a node: both locks. */
void graph_lock_all(void);
void graph_unlock_all(void);

hobot_status node_start(struct node *node);
void node_stop(struct node *node);
void node_close(struct node *node);

/** Stop a flow's thread and nodes. Without any lock. */
void flow_stop(struct flow *flow);

/** Remove all bindings of a node. */
void flow_forget_node(struct flow *flow, const struct node *node);

/** Whether the channel's frames go to another node rather than to the user. */
bool channel_is_bound(const struct node *node, uint32_t number);

#endif
