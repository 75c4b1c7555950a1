/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include "app/log.h"
#include "nodes.h"
#include "vendor_error.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

/* The first attempt to reach a sensor fails on some boards. */
#define ATTACH_ATTEMPTS 3
#define ATTACH_PAUSE_NS 50000000

/* Output of VIN that goes straight to the image processor. */
#define VIN_OUTPUT_ONLINE 1

static int check(struct vio_pipeline *pipeline, const char *call, const char *object, int32_t code)
{
	if (code == 0)
		return 0;
	vio_vendor_error_describe(call, object, code, pipeline->why, pipeline->why_size);
	return -EIO;
}

static int open_node(struct vio_pipeline *pipeline, enum hbn_node_type type, uint32_t hardware_id, const char *name,
		     hbn_handle *node, bool *has_node)
{
	int error = check(pipeline, "hbn_vnode_open", name,
			  pipeline->library->vnode_open(type, hardware_id, HBN_AUTO_CONTEXT, node));

	*has_node = error == 0;
	return error;
}

static int create_camera(struct vio_pipeline *pipeline, const struct vio_settings *settings)
{
	struct hbn_mipi mipi;
	struct hbn_camera camera;
	int error;

	vio_describe_camera(settings, &camera, &mipi);
	app_log(APP_LOG_DEBUG, "camera", "sensor=%s mipi_host=%u tuning=%s", camera.name, settings->mipi_host,
		camera.tuning);
	error = check(pipeline, "hbn_camera_create", settings->sensor,
		      pipeline->library->camera_create(&camera, &pipeline->camera));
	pipeline->has_camera = error == 0;
	return error;
}

static int create_nodes(struct vio_pipeline *pipeline, const struct vio_settings *settings,
			const struct vio_output *outputs, size_t output_count)
{
	struct vio_node node = {pipeline->library, 0, pipeline->why, pipeline->why_size};
	int error = open_node(pipeline, HBN_NODE_VIN, settings->mipi_host, "VIN", &pipeline->vin, &pipeline->has_vin);

	node.handle = pipeline->vin;
	if (error == 0)
		error = vio_set_up_vin(&node, settings);
	if (error == 0)
		error = open_node(pipeline, HBN_NODE_ISP, 0, "ISP", &pipeline->isp, &pipeline->has_isp);
	node.handle = pipeline->isp;
	if (error == 0)
		error = vio_set_up_isp(&node, settings);
	if (error == 0)
		error = open_node(pipeline, HBN_NODE_VSE, 0, "VSE", &pipeline->vse, &pipeline->has_vse);
	node.handle = pipeline->vse;
	if (error == 0)
		error = vio_set_up_vse(&node, settings, outputs, output_count);
	return error;
}

static int join_nodes(struct vio_pipeline *pipeline)
{
	const struct vio_library *library = pipeline->library;
	const hbn_handle nodes[] = {pipeline->vin, pipeline->isp, pipeline->vse};
	static const char *const names[] = {"VIN", "ISP", "VSE"};
	int error;

	pipeline->flow = 0;
	error = check(pipeline, "hbn_vflow_create", "", library->vflow_create(&pipeline->flow));
	pipeline->has_flow = error == 0;
	for (size_t i = 0; error == 0 && i < 3; i++) {
		error = check(pipeline, "hbn_vflow_add_vnode", names[i],
			      library->vflow_add_vnode(pipeline->flow, nodes[i]));
		pipeline->nodes_in_flow += error == 0;
	}
	if (error == 0)
		error = check(
			pipeline, "hbn_vflow_bind_vnode", "VIN to ISP",
			library->vflow_bind_vnode(pipeline->flow, pipeline->vin, VIN_OUTPUT_ONLINE, pipeline->isp, 0));
	if (error == 0)
		error = check(pipeline, "hbn_vflow_bind_vnode", "ISP to VSE",
			      library->vflow_bind_vnode(pipeline->flow, pipeline->isp, 0, pipeline->vse, 0));
	return error;
}

static int attach_camera(struct vio_pipeline *pipeline, const struct vio_settings *settings)
{
	const struct timespec pause = {.tv_nsec = ATTACH_PAUSE_NS};
	char object[192];
	int32_t code = 0;

	for (int attempt = 1; attempt <= ATTACH_ATTEMPTS; attempt++) {
		code = pipeline->library->camera_attach_to_vin(pipeline->camera, pipeline->vin);
		if (code == 0)
			return 0;
		if (attempt < ATTACH_ATTEMPTS)
			nanosleep(&pause, NULL);
	}
	snprintf(object, sizeof(object), "%s on MIPI host %u", settings->sensor, settings->mipi_host);
	return check(pipeline, "hbn_camera_attach_to_vin", object, code);
}

int vio_pipeline_start(struct vio_pipeline *pipeline, const struct vio_library *library,
		       const struct vio_settings *settings, const struct vio_output *outputs, size_t output_count,
		       char *why, size_t why_size)
{
	int error;

	*pipeline = (struct vio_pipeline){.library = library, .why = why, .why_size = why_size};
	error = create_camera(pipeline, settings);
	if (error == 0)
		error = create_nodes(pipeline, settings, outputs, output_count);
	if (error == 0)
		error = join_nodes(pipeline);
	if (error == 0)
		error = attach_camera(pipeline, settings);
	if (error == 0)
		error = check(pipeline, "hbn_vflow_start", "", library->vflow_start(pipeline->flow));
	pipeline->started = error == 0;
	pipeline->why = NULL;
	if (error != 0)
		vio_pipeline_destroy(pipeline);
	return error;
}

void vio_pipeline_halt(struct vio_pipeline *pipeline)
{
	char why[256];
	int32_t code;

	if (!pipeline->started)
		return;
	pipeline->started = false;
	code = pipeline->library->vflow_stop(pipeline->flow);
	if (code != 0) {
		/* What follows, its destruction, stops it for certain. */
		vio_vendor_error_describe("hbn_vflow_stop", "", code, why, sizeof(why));
		app_log(APP_LOG_WARNING, "the camera's flow did not stop as it should", "reason=\"%s\"", why);
	}
}

static void close_node(const struct vio_pipeline *pipeline, size_t place, hbn_handle node, bool *has_node)
{
	if (*has_node && pipeline->nodes_in_flow <= place)
		pipeline->library->vnode_close(node);
	*has_node = false;
}

void vio_pipeline_destroy(struct vio_pipeline *pipeline)
{
	vio_pipeline_halt(pipeline);
	/* The flow closes the nodes that joined it. */
	if (pipeline->has_flow)
		pipeline->library->vflow_destroy(pipeline->flow);
	close_node(pipeline, 0, pipeline->vin, &pipeline->has_vin);
	close_node(pipeline, 1, pipeline->isp, &pipeline->has_isp);
	close_node(pipeline, 2, pipeline->vse, &pipeline->has_vse);
	if (pipeline->has_camera)
		pipeline->library->camera_destroy(pipeline->camera);
	*pipeline = (struct vio_pipeline){0};
}
