/* SPDX-License-Identifier: Apache-2.0 */
#include "camera.h"

#include "app/log.h"
#include "monotonic.h"

#include <errno.h>
#include <string.h>

struct source_settings camera_get_source_settings(const struct settings *settings)
{
	const struct camera_settings *camera = &settings->camera;

	return (struct source_settings){
		.path = camera->path,
		.width_pixels = camera->width_pixels,
		.height_pixels = camera->height_pixels,
		.rate_millihertz = camera->rate_millihertz,
		.playback = camera->playback,
		.loop = camera->loop,
		.vio = &settings->vio,
	};
}

int camera_open_source(const struct settings *settings, struct source **ret_source)
{
	struct source_settings source_settings = camera_get_source_settings(settings);

	return source_open(settings->camera.source, &source_settings, ret_source);
}

int camera_check_crops(const struct settings *settings, const struct source *source)
{
	for (size_t i = 0; i < settings->channel_count; i++) {
		const struct channel_settings *channel = &settings->channels[i];
		const struct crop *crop = &channel->crop;

		if (crop_fits(crop, source->info.width_pixels, source->info.height_pixels))
			continue;
		app_log(APP_LOG_ERROR, "a crop reaches beyond the picture of the source",
			"channel=%s crop=%ux%u+%u+%u source_size=%ux%u", channel->name, crop->width_pixels,
			crop->height_pixels, crop->x, crop->y, source->info.width_pixels, source->info.height_pixels);
		return -EINVAL;
	}
	return 0;
}

static int open_channels(struct camera *camera)
{
	for (size_t i = 0; i < camera->settings.channel_count; i++) {
		struct channel *channel;
		int error = channel_create(&camera->settings.channels[i], camera_get_rate_millihertz(camera), &channel);

		if (error != 0)
			return error;
		camera->channels[camera->channel_count++] = channel;
		error = channel_open(channel, &camera->settings.runtime);
		if (error != 0)
			return error;
	}
	return 0;
}

/* Frames are counted on from where a process before this one ended, if consumers stayed attached to it. */
static void continue_numbers(struct camera *camera)
{
	for (size_t i = 0; i < camera->channel_count; i++) {
		uint64_t number = channel_get_last_frame_number(camera->channels[i]);

		if (number > camera->frame_number)
			camera->frame_number = number;
	}
	camera->source_first_number = camera->frame_number + 1;
}

int camera_open(struct camera *camera, struct settings *settings, uint64_t last_number)
{
	int error;

	*camera = (struct camera){
		.settings = *settings,
		.frame_number = last_number,
	};
	camera_hardware_init(&camera->hardware);
	source_watch_init(&camera->source_watch, monotonic_now_ns());
	error = camera_open_source(settings, &camera->source);
	if (error == 0)
		error = camera_check_crops(settings, camera->source);
	if (error == 0)
		error = open_channels(camera);
	if (error == 0)
		continue_numbers(camera);
	if (error == 0 && camera->source->ops->hardware != NULL)
		error = camera_hardware_start(camera);
	if (error != 0) {
		/* The settings stay the caller's. */
		camera->settings = (struct settings){0};
		camera_close(camera);
		return error;
	}
	*settings = (struct settings){0};
	return 0;
}

void camera_close(struct camera *camera)
{
	source_watch_fini(&camera->source_watch);
	/* The source first: what it decodes may still refer to a pool buffer. */
	source_close(camera->source);
	camera->source = NULL;
	for (size_t i = 0; i < camera->channel_count; i++)
		channel_destroy(camera->channels[i]);
	camera->channel_count = 0;
	settings_fini(&camera->settings);
}

uint32_t camera_get_rate_millihertz(const struct camera *camera)
{
	return camera->source->info.rate_millihertz;
}

uint32_t camera_count_consumers(const struct camera *camera)
{
	uint32_t count = 0;

	for (size_t i = 0; i < camera->channel_count; i++)
		count += zcf_producer_get_consumer_count(camera->channels[i]->producer);
	return count;
}

/* A buffer for each channel that is due and has one. */
static size_t begin_frames(struct camera *camera)
{
	size_t count = 0;

	for (size_t i = 0; i < camera->channel_count; i++) {
		struct channel *channel = camera->channels[i];

		if (channel_is_due(channel, camera->frame_number, camera_get_rate_millihertz(camera)) &&
		    channel_begin_frame(channel, &camera->targets[count]))
			camera->target_channels[count++] = channel;
	}
	return count;
}

static void cancel_frames(struct camera *camera, size_t target_count)
{
	for (size_t i = 0; i < target_count; i++)
		channel_cancel_frame(camera->target_channels[i], &camera->targets[i]);
}

/* The time that the source's frames so far took, without the overflow that numbers times 10^12 would have. */
static uint64_t source_time_ns(const struct camera *camera)
{
	uint64_t frames = camera->frame_number - camera->source_first_number;
	uint64_t rate = camera_get_rate_millihertz(camera);

	return frames / rate * UINT64_C(1000000000000) + frames % rate * UINT64_C(1000000000000) / rate;
}

/* First all pictures, then all corrections: a target may be what another one is scaled from. */
static void fill_targets(struct camera *camera, size_t target_count, const struct picture *picture)
{
	for (size_t i = 0; i < target_count; i++) {
		struct source_target *target = &camera->targets[i];

		if (!target->filled)
			scaler_run(camera->target_channels[i]->scaler, picture, &target->crop, &target->image);
	}
}

bool camera_publish(struct camera *camera, struct channel *channel, const struct source_target *target, uint64_t number,
		    uint64_t capture_time_ns, int64_t capture_wall_ns)
{
	const struct camera_settings *settings = &camera->settings.camera;
	struct channel_frame frame = {
		.number = number,
		.capture_time_ns = capture_time_ns,
		.capture_wall_ns = capture_wall_ns,
		.camera_id = (int32_t)settings->camera_id,
		.low_light_correction = settings->low_light_correction,
		.low_light_threshold = (float)settings->low_light_threshold,
	};

	return channel_finish_frame(channel, target, &frame);
}

int camera_take_frame(struct camera *camera, uint64_t due_ns, uint64_t missed)
{
	struct source_frame frame;
	struct picture picture = {0};
	size_t target_count;
	int error;

	source_watch_take_opened(camera, due_ns);
	camera->frame_number += missed + 1;
	camera->missed += missed;
	target_count = begin_frames(camera);
	frame = (struct source_frame){
		.number = camera->frame_number,
		.time_ns = source_time_ns(camera),
		.capture_wall_ns = wall_now_ns() - (int64_t)(monotonic_now_ns() - due_ns),
	};
	error = camera->source_watch.broken
			? -EAGAIN
			: camera->source->ops->take(camera->source, &frame, camera->targets, target_count, &picture);
	if (error != 0) {
		cancel_frames(camera, target_count);
		camera->without_picture++;
		if (error != -EAGAIN && error != -ENODATA)
			source_watch_broken(camera, due_ns);
		return error == -ENODATA ? error : 0;
	}
	source_watch_delivered(camera, due_ns);
	fill_targets(camera, target_count, &picture);
	for (size_t i = 0; i < target_count; i++)
		camera_publish(camera, camera->target_channels[i], &camera->targets[i], camera->frame_number, due_ns,
			       frame.capture_wall_ns);
	return 0;
}
