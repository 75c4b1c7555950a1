/* SPDX-License-Identifier: Apache-2.0 */
/* A still gradient, a bright square that wanders over it, and the frame's number as 32 squares of 16 x 16 pixels along
 * the top edge: the lowest bit leftmost, white for 1, black for 0. */
#include "../shared/settings.h"
#include "footage.h"

#include <stdlib.h>
#include <string.h>

#define WANDERER_SIZE 64
#define WANDERER_STEP 8
#define BIT_SIZE      16
#define BITS          32

struct synthetic {
	struct footage footage;
	struct scratch_picture background, scene;
	int64_t level; /**< The background's mean luminance. */
};

static uint8_t clamp(int64_t value)
{
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static void paint_background(struct synthetic *synthetic)
{
	struct picture *picture = &synthetic->background.picture;
	for (int y = 0; y < picture->height; y++) {
		uint8_t *line = picture->y + (size_t)y * (size_t)picture->stride;
		for (int x = 0; x < picture->width; x++)
			line[x] = clamp(synthetic->level - 64 + x * 64 / picture->width + y * 64 / picture->height);
	}
	for (int y = 0; y < (picture->height + 1) / 2; y++) {
		uint8_t *line = picture->uv + (size_t)y * (size_t)picture->stride;
		for (int x = 0; x + 1 < picture->stride; x += 2) {
			line[x] = (uint8_t)(96 + x * 64 / picture->stride);
			line[x + 1] = (uint8_t)(96 + y * 128 / picture->height);
		}
	}
}

static void fill(const struct picture *picture, int left, int top, int size, uint8_t value)
{
	for (int y = top; y < top + size && y < picture->height; y++) {
		int width = left + size <= picture->width ? size : picture->width - left;
		if (width > 0)
			memset(picture->y + (size_t)y * (size_t)picture->stride + left, value, (size_t)width);
	}
}

static void paint_scene(const struct synthetic *synthetic, uint32_t number)
{
	const struct picture *scene = &synthetic->scene.picture;
	int room = scene->width - WANDERER_SIZE;
	memcpy(synthetic->scene.memory, synthetic->background.memory, synthetic->scene.size);
	fill(scene, room > 0 ? (int)((uint64_t)number * WANDERER_STEP % (uint64_t)room) : 0, scene->height / 2,
	     WANDERER_SIZE, 235);
	for (int bit = 0; bit < BITS; bit++)
		fill(scene, bit * BIT_SIZE, 0, BIT_SIZE, number >> bit & 1 ? 255 : 0);
}

static bool next(struct footage *footage, uint32_t number, struct picture *picture)
{
	struct synthetic *synthetic = (struct synthetic *)footage;
	int64_t level = emulation_setting_number("ZCF_EMULATION_CAMERA_BRIGHTNESS", 128);
	if (level != synthetic->level) {
		synthetic->level = level;
		paint_background(synthetic);
	}
	paint_scene(synthetic, number);
	*picture = synthetic->scene.picture;
	return true;
}

static void close_synthetic(struct footage *footage)
{
	struct synthetic *synthetic = (struct synthetic *)footage;
	scratch_picture_free(&synthetic->background);
	scratch_picture_free(&synthetic->scene);
	free(synthetic);
}

struct footage *footage_open_synthetic(uint32_t width, uint32_t height)
{
	struct synthetic *synthetic = calloc(1, sizeof(*synthetic));
	if (!synthetic)
		return NULL;
	synthetic->footage = (struct footage){next, close_synthetic};
	synthetic->level = -1;
	if (!scratch_picture_resize(&synthetic->background, (int)width, (int)height) ||
	    !scratch_picture_resize(&synthetic->scene, (int)width, (int)height)) {
		close_synthetic(&synthetic->footage);
		/* cppcheck-suppress memleak ; it is freed: it begins with its footage */
		return NULL;
	}
	return &synthetic->footage;
}
