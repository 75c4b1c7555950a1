/* SPDX-License-Identifier: Apache-2.0 */
/** @file camera.h
 * The cameras of this process. */
#ifndef EMULATION_CAMERA_CAMERA_H
#define EMULATION_CAMERA_CAMERA_H

#include "../include/emulated_camera.h"
#include "footage.h"

#include <pthread.h>
#include <stdatomic.h>

#define CAMERAS_MAX 8

struct camera {
	bool in_use, attached;
	camera_config_t config;
	hbn_vnode_handle_t vin;
	uint32_t host;
	struct footage *footage;
	_Atomic bool streaming;
	_Atomic uint32_t frames_per_second;
	uint32_t exposed_since_start;
	uint64_t exposed;
};

/** Guards the table. Never held when libvpf is called: its thread calls us. */
extern pthread_mutex_t camera_lock;

struct camera *camera_at(uint32_t index);
camera_handle_t camera_handle(const struct camera *camera);
struct camera *camera_by_handle(camera_handle_t handle);

/** Connect to a VIN node. @return 0 or a negative code of libcam. */
int32_t camera_attach(struct camera *camera, hbn_vnode_handle_t vin);
void camera_detach(struct camera *camera);

#endif
