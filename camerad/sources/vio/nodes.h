/* SPDX-License-Identifier: Apache-2.0 */
/** @file nodes.h
 * What the camera and each node of the pipeline are told. */
#ifndef CAMERAD_VIO_NODES_H
#define CAMERAD_VIO_NODES_H

#include "library.h"
#include "outputs.h"
#include "vio_settings.h"

/** A node that is open, and where to say what it refuses. */
struct vio_node {
	const struct vio_library *library;
	hbn_handle handle;
	char *why;
	size_t why_size;
};

/** @param mipi  Belongs to the description: the vendor's library follows a pointer to it. */
void vio_describe_camera(const struct vio_settings *settings, struct hbn_camera *camera, struct hbn_mipi *mipi);

/** Each returns 0 or -EIO with a sentence in node->why. */
int vio_set_up_vin(const struct vio_node *node, const struct vio_settings *settings);
int vio_set_up_isp(const struct vio_node *node, const struct vio_settings *settings);
int vio_set_up_vse(const struct vio_node *node, const struct vio_settings *settings, const struct vio_output *outputs,
		   size_t output_count);

#endif
