/* SPDX-License-Identifier: Apache-2.0 */
/** @file sensor_plug.h
 * How the emulated libcam.so.1 plugs a camera into a VIN node of the emulated libvpf.so.1. The board's libraries do
 * this through the kernel; ours through two exported functions of their own name space. */
#ifndef EMULATION_VPF_SENSOR_PLUG_H
#define EMULATION_VPF_SENSOR_PLUG_H

#include "../include/emulated_hbn.h"
#include "picture.h"

struct emulated_sensor {
	void *context;
	/** The flow starts. @return false if no camera answers at that MIPI host. */
	bool (*start)(void *context);
	/** Expose a frame. @return false if the camera delivers none. The picture is valid until the next call. */
	bool (*expose)(void *context, struct picture *picture);
	double (*frames_per_second)(void *context);
};

/** @return 0, or a negative hbn status for a handle that is no VIN node's, or one that has a camera. */
hobot_status zcf_emulated_vin_plug(hbn_vnode_handle_t vin, const struct emulated_sensor *sensor);
void zcf_emulated_vin_unplug(hbn_vnode_handle_t vin);

/** @return The node's MIPI host, or a negative hbn status. */
int32_t zcf_emulated_vin_host(hbn_vnode_handle_t vin);

#endif
