/* SPDX-License-Identifier: Apache-2.0 */
#include "camera.h"

#include "../include/emulated_camera_layout.h"
#include "../shared/injection.h"
#include "error.h"

#include <string.h>

#define HANDLE_MARK  0x5a4d
#define DEFAULT_RATE 30u
#define RATE_MAX     120

pthread_mutex_t camera_lock = PTHREAD_MUTEX_INITIALIZER;
static struct camera cameras[CAMERAS_MAX];

struct camera *camera_at(uint32_t index)
{
	return &cameras[index];
}

camera_handle_t camera_handle(const struct camera *camera)
{
	return (camera_handle_t)(camera - cameras + 1) << 16 | HANDLE_MARK;
}

struct camera *camera_by_handle(camera_handle_t handle)
{
	int64_t index = (handle >> 16) - 1;
	if ((handle & 0xFFFF) != HANDLE_MARK || index < 0 || index >= CAMERAS_MAX)
		return NULL;
	return cameras[index].in_use ? &cameras[index] : NULL;
}

int32_t hbn_camera_create(camera_config_t *config, camera_handle_t *handle)
{
	EMULATION_MAY_FAIL();
	int32_t result = -EMULATED_CAMERA_ERROR;
	if (!config || !handle)
		return -EMULATED_CAMERA_ERROR;
	if (!memchr(config->name, 0, sizeof(config->name)) || !config->name[0] || config->fps > RATE_MAX)
		return -EMULATED_CAMERA_INVALID_PARAM;
	pthread_mutex_lock(&camera_lock);
	for (uint32_t i = 0; i < CAMERAS_MAX && result; i++) {
		struct camera *camera = &cameras[i];
		if (camera->in_use)
			continue;
		memset(camera, 0, sizeof(*camera));
		camera->in_use = true;
		camera->config = *config;
		camera->frames_per_second = config->fps ? config->fps : DEFAULT_RATE;
		*handle = camera_handle(camera);
		result = 0;
	}
	pthread_mutex_unlock(&camera_lock);
	return result;
}

/** Take the camera away from whoever else might attach or detach it now. */
static struct camera *change_attachment(camera_handle_t handle, bool attached)
{
	pthread_mutex_lock(&camera_lock);
	struct camera *camera = camera_by_handle(handle);
	if (camera && camera->attached == attached)
		camera->attached = !attached;
	else
		camera = NULL;
	pthread_mutex_unlock(&camera_lock);
	return camera;
}

static bool exists(camera_handle_t handle)
{
	pthread_mutex_lock(&camera_lock);
	bool found = camera_by_handle(handle);
	pthread_mutex_unlock(&camera_lock);
	return found;
}

int32_t hbn_camera_attach_to_vin(camera_handle_t handle, vpf_handle_t vin)
{
	EMULATION_MAY_FAIL();
	if (!exists(handle))
		return -EMULATED_CAMERA_ERROR;
	struct camera *camera = change_attachment(handle, false);
	if (!camera)
		return -EMULATED_CAMERA_INVALID_OPERATION;
	int32_t result = camera_attach(camera, vin);
	if (result)
		change_attachment(handle, true);
	return result;
}

int32_t hbn_camera_detach_from_vin(camera_handle_t handle)
{
	EMULATION_MAY_FAIL();
	if (!exists(handle))
		return -EMULATED_CAMERA_ERROR;
	struct camera *camera = change_attachment(handle, true);
	if (!camera)
		return -EMULATED_CAMERA_INVALID_OPERATION;
	camera_detach(camera);
	return 0;
}

int32_t hbn_camera_destroy(camera_handle_t handle)
{
	EMULATION_MAY_FAIL();
	if (!exists(handle))
		return -EMULATED_CAMERA_ERROR;
	struct camera *camera = change_attachment(handle, true);
	if (camera)
		camera_detach(camera);
	pthread_mutex_lock(&camera_lock);
	camera = camera_by_handle(handle);
	if (camera)
		camera->in_use = false;
	pthread_mutex_unlock(&camera_lock);
	return 0;
}

static int32_t set_streaming(camera_handle_t handle, bool streaming)
{
	int32_t result = -EMULATED_CAMERA_ERROR;
	pthread_mutex_lock(&camera_lock);
	struct camera *camera = camera_by_handle(handle);
	if (camera) {
		result = camera->attached ? 0 : -EMULATED_CAMERA_START_FAIL;
		camera->streaming = streaming && camera->attached;
	}
	pthread_mutex_unlock(&camera_lock);
	return result;
}

int32_t hbn_camera_start(camera_handle_t handle)
{
	EMULATION_MAY_FAIL();
	return set_streaming(handle, true);
}

int32_t hbn_camera_stop(camera_handle_t handle)
{
	EMULATION_MAY_FAIL();
	return set_streaming(handle, false);
}

int32_t hbn_camera_reset(camera_handle_t handle)
{
	EMULATION_MAY_FAIL();
	return set_streaming(handle, true);
}

int32_t hbn_camera_change_fps(camera_handle_t handle, int32_t fps)
{
	EMULATION_MAY_FAIL();
	if (!exists(handle))
		return -EMULATED_CAMERA_ERROR;
	if (fps < 1 || fps > RATE_MAX)
		return -EMULATED_CAMERA_RATE_FAIL;
	pthread_mutex_lock(&camera_lock);
	struct camera *camera = camera_by_handle(handle);
	if (camera)
		camera->frames_per_second = (uint32_t)fps;
	pthread_mutex_unlock(&camera_lock);
	return camera ? 0 : -EMULATED_CAMERA_ERROR;
}

camera_handle_t hbn_camera_get_handle(vpf_handle_t vin, int32_t index)
{
	camera_handle_t found = 0;
	pthread_mutex_lock(&camera_lock);
	for (int32_t i = 0; i < CAMERAS_MAX && !found; i++) {
		const struct camera *camera = &cameras[i];
		if (camera->in_use && (vin ? camera->attached && camera->vin == vin : i == index))
			found = camera_handle(camera);
	}
	pthread_mutex_unlock(&camera_lock);
	return found;
}
