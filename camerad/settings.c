/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "app/config.h"
#include "settings_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_BUFFER_COUNT 3
/* Longer than anybody should hold a camera's buffer, but not for ever. */
#define MAXIMUM_DEADLINE_NS 60e9

#define CAMERA(field)       offsetof(struct camera_settings, field)
#define RUNTIME(field)      offsetof(struct runtime_settings, field)
#define CHANNEL(field)      offsetof(struct channel_settings, field)

static const struct app_config_key camera_keys[] = {
	{"source", APP_CONFIG_CUSTOM, CAMERA(source), 0, 0, parse_source_name},
	{"path", APP_CONFIG_STRING, CAMERA(path), 0, 0, NULL},
	{"width", APP_CONFIG_CUSTOM, CAMERA(width_pixels), 0, 0, parse_even_size},
	{"height", APP_CONFIG_CUSTOM, CAMERA(height_pixels), 0, 0, parse_even_size},
	{"rate", APP_CONFIG_CUSTOM, CAMERA(rate_millihertz), 0, 0, parse_rate},
	{"playback", APP_CONFIG_CUSTOM, CAMERA(playback), 0, 0, parse_playback},
	{"loop", APP_CONFIG_BOOL, CAMERA(loop), 0, 0, NULL},
	{"camera_id", APP_CONFIG_UINT32, CAMERA(camera_id), 0, INT32_MAX, NULL},
	{"sleep_when_idle", APP_CONFIG_BOOL, CAMERA(sleep_when_idle), 0, 0, NULL},
	{"low_light_correction", APP_CONFIG_BOOL, CAMERA(low_light_correction), 0, 0, NULL},
	{"low_light_threshold", APP_CONFIG_DOUBLE, CAMERA(low_light_threshold), 1, 254, NULL},
	{"user", APP_CONFIG_USER, CAMERA(user), 0, 0, NULL},
	{"seccomp", APP_CONFIG_BOOL, CAMERA(seccomp), 0, 0, NULL},
	{"silence", APP_CONFIG_DURATION, CAMERA(silence_ns), 10e6, 3600e9, NULL},
	{"log_level", APP_CONFIG_CUSTOM, CAMERA(log_level), 0, 0, parse_log_level},
	{"backend", APP_CONFIG_CUSTOM, CAMERA(backend), 0, 0, parse_backend},
	{"original_endpoint", APP_CONFIG_CUSTOM, CAMERA(original_endpoint), 0, 0, parse_endpoint_choice},
	{0},
};

static const struct app_config_key runtime_keys[] = {
	{"directory", APP_CONFIG_STRING, RUNTIME(directory), 0, 0, NULL},
	{"socket_mode", APP_CONFIG_CUSTOM, RUNTIME(socket_mode), 0, 0, parse_mode},
	{"socket_owner", APP_CONFIG_CUSTOM, RUNTIME(socket_owner), 0, 0, parse_user},
	{"socket_group", APP_CONFIG_CUSTOM, RUNTIME(socket_group), 0, 0, parse_socket_group},
	{0},
};

static const struct app_config_key channel_keys[] = {
	{"width", APP_CONFIG_CUSTOM, CHANNEL(width_pixels), 0, 0, parse_even_size},
	{"height", APP_CONFIG_CUSTOM, CHANNEL(height_pixels), 0, 0, parse_even_size},
	{"rate", APP_CONFIG_CUSTOM, CHANNEL(rate_millihertz), 0, 0, parse_rate},
	{"buffers", APP_CONFIG_UINT32, CHANNEL(buffer_count), 2, ZCF_MAX_BUFFERS, NULL},
	{"crop", APP_CONFIG_CUSTOM, CHANNEL(crop), 0, 0, parse_crop},
	{"lease_deadline", APP_CONFIG_DURATION, CHANNEL(lease_deadline_ns), 0, MAXIMUM_DEADLINE_NS, NULL},
	{"max_consumers", APP_CONFIG_UINT32, CHANNEL(max_consumers), 1, ZCF_MAX_CONSUMERS, NULL},
	{"max_consumers_per_user", APP_CONFIG_UINT32, CHANNEL(max_consumers_per_user), 0, ZCF_MAX_CONSUMERS, NULL},
	{"allowed_users", APP_CONFIG_CUSTOM, CHANNEL(allowed_users), 0, 0, parse_users},
	{"allowed_groups", APP_CONFIG_CUSTOM, CHANNEL(allowed_groups), 0, 0, parse_groups},
	{"format", APP_CONFIG_CUSTOM, CHANNEL(fourcc), 0, 0, parse_format},
	{"original_endpoint", APP_CONFIG_CUSTOM, CHANNEL(original_endpoint), 0, 0, parse_endpoint_choice},
	{0},
};

static void *begin_camera(void *context, const char *argument, char *why, size_t why_size)
{
	(void)argument;
	(void)why;
	(void)why_size;
	return &((struct settings *)context)->camera;
}

static void *begin_runtime(void *context, const char *argument, char *why, size_t why_size)
{
	(void)argument;
	(void)why;
	(void)why_size;
	return &((struct settings *)context)->runtime;
}

static void *begin_vio(void *context, const char *argument, char *why, size_t why_size)
{
	(void)argument;
	(void)why;
	(void)why_size;
	return &((struct settings *)context)->vio;
}

static void *begin_watchdog(void *context, const char *argument, char *why, size_t why_size)
{
	(void)argument;
	(void)why;
	(void)why_size;
	return &((struct settings *)context)->watchdog;
}

/* No first dot: "." and ".." are no names, and sockets are not hidden. */
static bool is_channel_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return name[0] != '.' && name[0] != '\0' && strlen(name) < ZCF_CHANNEL_NAME_SIZE &&
	       name[strspn(name, allowed)] == '\0';
}

static struct channel_settings *add_channel(struct settings *settings, const char *name, uint32_t width_pixels,
					    uint32_t height_pixels)
{
	struct channel_settings *channel = &settings->channels[settings->channel_count++];

	*channel = (struct channel_settings){
		.width_pixels = width_pixels,
		.height_pixels = height_pixels,
		.buffer_count = DEFAULT_BUFFER_COUNT,
		.max_consumers = ZCF_MAX_CONSUMERS,
		.fourcc = ZCF_FOURCC_NV12,
	};
	snprintf(channel->name, sizeof(channel->name), "%s", name);
	return channel;
}

static void *begin_channel(void *context, const char *name, char *why, size_t why_size)
{
	struct settings *settings = context;

	if (!is_channel_name(name)) {
		snprintf(why, why_size,
			 "'%s' cannot be the name of a channel: 1 to %d of A-Z a-z 0-9 _ - and . (not the first one)",
			 name, ZCF_CHANNEL_NAME_SIZE - 1);
		return NULL;
	}
	for (size_t i = 0; i < settings->channel_count; i++) {
		if (strcmp(settings->channels[i].name, name) == 0) {
			snprintf(why, why_size, "[channel %s] stands here for the second time", name);
			return NULL;
		}
	}
	if (settings->channel_count == SETTINGS_MAX_CHANNELS) {
		snprintf(why, why_size, "there are more than %d channels", SETTINGS_MAX_CHANNELS);
		return NULL;
	}
	return add_channel(settings, name, 640, 480);
}

static const struct app_config_section sections[] = {
	{"camera", false, begin_camera, camera_keys},   {"runtime", false, begin_runtime, runtime_keys},
	{"vio", false, begin_vio, vio_settings_keys},   {"watchdog", false, begin_watchdog, consumer_watch_keys},
	{"channel", true, begin_channel, channel_keys}, {0},
};

static int set_defaults(struct settings *settings)
{
	*settings = (struct settings){
		.camera =
			{
				.source = &source_synthetic,
				.width_pixels = 640,
				.height_pixels = 480,
				.rate_millihertz = SOURCE_DEFAULT_RATE_MILLIHERTZ,
				.playback = SOURCE_PLAYBACK_NATURAL,
				.loop = true,
				.seccomp = true,
				.low_light_threshold = 60,
				.silence_ns = UINT64_C(2000000000),
				.log_level = APP_LOG_INFO,
				.backend = "memfd",
				.original_endpoint = ENDPOINT_AUTO,
			},
		.watchdog = {.stuck_after_ns = UINT64_C(1000000000)},
		.runtime = {.socket_mode = 0660, .socket_owner = (uid_t)-1, .socket_group = settings_default_group()},
	};
	return vio_settings_init(&settings->vio);
}

static void add_default_channels(struct settings *settings)
{
	add_channel(settings, "pet_camera_active_zc", 640, 480);
	add_channel(settings, "pet_camera_yolo_zc", 640, 360);
	add_channel(settings, "pet_camera_mjpeg_zc", 640, 480);
}

/* `key =` is the default, as if the key was not there. */
static void clear_if_empty(char **field)
{
	if (*field != NULL && **field == '\0') {
		free(*field);
		*field = NULL;
	}
}

static int read_file(const struct settings_overrides *overrides, struct settings *settings, char *why, size_t why_size)
{
	const char *path = overrides->config_path != NULL ? overrides->config_path : APP_CONFIG_DEFAULT_PATH;
	int error = app_config_load(path, sections, settings, why, why_size);

	clear_if_empty(&settings->camera.path);
	clear_if_empty(&settings->camera.user);
	clear_if_empty(&settings->runtime.directory);
	clear_if_empty(&settings->vio.tuning);
	clear_if_empty(&settings->watchdog.command);
	/* Nobody needs a file to start with; but one that is asked for must be there. */
	return error == -ENOENT && overrides->config_path == NULL ? 0 : error;
}

static int replace_string(char **field, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int override_value(const char *option, int (*parse)(void *, const char *, char *, size_t), void *field,
			  const char *value, char *why, size_t why_size)
{
	char reason[256];
	int error;

	if (value == NULL)
		return 0;
	error = parse(field, value, reason, sizeof(reason));
	if (error != 0)
		snprintf(why, why_size, "%s: %s", option, reason);
	return error;
}

static int apply_overrides(const struct settings_overrides *overrides, struct settings *settings, char *why,
			   size_t why_size)
{
	int error = 0;

	if (overrides->source != NULL && source_find(overrides->source) != NULL) {
		settings->camera.source = source_find(overrides->source);
	} else if (overrides->source != NULL) {
		settings->camera.source = &source_file;
		error = replace_string(&settings->camera.path, overrides->source);
	}
	if (error == 0 && overrides->runtime_directory != NULL)
		error = replace_string(&settings->runtime.directory, overrides->runtime_directory);
	if (error != 0) {
		snprintf(why, why_size, "out of memory");
		return error;
	}
	error = override_value("--rate", parse_rate, &settings->camera.rate_millihertz, overrides->rate, why, why_size);
	if (error == 0)
		error = override_value("--log-level", parse_log_level, &settings->camera.log_level,
				       overrides->log_level, why, why_size);
	if (error == 0)
		error = override_value("--backend", parse_backend, &settings->camera.backend, overrides->backend, why,
				       why_size);
	return error;
}

static int check(const struct settings *settings, char *why, size_t why_size)
{
	const struct camera_settings *camera = &settings->camera;

	if (camera->source->reads_path && camera->path == NULL) {
		snprintf(why, why_size, "the source '%s' needs 'path = FILE' in [camera], or --source FILE",
			 camera->source->name);
		return -EINVAL;
	}
	return 0;
}

/*
 * The endpoint's programs import buffers by share_id, so without those it is of little use. And nobody can know
 * whether one of them waits, so a camera that sleeps when nobody watches would never wake, or never sleep.
 */
static void settle_channel(const struct camera_settings *camera, struct channel_settings *channel)
{
	channel->camera_has_buffers = camera->source->hardware != NULL;
	channel->backend = channel->camera_has_buffers ? camera->source->hardware->backend : camera->backend;
	if (channel->original_endpoint == ENDPOINT_AS_CAMERA)
		channel->original_endpoint = camera->original_endpoint;
	if (channel->original_endpoint == ENDPOINT_AUTO &&
	    (strcmp(channel->backend, "hbmem") != 0 || camera->sleep_when_idle))
		channel->original_endpoint = ENDPOINT_NO;
}

int settings_load(const struct settings_overrides *overrides, struct settings *ret_settings, char *why, size_t why_size)
{
	int error = set_defaults(ret_settings);

	if (error != 0)
		snprintf(why, why_size, "out of memory");
	if (error == 0)
		error = read_file(overrides, ret_settings, why, why_size);
	if (error == 0)
		error = apply_overrides(overrides, ret_settings, why, why_size);
	if (error == 0)
		error = check(ret_settings, why, why_size);
	if (error == 0 && ret_settings->channel_count == 0)
		add_default_channels(ret_settings);
	for (size_t i = 0; i < ret_settings->channel_count; i++)
		settle_channel(&ret_settings->camera, &ret_settings->channels[i]);
	if (error == 0 && ret_settings->camera.source->hardware != NULL)
		error = ret_settings->camera.source->hardware->check(ret_settings, why, why_size);
	return error;
}

void settings_fini(struct settings *settings)
{
	app_config_free_strings(camera_keys, &settings->camera);
	app_config_free_strings(runtime_keys, &settings->runtime);
	app_config_free_strings(consumer_watch_keys, &settings->watchdog);
	vio_settings_fini(&settings->vio);
}

static bool same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool settings_have_same_source(const struct settings *a, const struct settings *b)
{
	const struct camera_settings *x = &a->camera, *y = &b->camera;

	return x->source == y->source && same_string(x->path, y->path) && x->width_pixels == y->width_pixels &&
	       x->height_pixels == y->height_pixels && x->rate_millihertz == y->rate_millihertz &&
	       x->playback == y->playback && x->loop == y->loop &&
	       (x->source->hardware == NULL || vio_settings_are_same(&a->vio, &b->vio));
}

bool settings_have_same_runtime(const struct settings *a, const struct settings *b)
{
	const struct runtime_settings *x = &a->runtime, *y = &b->runtime;

	return same_string(x->directory, y->directory) && x->socket_mode == y->socket_mode &&
	       x->socket_owner == y->socket_owner && x->socket_group == y->socket_group;
}

static bool same_ids(const struct id_list *a, const struct id_list *b)
{
	return a->count == b->count && memcmp(a->ids, b->ids, a->count * sizeof(a->ids[0])) == 0;
}

bool channel_settings_are_same(const struct channel_settings *a, const struct channel_settings *b)
{
	return strcmp(a->name, b->name) == 0 && a->width_pixels == b->width_pixels &&
	       a->height_pixels == b->height_pixels && a->rate_millihertz == b->rate_millihertz &&
	       a->buffer_count == b->buffer_count && a->lease_deadline_ns == b->lease_deadline_ns &&
	       a->max_consumers == b->max_consumers && a->max_consumers_per_user == b->max_consumers_per_user &&
	       same_ids(&a->allowed_users, &b->allowed_users) && same_ids(&a->allowed_groups, &b->allowed_groups) &&
	       a->fourcc == b->fourcc && same_string(a->backend, b->backend) &&
	       a->original_endpoint == b->original_endpoint;
}

static bool same_crop(const struct crop *a, const struct crop *b)
{
	return a->width_pixels == b->width_pixels && a->height_pixels == b->height_pixels && a->x == b->x &&
	       a->y == b->y;
}

bool settings_have_same_channels(const struct settings *a, const struct settings *b)
{
	bool same = a->channel_count == b->channel_count;

	for (size_t i = 0; same && i < a->channel_count; i++)
		same = channel_settings_are_same(&a->channels[i], &b->channels[i]) &&
		       same_crop(&a->channels[i].crop, &b->channels[i].crop);
	return same;
}
