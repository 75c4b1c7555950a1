/* SPDX-License-Identifier: Apache-2.0 */
/* A camera that sees what a file shows: any video or still image, in its own time or one picture for each
 * frame, for ever or once. */
#include "../source.h"
#include "app/log.h"
#include "direct_buffer.h"
#include "frame_picture.h"
#include "media.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Pictures that one frame may decode beyond those that the rates call for: what a hiccup is made good with.
 * After a longer pause the file goes on where it was. */
#define CATCH_UP_PICTURES      8

#define DAMAGE_LOG_INTERVAL_NS INT64_C(1000000000)

struct file {
	struct source source;
	struct media *media;
	struct frame_converter *converter;
	struct direct_buffer direct;
	AVFrame *current; /* The picture that is shown. */
	AVFrame *decoded; /* The one that is being decoded. */
	bool loop;
	bool steps; /* Each frame takes the next picture, whatever the time. */
	bool still; /* There is only one picture. */
	bool first_pass;
	bool current_is_new; /* It has not been shown yet. */
	uint64_t pictures_in_pass;

	/* The file's time line, passes one behind the other, in nanoseconds of source_frame.time_ns. */
	uint64_t pass_start_ns, current_start_ns, current_end_ns;
	uint64_t paused_ns; /* Time that was given up to catch up. */

	struct media_damage damage_logged;
	int64_t damage_log_time_ns; /* source_frame.capture_wall_ns of the last line. */
};

static void file_close(struct source *source)
{
	struct file *file = (struct file *)source;

	/* The frames may refer to the decoder's memory, and the decoder to the scratch. */
	av_frame_free(&file->current);
	av_frame_free(&file->decoded);
	frame_converter_destroy(file->converter);
	media_close(file->media);
	direct_buffer_fini(&file->direct);
	free(file);
}

/* At most a line a second, however much is damaged. */
static void log_damage(struct file *file, int64_t now_ns)
{
	const struct media_damage *damage = media_get_damage(file->media);
	uint64_t skipped = damage->packets_skipped - file->damage_logged.packets_skipped;
	uint64_t concealed = damage->pictures_concealed - file->damage_logged.pictures_concealed;

	if ((skipped == 0 && concealed == 0) || now_ns - file->damage_log_time_ns < DAMAGE_LOG_INTERVAL_NS)
		return;
	app_log(APP_LOG_WARNING, "damaged video data in the file",
		"packets_skipped=%" PRIu64 " pictures_concealed=%" PRIu64, skipped, concealed);
	file->damage_logged = *damage;
	file->damage_log_time_ns = now_ns;
}

static void place_on_time_line(struct file *file, int64_t time_ns, int64_t duration_ns)
{
	uint64_t start_ns = time_ns >= 0 ? file->pass_start_ns + (uint64_t)time_ns : file->current_end_ns;
	uint32_t rate = media_get_info(file->media)->rate_millihertz;

	/* A time stamp that goes back is wrong. */
	if (start_ns < file->current_start_ns)
		start_ns = file->current_end_ns;
	if (duration_ns <= 0)
		duration_ns = INT64_C(1000000000000) / (rate != 0 ? rate : SOURCE_DEFAULT_RATE_MILLIHERTZ);
	file->current_start_ns = start_ns;
	file->current_end_ns = start_ns + (uint64_t)duration_ns;
}

/* The end of the file: begin again, unless that makes no sense. */
static int begin_next_pass(struct file *file)
{
	int error;

	if (file->first_pass && file->pictures_in_pass == 1) {
		file->still = true;
		return 0;
	}
	if (!file->loop)
		return -ENODATA;
	error = file->pictures_in_pass > 0 ? media_rewind(file->media) : -EIO;
	if (error != 0) {
		app_log(APP_LOG_ERROR, "the file has no picture any more; was it changed while it played?", NULL);
		return error;
	}
	file->first_pass = false;
	file->pictures_in_pass = 0;
	file->pass_start_ns = file->current_end_ns;
	return 0;
}

/* Makes the next picture the current one. Stays with the current one if it is the only one. */
static int advance(struct file *file)
{
	int64_t time_ns, duration_ns;
	AVFrame *shown;
	int error;

	while ((error = media_next(file->media, file->decoded, &time_ns, &duration_ns)) == -ENODATA) {
		error = begin_next_pass(file);
		if (error != 0 || file->still)
			return error;
	}
	if (error != 0)
		return error;
	place_on_time_line(file, time_ns, duration_ns);
	shown = file->current;
	file->current = file->decoded;
	file->decoded = shown;
	av_frame_unref(shown);
	file->pictures_in_pass++;
	return 0;
}

/* Advances to the picture whose time has come. */
static int follow_time(struct file *file, uint64_t time_ns)
{
	uint64_t own_rate = media_get_info(file->media)->rate_millihertz;
	uint64_t budget = CATCH_UP_PICTURES + 2 * own_rate / file->source.info.rate_millihertz;

	while (!file->still && file->current_end_ns + file->paused_ns <= time_ns) {
		int error;

		if (budget-- == 0) {
			file->paused_ns = time_ns - file->current_start_ns;
			break;
		}
		error = advance(file);
		if (error != 0)
			return error;
	}
	return 0;
}

/* Takes the next picture, decoded into the pool buffer of a channel that has its size if that is possible. */
static int step(struct file *file, struct source_target *native)
{
	int error;

	if (file->still || file->current_is_new)
		return 0;
	if (media_get_info(file->media)->forgets_pictures) {
		/* What is left of a broken picture would be continued in a buffer that is published by now. */
		media_drop_half_picture(file->media);
		file->direct.target = native != NULL ? &native->image : NULL;
	}
	error = advance(file);
	file->direct.target = NULL;
	/* The camera frame is over when this returns, and with it our right to the buffer: no picture in one
	 * may be left from an earlier frame. */
	if (error == 0 && direct_buffer_holds(file->current) &&
	    (native == NULL || file->current->data[0] != native->image.y))
		return -EAGAIN;
	return error;
}

static int file_take(struct source *source, const struct source_frame *frame, struct source_target *targets,
		     size_t target_count, struct picture *ret_picture)
{
	struct file *file = (struct file *)source;
	int error;

	if (file->steps)
		error = step(file, source_find_native_target(targets, target_count, source->info.width_pixels,
							     source->info.height_pixels));
	else
		error = follow_time(file, frame->time_ns);
	file->current_is_new = false;
	log_damage(file, frame->capture_wall_ns);
	if (error != 0 || target_count == 0)
		return error;
	error = frame_converter_run(file->converter, file->current, ret_picture);
	if (error != 0)
		app_log(APP_LOG_ERROR, "a picture of the file cannot be converted", "error=%d", error);
	return error;
}

/* A file shows what is wrong with it only when a picture is decoded, so decode the first one now. */
static int decode_first_picture(struct file *file, const char *path, char *why, size_t why_size)
{
	struct picture picture;
	int error;

	do {
		int64_t time_ns, duration_ns;

		error = media_next(file->media, file->current, &time_ns, &duration_ns);
		if (error == 0)
			place_on_time_line(file, time_ns, duration_ns);
	} while (error == -EAGAIN);
	if (error != 0) {
		snprintf(why, why_size, "no picture of %s can be decoded (%s in %s); it is damaged or cut off", path,
			 media_get_info(file->media)->codec_name, media_get_info(file->media)->container_name);
		return error == -ENODATA ? -EINVAL : error;
	}
	error = frame_converter_run(file->converter, file->current, &picture);
	if (error != 0) {
		snprintf(why, why_size, "the pictures of %s have a pixel format that cannot be converted", path);
		return error;
	}
	file->pictures_in_pass = 1;
	file->current_is_new = true;
	file->source.info.width_pixels = picture.width_pixels;
	file->source.info.height_pixels = picture.height_pixels;
	return 0;
}

static void settle_rate(struct file *file, const struct source_settings *settings)
{
	uint32_t own_rate = media_get_info(file->media)->rate_millihertz;
	uint32_t rate = settings->rate_millihertz;

	if (rate == 0)
		rate = own_rate != 0 ? own_rate : SOURCE_DEFAULT_RATE_MILLIHERTZ;
	/* Two clocks that run alike to one in a thousand are one: no picture is then shown twice or never. */
	file->steps = settings->playback == SOURCE_PLAYBACK_EVERY_FRAME ||
		      (uint64_t)llabs((long long)own_rate - (long long)rate) * 1000 <= own_rate;
	file->source.info.rate_millihertz = rate;
}

static void describe(struct file *file)
{
	const struct media_info *info = media_get_info(file->media);
	char *description = file->source.info.description;
	size_t size = sizeof(file->source.info.description);

	if (info->rate_millihertz == 0)
		snprintf(description, size, "%s in %s, still or without a rate", info->codec_name,
			 info->container_name);
	else
		snprintf(description, size, "%s in %s, own rate %.3f", info->codec_name, info->container_name,
			 info->rate_millihertz / 1000.0);
}

static int file_open(const struct source_settings *settings, struct source **ret_source, char *why, size_t why_size)
{
	struct file *file = calloc(1, sizeof(*file));
	int error = -ENOMEM;

	snprintf(why, why_size, "out of memory");
	if (file == NULL)
		return -ENOMEM;
	file->source.ops = &source_file;
	file->loop = settings->loop;
	file->first_pass = true;
	file->current = av_frame_alloc();
	file->decoded = av_frame_alloc();
	if (file->current != NULL && file->decoded != NULL && frame_converter_create(&file->converter) == 0)
		error = media_open(settings->path, &file->media, why, why_size);
	if (error == 0)
		error = decode_first_picture(file, settings->path, why, why_size);
	if (error != 0) {
		file_close(&file->source);
		return error;
	}
	settle_rate(file, settings);
	describe(file);
	media_set_allocator(file->media, direct_buffer_get, &file->direct);
	*ret_source = &file->source;
	return 0;
}

const struct source_ops source_file = {
	.name = "file",
	.summary = "a video or still image, whatever libavformat can read",
	.reads_path = true,
	.open = file_open,
	.take = file_take,
	.close = file_close,
};
