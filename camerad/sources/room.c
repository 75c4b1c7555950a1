/* SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct room {
	uint32_t width_pixels, height_pixels; /* Of the rendered background; wider than the picture. */
	uint8_t *y, *uv;
};

struct colour {
	float y, u, v;
};

/* A hash of the lattice point: the same noise on every machine and at every start. */
static float lattice_noise(uint32_t x, uint32_t y)
{
	uint32_t hash = x * 0x9e3779b1u ^ y * 0x85ebca77u;

	hash ^= hash >> 15;
	hash *= 0x2c1b3c6du;
	hash ^= hash >> 13;
	return (float)(hash & 0xffff) / 65535.0f;
}

/* Smooth noise, 0..1, that changes over about one unit. */
static float value_noise(float x, float y)
{
	uint32_t cell_x = (uint32_t)x, cell_y = (uint32_t)y;
	float fx = x - (float)cell_x, fy = y - (float)cell_y;
	float top, bottom;

	fx = fx * fx * (3 - 2 * fx);
	fy = fy * fy * (3 - 2 * fy);
	top = lattice_noise(cell_x, cell_y) * (1 - fx) + lattice_noise(cell_x + 1, cell_y) * fx;
	bottom = lattice_noise(cell_x, cell_y + 1) * (1 - fx) + lattice_noise(cell_x + 1, cell_y + 1) * fx;
	return top * (1 - fy) + bottom * fy;
}

/* Coordinates are in heights of the picture, so the room looks alike in every size. */
static struct colour wall_colour(float x, float y)
{
	float plaster = value_noise(x * 60, y * 60) - 0.5f, stain = value_noise(x * 5, y * 5) - 0.5f;
	float stripe = fmodf(x, 0.16f) < 0.08f ? 5 : -5;

	return (struct colour){112 - 30 * y + 14 * plaster + 22 * stain + stripe, 136 + 4 * stain, 118};
}

static struct colour floor_colour(float x, float y)
{
	float row = floorf(y * 18), along = x + 0.37f * row;
	float plank = lattice_noise((uint32_t)(along / 0.7f), (uint32_t)row) - 0.5f;
	float grain = value_noise(x * 9, y * 160) - 0.5f;
	bool gap = y * 18 - row < 0.07f || fmodf(along, 0.7f) < 0.006f;

	return (struct colour){(gap ? 44 : 84) + 20 * plank + 20 * grain, 112, 144};
}

static struct colour room_colour(float x, float y)
{
	if (y < 0.68f)
		return wall_colour(x, y);
	if (y < 0.71f)
		return (struct colour){150, 126, 130}; /* Skirting board. */
	return floor_colour(x, y);
}

static uint8_t clamp_to_byte(float value)
{
	return value < 16 ? 16 : value > 235 ? 235 : (uint8_t)lroundf(value);
}

static void render(struct room *room)
{
	float scale = 1.0f / (float)room->height_pixels;

	for (uint32_t y = 0; y < room->height_pixels; y++) {
		for (uint32_t x = 0; x < room->width_pixels; x++) {
			struct colour colour = room_colour((float)x * scale, (float)y * scale);
			size_t index = (size_t)y * room->width_pixels + x;

			room->y[index] = clamp_to_byte(colour.y);
			if (x % 2 == 0 && y % 2 == 0) {
				size_t chroma_index = (size_t)(y / 2) * room->width_pixels + x;

				room->uv[chroma_index] = clamp_to_byte(colour.u);
				room->uv[chroma_index + 1] = clamp_to_byte(colour.v);
			}
		}
	}
}

int room_create(uint32_t width_pixels, uint32_t height_pixels, struct room **ret_room)
{
	struct room *room = calloc(1, sizeof(*room));
	size_t pixels;

	if (room == NULL)
		return -ENOMEM;
	/* A quarter more to look round in, and even, for the chroma. */
	room->width_pixels = (width_pixels + width_pixels / 4 + 2) & ~1u;
	room->height_pixels = height_pixels;
	pixels = (size_t)room->width_pixels * room->height_pixels;
	room->y = malloc(pixels + pixels / 2);
	if (room->y == NULL) {
		free(room);
		return -ENOMEM;
	}
	room->uv = room->y + pixels;
	render(room);
	*ret_room = room;
	return 0;
}

void room_destroy(struct room *room)
{
	if (room == NULL)
		return;
	free(room->y);
	free(room);
}

void room_draw(const struct room *room, float position, const struct nv12_image *image)
{
	/* Whole pairs of pixels, because a chroma sample belongs to two. */
	uint32_t left = (uint32_t)(position * (float)(room->width_pixels - image->width_pixels)) & ~1u;

	for (uint32_t y = 0; y < image->height_pixels; y++)
		memcpy(image->y + (size_t)y * (size_t)image->stride_y_bytes,
		       room->y + (size_t)y * room->width_pixels + left, image->width_pixels);
	for (uint32_t y = 0; y < image->height_pixels / 2; y++)
		memcpy(image->uv + (size_t)y * (size_t)image->stride_uv_bytes,
		       room->uv + (size_t)y * room->width_pixels + left, image->width_pixels);
}
