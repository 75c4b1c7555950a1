/* SPDX-License-Identifier: Apache-2.0 */
/** @file pipeline.h
 * The camera's hardware as one thing: camera, sensor interface (VIN), image processor (ISP), scaler (VSE), joined in a
 * flow. Created and started in the vendor's order; everything is undone if a step fails. */
#ifndef CAMERAD_VIO_PIPELINE_H
#define CAMERAD_VIO_PIPELINE_H

#include "library.h"
#include "outputs.h"
#include "vio_settings.h"

struct vio_pipeline {
	const struct vio_library *library;
	hbn_handle camera, vin, isp, vse, flow;
	bool has_camera, has_vin, has_isp, has_vse, has_flow, started;
	size_t nodes_in_flow; /**< Which the flow closes: VIN, ISP, VSE in this order. */
	char *why;            /**< Of the caller of vio_pipeline_start(), during that call. */
	size_t why_size;
};

/**
 * @param outputs  As vio_outputs_plan() made them.
 * @return 0, or a negative errno with a sentence in @p why that names the vendor's call, its code and what to check.
 * @note Blocks until the sensor is set up: some hundred milliseconds.
 */
int vio_pipeline_start(struct vio_pipeline *pipeline, const struct vio_library *library,
		       const struct vio_settings *settings, const struct vio_output *outputs, size_t output_count,
		       char *why, size_t why_size);

/** Stop, so that nothing is written to any buffer any more. The buffers stay. */
void vio_pipeline_halt(struct vio_pipeline *pipeline);

/** Undo everything. A pipeline that is zero, or was undone, is left alone. */
void vio_pipeline_destroy(struct vio_pipeline *pipeline);

#endif
