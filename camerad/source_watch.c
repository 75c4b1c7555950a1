/* SPDX-License-Identifier: Apache-2.0 */
#include "source_watch.h"

#include "app/log.h"
#include "camera.h"
#include "frame_clock.h"

#include <inttypes.h>

#define FIRST_PAUSE_NS   UINT64_C(1000000000)
#define LONGEST_PAUSE_NS UINT64_C(30000000000)
/* Of a slow camera, so many frames have to be missing. */
#define SILENT_INTERVALS 3

void source_watch_init(struct source_watch *watch, uint64_t now_ns)
{
	*watch = (struct source_watch){.last_picture_ns = now_ns, .pause_ns = FIRST_PAUSE_NS};
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

/* The new one takes the place of the old one only when it is there. */
static void open_anew(struct camera *camera, uint64_t now_ns)
{
	struct source_watch *watch = &camera->source_watch;
	struct source *source;

	watch->restarts++;
	schedule(watch, now_ns);
	if (camera_open_source(&camera->settings, &source) != 0)
		return;
	if (!is_the_same_camera(camera->source, source)) {
		app_log(APP_LOG_ERROR, "the source has another size or rate than before; reload the configuration",
			"source=%s", source->ops->name);
		source_close(source);
		return;
	}
	source_close(camera->source);
	camera->source = source;
	camera->source_first_number = camera->frame_number + 1;
	watch->broken = false;
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
	else if (watch->silent && now_ns >= watch->retry_ns)
		open_anew(camera, now_ns);
}
