/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that reach into a sensor's registers, embedded data or a board's configuration. There is no sensor: they say
 * what the board says of a sensor whose driver has not got the operation. */
#include "../shared/injection.h"
#include "camera.h"
#include "error.h"

#include <stdio.h>
#include <string.h>

static int32_t refuse(camera_handle_t handle)
{
	pthread_mutex_lock(&camera_lock);
	bool found = camera_by_handle(handle);
	pthread_mutex_unlock(&camera_lock);
	return found ? -EMULATED_CAMERA_NOT_SUPPORTED : -EMULATED_CAMERA_ERROR;
}

int32_t hbn_camera_attach_to_deserial(camera_handle_t handle, deserial_handle_t deserial, int32_t link)
{
	EMULATION_MAY_FAIL();
	(void)deserial;
	(void)link;
	return refuse(handle);
}

int32_t hbn_camera_detach_from_deserial(camera_handle_t handle)
{
	EMULATION_MAY_FAIL();
	return refuse(handle);
}

int32_t hbn_camera_read_register(camera_handle_t handle, int32_t type, uint32_t address)
{
	EMULATION_MAY_FAIL();
	(void)type;
	(void)address;
	return refuse(handle);
}

int32_t hbn_camera_write_register(camera_handle_t handle, int32_t type, uint32_t address, uint32_t value)
{
	EMULATION_MAY_FAIL();
	(void)type;
	(void)address;
	(void)value;
	return refuse(handle);
}

int32_t hbn_camera_parse_emb(camera_handle_t handle, char *raw, void *info)
{
	EMULATION_MAY_FAIL();
	return raw && info ? refuse(handle) : -EMULATED_CAMERA_ERROR;
}

int32_t hbn_camera_update_ae_info(camera_handle_t handle, void *info)
{
	EMULATION_MAY_FAIL();
	return info ? refuse(handle) : -EMULATED_CAMERA_ERROR;
}

int32_t hbn_camera_get_sns_info(camera_handle_t handle, int32_t type, void *parameter)
{
	EMULATION_MAY_FAIL();
	(void)type;
	return parameter ? refuse(handle) : -EMULATED_CAMERA_ERROR;
}

int32_t hbn_camera_get_status(camera_handle_t handle, void *status)
{
	EMULATION_MAY_FAIL();
	return status ? refuse(handle) : -EMULATED_CAMERA_ERROR;
}

/** There are no events, so nobody is called. */
int32_t hbn_camera_set_event_callback(camera_handle_t handle, void (*callback)(void *event))
{
	EMULATION_MAY_FAIL();
	if (!callback)
		return -EMULATED_CAMERA_ERROR;
	int32_t result = refuse(handle);
	return result == -EMULATED_CAMERA_NOT_SUPPORTED ? 0 : result;
}

int32_t hbn_camera_get_version(camera_handle_t handle, int32_t type, char *name, char *version)
{
	EMULATION_MAY_FAIL();
	if (!version)
		return -EMULATED_CAMERA_ERROR;
	int32_t result = refuse(handle);
	if (result != -EMULATED_CAMERA_NOT_SUPPORTED || type != 0)
		return result;
	if (name)
		strcpy(name, "libcam");
	strcpy(version, "1.1.0");
	return 0;
}

int32_t hbn_camera_init_cfg(const char *path)
{
	EMULATION_MAY_FAIL();
	return path ? -EMULATED_CAMERA_CONFIG_FAIL : -EMULATED_CAMERA_ERROR;
}

int32_t hbn_camera_switch_scence(int64_t vflow, int64_t isp, const char *name)
{
	EMULATION_MAY_FAIL();
	(void)vflow;
	(void)isp;
	return name ? -EMULATED_CAMERA_NOT_SUPPORTED : -EMULATED_CAMERA_ERROR;
}
