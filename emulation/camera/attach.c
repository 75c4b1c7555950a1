/* SPDX-License-Identifier: Apache-2.0 */
/* The camera at the end of the cable. */
#include "../shared/settings.h"
#include "../vpf/sensor_plug.h"
#include "camera.h"
#include "error.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_WIDTH  1920u
#define DEFAULT_HEIGHT 1080u

/** `NAME_<host>` for one camera, or `NAME` for all. */
static bool host_setting(const char *name, uint32_t host, char *value, size_t size)
{
	char specific[64];
	snprintf(specific, sizeof(specific), "%s_%u", name, host);
	return emulation_setting(specific, value, size) || emulation_setting(name, value, size);
}

static bool host_setting_on(const char *name, uint32_t host)
{
	char value[32];
	return host_setting(name, host, value, sizeof(value)) && strcmp(value, "0") != 0;
}

static bool is_absent(const struct camera *camera)
{
	return host_setting_on("ZCF_EMULATION_CAMERA_ABSENT", camera->host);
}

/** Stops for good after that many frames, until the camera is created anew. */
static bool has_vanished(const struct camera *camera)
{
	char value[32];
	unsigned long long after;
	return host_setting("ZCF_EMULATION_CAMERA_VANISHES_AFTER", camera->host, value, sizeof(value)) &&
	       sscanf(value, "%llu", &after) == 1 && camera->exposed >= after;
}

static bool start(void *context)
{
	struct camera *camera = context;
	if (is_absent(camera) || has_vanished(camera))
		return false;
	camera->exposed_since_start = 0;
	camera->streaming = true;
	return true;
}

static bool expose(void *context, struct picture *picture)
{
	struct camera *camera = context;
	if (!camera->streaming || is_absent(camera) || has_vanished(camera) ||
	    host_setting_on("ZCF_EMULATION_CAMERA_SILENT", camera->host))
		return false;
	camera->exposed++;
	return camera->footage->next(camera->footage, ++camera->exposed_since_start, picture);
}

static double frames_per_second(void *context)
{
	struct camera *camera = context;
	char value[32];
	double rate;
	if (host_setting("ZCF_EMULATION_CAMERA_FPS", camera->host, value, sizeof(value)) &&
	    sscanf(value, "%lf", &rate) == 1 && rate > 0)
		return rate;
	return camera->frames_per_second;
}

static struct footage *open_footage(const struct camera *camera)
{
	char source[512];
	uint32_t width = camera->config.width ? camera->config.width : DEFAULT_WIDTH;
	uint32_t height = camera->config.height ? camera->config.height : DEFAULT_HEIGHT;
	if (host_setting("ZCF_EMULATION_CAMERA", camera->host, source, sizeof(source)) &&
	    strcmp(source, "synthetic") != 0)
		return footage_open_file(source);
	return footage_open_synthetic(width, height);
}

int32_t camera_attach(struct camera *camera, hbn_vnode_handle_t vin)
{
	int32_t host = zcf_emulated_vin_host(vin);
	if (host < 0)
		return -EMULATED_CAMERA_ERROR;
	camera->host = (uint32_t)host;
	if (is_absent(camera))
		return -EMULATED_CAMERA_INIT_FAIL;
	camera->footage = open_footage(camera);
	if (!camera->footage)
		return -EMULATED_CAMERA_INIT_FAIL;
	struct emulated_sensor sensor = {camera, start, expose, frames_per_second};
	if (zcf_emulated_vin_plug(vin, &sensor)) {
		camera->footage->close(camera->footage);
		return -EMULATED_CAMERA_INIT_FAIL;
	}
	camera->vin = vin;
	return 0;
}

void camera_detach(struct camera *camera)
{
	zcf_emulated_vin_unplug(camera->vin);
	camera->footage->close(camera->footage);
	camera->footage = NULL;
	camera->streaming = false;
}
