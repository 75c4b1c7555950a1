/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded camera: draws the scene. Where a channel has the camera's size it is drawn straight into that
 * channel's pool buffer, and the scaling stage makes the other channels from there. */
#include "../source.h"
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct synthetic {
	struct source source;
	struct scene *scene;
	struct nv12_image canvas; /* Drawn on when no channel has the camera's size, or none of those a buffer. */
};

static void synthetic_close(struct source *source)
{
	struct synthetic *synthetic = (struct synthetic *)source;

	scene_destroy(synthetic->scene);
	free(synthetic->canvas.y);
	free(synthetic);
}

static int create_canvas(struct synthetic *synthetic, uint32_t width_pixels, uint32_t height_pixels)
{
	size_t pixels = (size_t)width_pixels * height_pixels;
	uint8_t *memory = malloc(pixels + pixels / 2);

	if (memory == NULL)
		return -ENOMEM;
	synthetic->canvas = (struct nv12_image){
		.width_pixels = width_pixels,
		.height_pixels = height_pixels,
		.y = memory,
		.uv = memory + pixels,
		.stride_y_bytes = (int)width_pixels,
		.stride_uv_bytes = (int)width_pixels,
	};
	return 0;
}

static int synthetic_open(const struct source_settings *settings, struct source **ret_source, char *why,
			  size_t why_size)
{
	struct synthetic *synthetic = calloc(1, sizeof(*synthetic));
	struct source_info *info;

	if (synthetic == NULL || create_canvas(synthetic, settings->width_pixels, settings->height_pixels) != 0 ||
	    scene_create(settings->width_pixels, settings->height_pixels, &synthetic->scene) != 0) {
		snprintf(why, why_size, "not enough memory for a picture of %ux%u; configure a smaller camera",
			 settings->width_pixels, settings->height_pixels);
		if (synthetic != NULL)
			synthetic_close(&synthetic->source);
		return -ENOMEM;
	}
	synthetic->source.ops = &source_synthetic;
	info = &synthetic->source.info;
	info->width_pixels = settings->width_pixels;
	info->height_pixels = settings->height_pixels;
	info->rate_millihertz =
		settings->rate_millihertz != 0 ? settings->rate_millihertz : SOURCE_DEFAULT_RATE_MILLIHERTZ;
	snprintf(info->description, sizeof(info->description), "drawn scene");
	*ret_source = &synthetic->source;
	return 0;
}

static int synthetic_take(struct source *source, const struct source_frame *frame, struct source_target *targets,
			  size_t target_count, struct picture *ret_picture)
{
	struct synthetic *synthetic = (struct synthetic *)source;
	struct source_target *native =
		source_find_native_target(targets, target_count, source->info.width_pixels, source->info.height_pixels);
	const struct nv12_image *image = native != NULL ? &native->image : &synthetic->canvas;

	if (target_count == 0)
		return 0;
	scene_draw(synthetic->scene, frame, image);
	if (native != NULL)
		native->filled = true;
	picture_of_nv12_image(ret_picture, image);
	return 0;
}

const struct source_ops source_synthetic = {
	.name = "synthetic",
	.summary = "a drawn scene with a clock, the frame number and a moving ball",
	.open = synthetic_open,
	.take = synthetic_take,
	.close = synthetic_close,
};
