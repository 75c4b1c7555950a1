/* SPDX-License-Identifier: Apache-2.0 */
#include "source_watch.h"

#include "app/log.h"
#include "camera.h"
#include "frame_clock.h"
#include "source_opening.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define FIRST_PAUSE_NS   UINT64_C(1000000000)
#define LONGEST_PAUSE_NS UINT64_C(30000000000)
/* Of a slow camera, so many frames have to be missing. */
#define SILENT_INTERVALS 3

void source_watch_init(struct source_watch *watch, uint64_t now_ns)
{
	*watch = (struct source_watch){.last_picture_ns = now_ns, .pause_ns = FIRST_PAUSE_NS};
}

void source_watch_fini(struct source_watch *watch)
{
	source_opening_abandon(watch->opening);
	watch->opening = NULL;
}

void source_watch_set_silent(struct camera *camera, bool silent)
{
	for (size_t i = 0; i < camera->channel_count; i++)
		if (camera->channels[i]->producer != NULL)
			zcf_producer_set_source_state(camera->channels[i]->producer,
						      silent ? ZCF_SOURCE_SILENT : ZCF_SOURCE_DELIVERS);
	if (silent == camera->source_watch.silent)
		return;
	camera->source_watch.silent = silent;
	app_log(silent ? APP_LOG_ERROR : APP_LOG_INFO,
		silent ? "the source brings no pictures" : "the source brings pictures again",
		"source=%s frame_number=%" PRIu64, camera->source->ops->name, camera->frame_number);
}

void source_watch_delivered(struct camera *camera, uint64_t now_ns)
{
	struct source_watch *watch = &camera->source_watch;

	watch->last_picture_ns = now_ns;
	if (!watch->silent)
		return;
	watch->pause_ns = FIRST_PAUSE_NS;
	source_watch_set_silent(camera, false);
}

static void schedule(struct source_watch *watch, uint64_t now_ns)
{
	watch->retry_ns = now_ns + watch->pause_ns;
	watch->pause_ns = watch->pause_ns * 2 < LONGEST_PAUSE_NS ? watch->pause_ns * 2 : LONGEST_PAUSE_NS;
}

static void fall_silent(struct camera *camera, uint64_t now_ns)
{
	source_watch_set_silent(camera, true);
	schedule(&camera->source_watch, now_ns);
}

void source_watch_broken(struct camera *camera, uint64_t now_ns)
{
	camera->source_watch.broken = true;
	if (!camera->source_watch.silent)
		fall_silent(camera, now_ns);
}

static bool is_the_same_camera(const struct source *a, const struct source *b)
{
	return a->info.width_pixels == b->info.width_pixels && a->info.height_pixels == b->info.height_pixels &&
	       a->info.rate_millihertz == b->info.rate_millihertz;
}

static void begin_to_open(struct camera *camera, uint64_t now_ns)
{
	struct source_watch *watch = &camera->source_watch;
	struct source_settings settings = camera_get_source_settings(&camera->settings);
	int error = source_opening_start(camera->settings.camera.source, &settings, &watch->opening);

	watch->restarts++;
	if (error == 0)
		return;
	app_log(APP_LOG_ERROR, "the source cannot be opened anew: no thread", "source=%s reason=\"%s\"",
		camera->source->ops->name, strerror(-error));
	schedule(watch, now_ns);
}

static void replace_source(struct camera *camera, struct source *source)
{
	if (!is_the_same_camera(camera->source, source)) {
		app_log(APP_LOG_ERROR, "the source has another size or rate than before; reload the configuration",
			"source=%s", source->ops->name);
		source_close(source);
		return;
	}
	source_close(camera->source);
	camera->source = source;
	camera->source_first_number = camera->frame_number + 1;
	camera->source_watch.broken = false;
}

void source_watch_take_opened(struct camera *camera, uint64_t now_ns)
{
	struct source_watch *watch = &camera->source_watch;
	struct source *source;
	int error;

	if (watch->opening == NULL)
		return;
	error = source_opening_finish(watch->opening, &source);
	if (error == -EINPROGRESS)
		return;
	watch->opening = NULL;
	schedule(watch, now_ns);
	if (error != 0)
		return;
	/* The old one may have come back meanwhile; then it stays. */
	if (watch->silent)
		replace_source(camera, source);
	else
		source_close(source);
}

static uint64_t patience_ns(const struct camera *camera)
{
	uint64_t intervals_ns = SILENT_INTERVALS * frame_interval_ns(camera_get_rate_millihertz(camera));
	uint64_t configured_ns = camera->settings.camera.silence_ns;

	return configured_ns > intervals_ns ? configured_ns : intervals_ns;
}

void source_watch_look(struct camera *camera, uint64_t now_ns)
{
	struct source_watch *watch = &camera->source_watch;

	if (!watch->silent && now_ns > watch->last_picture_ns && now_ns - watch->last_picture_ns > patience_ns(camera))
		fall_silent(camera, now_ns);
	else if (watch->silent && watch->opening == NULL && now_ns >= watch->retry_ns)
		begin_to_open(camera, now_ns);
}
