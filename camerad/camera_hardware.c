/* SPDX-License-Identifier: Apache-2.0 */
#include "camera_hardware.h"

#include "app/log.h"
#include "camera.h"
#include "monotonic.h"

#include <errno.h>
#include <inttypes.h>

#define FIRST_PAUSE_NS   UINT64_C(1000000000)
#define LONGEST_PAUSE_NS UINT64_C(30000000000)

/* A camera that ran for so long was not in trouble from the start. */
#define SETTLED_NS UINT64_C(10000000000)

static const struct source_hardware_ops *ops_of(const struct camera *camera)
{
	return camera->source->ops->hardware;
}

static bool publish(const struct source_sink *sink, size_t channel_index, const struct source_target *target,
		    uint64_t number, uint64_t capture_time_ns)
{
	struct camera *camera = sink->context;
	int64_t wall_ns = wall_now_ns() - (int64_t)(monotonic_now_ns() - capture_time_ns);

	if (number > camera->frame_number)
		camera->frame_number = number;
	source_watch_delivered(camera, capture_time_ns);
	return camera_publish(camera, camera->channels[channel_index], target, number, capture_time_ns, wall_ns);
}

void camera_hardware_init(struct camera_hardware *hardware)
{
	*hardware = (struct camera_hardware){.sink = {.publish = publish}, .pause_ns = FIRST_PAUSE_NS};
}

int camera_hardware_start(struct camera *camera)
{
	struct camera_hardware *hardware = &camera->hardware;
	char why[768], quoted[1024];
	int error;

	hardware->sink.context = camera;
	error = ops_of(camera)->start(camera->source, camera->channels, camera->channel_count, &hardware->sink,
				      camera->frame_number, why, sizeof(why));
	if (error != 0) {
		app_log(APP_LOG_ERROR, "the camera cannot be started", "source=%s reason=%s", camera->source->ops->name,
			app_log_quote(quoted, sizeof(quoted), why));
		return error;
	}
	hardware->running = true;
	hardware->retry_ns = 0;
	hardware->started_ns = monotonic_now_ns();
	app_log(APP_LOG_INFO, "camera started", "source=%s frame_number=%" PRIu64, camera->source->ops->name,
		camera->frame_number);
	return 0;
}

int camera_hardware_get_fd(const struct camera *camera)
{
	return ops_of(camera)->get_fd(camera->source);
}

static void schedule_retry(struct camera_hardware *hardware, uint64_t now_ns)
{
	hardware->retry_ns = now_ns + hardware->pause_ns;
	app_log(APP_LOG_INFO, "the camera will be tried again", "seconds=%" PRIu64 " restarts=%" PRIu64,
		hardware->pause_ns / 1000000000, hardware->restarts);
	hardware->pause_ns = hardware->pause_ns * 2 < LONGEST_PAUSE_NS ? hardware->pause_ns * 2 : LONGEST_PAUSE_NS;
}

/* Its buffers go, so the channels over them go too; new ones wait for what comes. */
static int lose_camera(struct camera *camera)
{
	struct camera_hardware *hardware = &camera->hardware;
	uint64_t now_ns = monotonic_now_ns();
	int error = 0;

	ops_of(camera)->stop(camera->source);
	hardware->running = false;
	hardware->restarts++;
	if (now_ns - hardware->started_ns > SETTLED_NS)
		hardware->pause_ns = FIRST_PAUSE_NS;
	for (size_t i = 0; error == 0 && i < camera->channel_count; i++)
		error = channel_renew(camera->channels[i], &camera->settings.runtime);
	source_watch_set_silent(camera, true);
	schedule_retry(hardware, now_ns);
	return error;
}

int camera_hardware_dispatch(struct camera *camera)
{
	if (!camera->hardware.running || ops_of(camera)->dispatch(camera->source) == 0)
		return 0;
	return lose_camera(camera);
}

int camera_hardware_get_timeout_ms(const struct camera *camera)
{
	uint64_t now_ns = monotonic_now_ns(), retry_ns = camera->hardware.retry_ns;

	if (retry_ns == 0)
		return -1;
	return retry_ns > now_ns ? (int)((retry_ns - now_ns) / 1000000 + 1) : 0;
}

int camera_hardware_retry(struct camera *camera)
{
	struct camera_hardware *hardware = &camera->hardware;
	uint64_t now_ns = monotonic_now_ns();

	if (hardware->retry_ns == 0 || now_ns < hardware->retry_ns)
		return 0;
	if (camera_hardware_start(camera) != 0)
		schedule_retry(hardware, now_ns);
	return 0;
}
