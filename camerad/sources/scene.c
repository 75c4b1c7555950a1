/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include "ball.h"
#include "font.h"
#include "room.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRIP_CELLS 32

#define LUMA_BLACK  16
#define LUMA_WHITE  235
#define CHROMA_GREY 128

struct scene {
	uint32_t width_pixels, height_pixels;
	struct room *room;
};

int scene_create(uint32_t width_pixels, uint32_t height_pixels, struct scene **ret_scene)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (scene == NULL)
		return -ENOMEM;
	scene->width_pixels = width_pixels;
	scene->height_pixels = height_pixels;
	if (room_create(width_pixels, height_pixels, &scene->room) != 0) {
		free(scene);
		return -ENOMEM;
	}
	*ret_scene = scene;
	return 0;
}

void scene_destroy(struct scene *scene)
{
	if (scene == NULL)
		return;
	room_destroy(scene->room);
	free(scene);
}

/* There and back between 0 and 1 once in each period. The remainder is taken in whole nanoseconds: a float
 * would get coarser with every day that the camera runs. */
static float swing(uint64_t time_ns, uint64_t period_ns)
{
	float phase = (float)(time_ns % period_ns) / (float)period_ns;

	return phase < 0.5f ? 2 * phase : 2 - 2 * phase;
}

void scene_locate_ball(const struct scene *scene, uint64_t time_ns, struct scene_ball *ret_ball)
{
	float width = (float)scene->width_pixels, height = (float)scene->height_pixels;
	float radius = 0.13f * fminf(width, height);
	float floor_y = 0.9f * height - radius;
	float across = swing(time_ns, UINT64_C(9000000000));
	float bounce = 2 * swing(time_ns, UINT64_C(1400000000)) - 1;

	*ret_ball = (struct scene_ball){
		.center_x = radius + across * (width - 2 * radius),
		/* A parabola, as things fall. */
		.center_y = floor_y - 0.45f * height * (1 - bounce * bounce),
		.radius = radius,
		.turn = across * (width - 2 * radius) / radius,
	};
}

static void fill_rectangle(const struct nv12_image *image, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
			   uint8_t luma)
{
	for (uint32_t row = y; row < y + height; row++)
		memset(image->y + (size_t)row * (size_t)image->stride_y_bytes + x, luma, width);
}

/* All arguments are even. */
static void fill_grey_chroma(const struct nv12_image *image, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	for (uint32_t row = y / 2; row < (y + height) / 2; row++)
		memset(image->uv + (size_t)row * (size_t)image->stride_uv_bytes + x, CHROMA_GREY, width);
}

uint32_t scene_strip_height(uint32_t width_pixels, uint32_t height_pixels)
{
	uint32_t height = height_pixels / 48 * 2;

	if (width_pixels < 2 * STRIP_CELLS)
		return 0;
	return height < 2 ? 2 : height;
}

static void draw_strip(const struct nv12_image *image, uint64_t number)
{
	uint32_t height = scene_strip_height(image->width_pixels, image->height_pixels);

	if (height == 0)
		return;
	for (uint32_t cell = 0; cell < STRIP_CELLS; cell++) {
		uint32_t left = image->width_pixels * cell / STRIP_CELLS;
		uint32_t right = image->width_pixels * (cell + 1) / STRIP_CELLS;
		bool set = (number >> (STRIP_CELLS - 1 - cell)) & 1;

		fill_rectangle(image, left, 0, right - left, height, set ? LUMA_WHITE : LUMA_BLACK);
	}
	fill_grey_chroma(image, 0, 0, image->width_pixels, height);
}

static void format_clock(char *text, size_t size, int64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	struct tm broken_down;
	size_t length;

	localtime_r(&seconds, &broken_down);
	length = strftime(text, size, "%Y-%m-%d %H:%M:%S", &broken_down);
	snprintf(text + length, size - length, ".%03d", (int)(wall_ns / 1000000 % 1000));
}

/* A dark plate with two lines, as wide as the longer one. */
static void draw_text(const struct nv12_image *image, const struct source_frame *frame)
{
	uint32_t dot = image->width_pixels / 320 > 0 ? image->width_pixels / 320 : 1;
	uint32_t line_height = (FONT_HEIGHT_DOTS + 3) * dot;
	uint32_t x = 4 * dot, y = scene_strip_height(image->width_pixels, image->height_pixels) + 4 * dot;
	uint32_t width, height = 2 * line_height + 4 * dot;
	char clock[48], number[48];

	format_clock(clock, sizeof(clock), frame->capture_wall_ns);
	snprintf(number, sizeof(number), "FRAME %llu", (unsigned long long)frame->number);
	width = ((uint32_t)strlen(clock) * FONT_ADVANCE_DOTS + 6) * dot;
	x &= ~1u;
	y &= ~1u;
	width = (width + 1) & ~1u;
	height = (height + 1) & ~1u;
	if (x + width > image->width_pixels || y + height > image->height_pixels)
		return; /* Too small a picture to read anything in. */
	fill_rectangle(image, x, y, width, height, LUMA_BLACK + 8);
	fill_grey_chroma(image, x, y, width, height);
	font_draw(image, x + 4 * dot, y + 3 * dot, dot, LUMA_WHITE, clock);
	font_draw(image, x + 4 * dot, y + 3 * dot + line_height, dot, LUMA_WHITE, number);
}

void scene_draw(const struct scene *scene, const struct source_frame *frame, const struct nv12_image *image)
{
	struct scene_ball ball;

	scene_locate_ball(scene, frame->time_ns, &ball);
	room_draw(scene->room, swing(frame->time_ns, UINT64_C(40000000000)), image);
	ball_draw_shadow(&ball, 0.9f * (float)image->height_pixels, image);
	ball_draw(&ball, image);
	draw_strip(image, frame->number);
	draw_text(image, frame);
}
