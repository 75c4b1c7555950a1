/* SPDX-License-Identifier: Apache-2.0 */
#include "camera_reload.h"

#include "app/log.h"
#include "monotonic.h"

#include <errno.h>
#include <string.h>

/* What becomes of a channel of the new settings. */
enum channel_change {
	CHANNEL_KEPT,     /* It goes on as it is. */
	CHANNEL_ADDED,    /* Its name is free: opened before anything is closed. */
	CHANNEL_REPLACED, /* Its name is in use by its predecessor, which must be closed first. */
};

struct reload {
	struct camera *camera;
	const struct settings *settings;
	struct source *source; /* That the camera will have; its own, if it stays. */
	struct channel *channels[SETTINGS_MAX_CHANNELS];
	enum channel_change changes[SETTINGS_MAX_CHANNELS];
	size_t channel_count;
};

static struct channel *find_channel(const struct camera *camera, const char *name)
{
	for (size_t i = 0; i < camera->channel_count; i++) {
		if (strcmp(camera->channels[i]->settings.name, name) == 0)
			return camera->channels[i];
	}
	return NULL;
}

static bool can_stay(const struct reload *reload, const struct channel *channel, const struct channel_settings *next)
{
	return settings_have_same_runtime(&reload->camera->settings, reload->settings) &&
	       channel_settings_are_same(&channel->settings, next) &&
	       channel->rate_millihertz == channel_rate(next, reload->source->info.rate_millihertz);
}

static bool same_directory(const struct settings *a, const struct settings *b)
{
	const char *x = a->runtime.directory, *y = b->runtime.directory;

	return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

static int prepare_channel(struct reload *reload, const struct channel_settings *settings)
{
	struct channel *predecessor = find_channel(reload->camera, settings->name);
	struct channel **channel = &reload->channels[reload->channel_count];
	enum channel_change *change = &reload->changes[reload->channel_count];
	int error;

	if (predecessor != NULL && can_stay(reload, predecessor, settings)) {
		*channel = predecessor;
		*change = CHANNEL_KEPT;
		reload->channel_count++;
		return 0;
	}
	error = channel_create(settings, reload->source->info.rate_millihertz, channel);
	if (error != 0)
		return error;
	reload->channel_count++;
	*change = CHANNEL_REPLACED;
	if (predecessor == NULL || !same_directory(&reload->camera->settings, reload->settings)) {
		*change = CHANNEL_ADDED;
		error = channel_open(*channel, &reload->settings->runtime);
	}
	return error;
}

/*
 * A source that brings no pictures is opened anew too, since it may have another size by now. If it cannot be, that is
 * no reason to refuse the rest.
 */
static int prepare_source(struct reload *reload)
{
	struct source *source;
	bool is_new = !settings_have_same_source(&reload->camera->settings, reload->settings);
	int error;

	if (!is_new && !reload->camera->source_watch.silent)
		return 0;
	error = camera_open_source(reload->settings, &source);
	if (error == 0)
		reload->source = source;
	return is_new ? error : 0;
}

static int prepare(struct reload *reload)
{
	int error = prepare_source(reload);

	if (error == 0)
		error = camera_check_crops(reload->settings, reload->source);
	for (size_t i = 0; error == 0 && i < reload->settings->channel_count; i++)
		error = prepare_channel(reload, &reload->settings->channels[i]);
	return error;
}

static void undo(struct reload *reload)
{
	for (size_t i = 0; i < reload->channel_count; i++) {
		if (reload->changes[i] != CHANNEL_KEPT)
			channel_destroy(reload->channels[i]);
	}
	if (reload->source != reload->camera->source)
		source_close(reload->source);
}

static bool is_kept(const struct reload *reload, const struct channel *channel)
{
	for (size_t i = 0; i < reload->channel_count; i++) {
		if (reload->channels[i] == channel)
			return true;
	}
	return false;
}

/* The old source and channels go, the new ones take their places. */
static int commit(struct reload *reload)
{
	struct camera *camera = reload->camera;
	int error = 0;

	if (reload->source != camera->source) {
		source_close(camera->source);
		camera->source = reload->source;
		camera->source_first_number = camera->frame_number + 1;
		source_watch_set_silent(camera, false);
		source_watch_fini(&camera->source_watch);
		source_watch_init(&camera->source_watch, monotonic_now_ns());
	}
	for (size_t i = 0; i < camera->channel_count; i++) {
		if (!is_kept(reload, camera->channels[i]))
			channel_destroy(camera->channels[i]);
	}
	camera->channel_count = reload->channel_count;
	for (size_t i = 0; i < reload->channel_count; i++) {
		camera->channels[i] = reload->channels[i];
		camera->channels[i]->settings.crop = reload->settings->channels[i].crop;
		if (reload->changes[i] == CHANNEL_REPLACED &&
		    channel_open(camera->channels[i], &reload->settings->runtime) != 0)
			error = -ENOTRECOVERABLE;
	}
	/* Channels that are new know nothing of it yet. */
	source_watch_set_silent(camera, camera->source_watch.silent);
	return error;
}

/* Hardware cannot be open twice: so the old camera goes before the new one comes, and comes back if that fails. */
static int reload_hardware(struct camera *camera, struct settings *settings)
{
	struct settings old = camera->settings;
	uint64_t last_number = camera->frame_number;
	int error;

	camera->settings = (struct settings){0};
	camera_close(camera);
	error = camera_open(camera, settings, last_number);
	if (error == 0) {
		settings_fini(&old);
		return 0;
	}
	if (camera_open(camera, &old, last_number) == 0)
		return error;
	settings_fini(&old);
	return -ENOTRECOVERABLE;
}

static bool needs_no_restart(const struct camera *camera, const struct settings *settings)
{
	return settings_have_same_source(&camera->settings, settings) &&
	       settings_have_same_runtime(&camera->settings, settings) &&
	       settings_have_same_channels(&camera->settings, settings);
}

int camera_reload(struct camera *camera, struct settings *settings)
{
	struct reload reload = {.camera = camera, .settings = settings, .source = camera->source};
	bool hardware = camera->source->ops->hardware != NULL || settings->camera.source->hardware != NULL;
	int error;

	if (hardware && !needs_no_restart(camera, settings))
		return reload_hardware(camera, settings);
	error = prepare(&reload);
	if (error != 0) {
		undo(&reload);
		return error;
	}
	error = commit(&reload);
	settings_fini(&camera->settings);
	camera->settings = *settings;
	*settings = (struct settings){0};
	return error;
}
