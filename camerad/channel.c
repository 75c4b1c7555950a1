/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include "app/log.h"
#include "brightness.h"
#include "frame_clock.h"
#include "keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* No frame is turn UINT64_MAX, so the first one is always due. */
#define NO_TURN UINT64_MAX

uint32_t channel_rate(const struct channel_settings *settings, uint32_t camera_rate_millihertz)
{
	if (settings->rate_millihertz == 0 || settings->rate_millihertz > camera_rate_millihertz)
		return camera_rate_millihertz;
	return settings->rate_millihertz;
}

/* What the user can do about a lack of room, which the library's sentence may not say. */
static const char *advice(int error)
{
	switch (error) {
	case -ENOMEM:
	case -ENOSPC:
		return "free memory, or configure smaller or fewer buffers and channels";
	case -EMFILE:
		return "raise the limit of open files of this process (ulimit -n, or LimitNOFILE= in the unit)";
	case -ENFILE:
		return "raise the system's limit of open files (sysctl fs.file-max)";
	default:
		return NULL;
	}
}

static void log_failure(const char *message, const char *channel, int error)
{
	const char *what_to_do = advice(error);
	char reason[768], hint[256];

	app_log_quote(reason, sizeof(reason), zcf_error_detail());
	if (what_to_do != NULL)
		app_log(APP_LOG_ERROR, message, "channel=%s reason=%s advice=%s", channel, reason,
			app_log_quote(hint, sizeof(hint), what_to_do));
	else
		app_log(APP_LOG_ERROR, message, "channel=%s reason=%s", channel, reason);
}

static int create_pool(struct channel *channel)
{
	const struct channel_settings *settings = &channel->settings;
	struct zcf_format format;
	int error = zcf_format_init(&format, settings->fourcc, settings->width_pixels, settings->height_pixels, 0);

	if (error == 0)
		error = settings->camera_has_buffers
				? zcf_pool_create_for_camera(settings->backend, &format, settings->buffer_count,
							     &channel->pool)
				: zcf_pool_create(settings->backend, &format, settings->buffer_count, &channel->pool);
	if (error != 0)
		log_failure("the buffers of a channel cannot be made", settings->name, error);
	return error;
}

int channel_create(const struct channel_settings *settings, uint32_t camera_rate_millihertz,
		   struct channel **ret_channel)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	int error;

	if (channel == NULL) {
		app_log(APP_LOG_ERROR, "out of memory for a channel", "channel=%s", settings->name);
		return -ENOMEM;
	}
	channel->settings = *settings;
	channel->rate_millihertz = channel_rate(settings, camera_rate_millihertz);
	channel->last_turn = NO_TURN;
	low_light_init(&channel->low_light);
	event_log_init(&channel->events, settings->name, settings->camera_has_buffers ? 2 : 1);
	error = consumer_watch_init(&channel->watch, channel->settings.name);
	if (error == 0)
		error = create_pool(channel);
	if (error == 0) {
		error = scaler_create(settings->width_pixels, settings->height_pixels, &channel->scaler);
		if (error != 0)
			app_log(APP_LOG_ERROR, "out of memory for the scaling stage of a channel", "channel=%s",
				settings->name);
	}
	if (error != 0) {
		channel_destroy(channel);
		return error;
	}
	if (settings->rate_millihertz > camera_rate_millihertz)
		app_log(APP_LOG_WARNING, "a channel cannot have more frames than the camera takes",
			"channel=%s rate=%.3f camera_rate=%.3f", settings->name, settings->rate_millihertz / 1000.0,
			camera_rate_millihertz / 1000.0);
	*ret_channel = channel;
	return 0;
}

static int open_endpoint(struct channel *channel, const struct runtime_settings *runtime)
{
	const struct channel_settings *settings = &channel->settings;
	struct shared_object_access access = {runtime->socket_mode, runtime->socket_owner, runtime->socket_group};
	bool required = settings->original_endpoint == ENDPOINT_YES;
	char why[512], quoted[768];
	int error;

	if (settings->original_endpoint == ENDPOINT_NO)
		return 0;
	error = endpoint_open(settings->name, runtime->directory, &access, required, &channel->endpoint, why,
			      sizeof(why));
	if (error != 0)
		app_log(APP_LOG_ERROR, "the original endpoint of a channel cannot be opened", "channel=%s reason=%s",
			settings->name, app_log_quote(quoted, sizeof(quoted), why));
	return error;
}

/* The endpoint is a consumer, but none that the user counts. */
static uint32_t max_consumers(const struct channel_settings *settings)
{
	uint32_t count = settings->max_consumers + (settings->original_endpoint != ENDPOINT_NO);

	return count < ZCF_MAX_CONSUMERS ? count : ZCF_MAX_CONSUMERS;
}

static void listen(void *context, const struct zcf_event *event)
{
	struct channel *channel = context;

	event_log_listen(&channel->events, event);
	consumer_watch_listen(&channel->watch, event);
}

/* What became of the consumers of the process before. */
static void log_takeover(const struct channel *channel)
{
	const char *detail;
	char quoted[256];
	int count = zcf_producer_get_takeover(channel->producer, &detail);

	if (count >= 0)
		app_log(APP_LOG_INFO, "consumers of the process before stay attached", "channel=%s count=%d",
			channel->settings.name, count);
	else if (count == -EPROTO)
		app_log(APP_LOG_WARNING, "consumers of the process before have to attach anew", "channel=%s reason=%s",
			channel->settings.name, app_log_quote(quoted, sizeof(quoted), detail));
}

int channel_open(struct channel *channel, const struct runtime_settings *runtime)
{
	const struct channel_settings *settings = &channel->settings;
	struct zcf_producer_options options;
	int error;

	zcf_producer_options_init(&options);
	options.max_consumers = max_consumers(settings);
	options.frame_interval_ns = frame_interval_ns(channel->rate_millihertz);
	options.lease_deadline_ns = settings->lease_deadline_ns;
	options.socket_mode = runtime->socket_mode;
	options.socket_owner = runtime->socket_owner;
	options.socket_group = runtime->socket_group;
	options.max_consumers_per_user = settings->max_consumers_per_user;
	options.allowed_users = settings->allowed_users.ids;
	options.allowed_user_count = settings->allowed_users.count;
	options.allowed_groups = settings->allowed_groups.ids;
	options.allowed_group_count = settings->allowed_groups.count;
	options.runtime_directory = runtime->directory;
	keeper_set_options(&options);
	error = zcf_producer_create(settings->name, channel->pool, &options, &channel->producer);
	if (error != 0) {
		log_failure("a channel cannot be opened", settings->name, error);
		return error;
	}
	zcf_producer_set_listener(channel->producer, listen, channel);
	app_log(APP_LOG_INFO, "channel opened", "channel=%s size=%ux%u rate=%.3f buffers=%u", settings->name,
		settings->width_pixels, settings->height_pixels, channel->rate_millihertz / 1000.0,
		settings->buffer_count);
	log_takeover(channel);
	return open_endpoint(channel, runtime);
}

/* What consumers see of it, and the buffers. */
static void close_channel(struct channel *channel)
{
	if (channel->producer != NULL) {
		bool goes_on = keeper_expects_successor();

		if (goes_on)
			zcf_producer_hand_over(channel->producer);
		else
			zcf_producer_destroy(channel->producer);
		app_log(APP_LOG_INFO, goes_on ? "channel handed over" : "channel closed",
			"channel=%s published=%" PRIu64 " skipped=%" PRIu64, channel->settings.name, channel->published,
			channel->skipped);
	}
	/* After the producer, which would not answer any more if the endpoint was just attaching. */
	endpoint_close(channel->endpoint);
	zcf_pool_destroy(channel->pool);
	channel->producer = NULL;
	channel->endpoint = NULL;
	channel->pool = NULL;
}

int channel_renew(struct channel *channel, const struct runtime_settings *runtime)
{
	int error;

	close_channel(channel);
	error = create_pool(channel);
	return error != 0 ? error : channel_open(channel, runtime);
}

void channel_destroy(struct channel *channel)
{
	if (channel == NULL)
		return;
	close_channel(channel);
	scaler_destroy(channel->scaler);
	consumer_watch_fini(&channel->watch);
	free(channel);
}

bool channel_is_due(struct channel *channel, uint64_t frame_number, uint32_t camera_rate_millihertz)
{
	/* How many frames the channel should have had by now; in whole numbers, so nothing adds up. */
	uint64_t turn = frame_number * channel->rate_millihertz / camera_rate_millihertz;

	if (turn == channel->last_turn)
		return false;
	channel->last_turn = turn;
	return true;
}

bool channel_begin_frame(struct channel *channel, struct source_target *target)
{
	struct zcf_buffer *buffer;

	if (zcf_producer_dequeue(channel->producer, 0, 0, &buffer) != 0) {
		/* The library has counted it and told our listener who held the buffers. */
		channel->skipped++;
		return false;
	}
	*target = (struct source_target){.buffer = buffer, .crop = channel->settings.crop};
	nv12_image_of_buffer(&target->image, buffer);
	return true;
}

bool channel_finish_frame(struct channel *channel, const struct source_target *target,
			  const struct channel_frame *frame)
{
	float brightness = brightness_measure(&target->image);
	bool corrected = frame->low_light_correction &&
			 low_light_correct(&channel->low_light, &target->image, brightness, frame->low_light_threshold);
	struct zcf_frame_metadata metadata = {
		.frame_number = frame->number,
		.capture_time_ns = frame->capture_time_ns,
		.capture_wall_ns = frame->capture_wall_ns,
		.camera_id = frame->camera_id,
		/* Of what is published, as everybody can measure it. */
		.brightness_avg = corrected ? brightness_measure(&target->image) : brightness,
		.correction_applied = corrected,
	};

	if (corrected && target->end_write != NULL)
		target->end_write(target);
	if (zcf_producer_publish(channel->producer, target->buffer, &metadata) != 0) {
		log_failure("a frame cannot be published", channel->settings.name, 0);
		return false;
	}
	channel->published++;
	return true;
}

uint64_t channel_get_last_frame_number(const struct channel *channel)
{
	/* Kept off the stack: it is large. */
	static struct zcf_snapshot snapshot;

	zcf_producer_get_snapshot(channel->producer, &snapshot);
	return snapshot.last_frame_number;
}

void channel_skip_frames(struct channel *channel, uint64_t count)
{
	zcf_producer_skip(channel->producer, count);
	channel->skipped += count;
}

void channel_cancel_frame(struct channel *channel, const struct source_target *target)
{
	zcf_producer_cancel(channel->producer, target->buffer);
}

void channel_dispatch(struct channel *channel)
{
	int error = zcf_producer_dispatch(channel->producer);

	if (error != 0)
		log_failure("a consumer cannot be served", channel->settings.name, error);
}
