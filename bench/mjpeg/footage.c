/* SPDX-License-Identifier: Apache-2.0 */
#include "footage.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>

#define NOISE        12
#define SQUARE       64
#define MOVE_A_FRAME 5

static size_t picture_size(const struct footage *footage)
{
	return (size_t)footage->width * footage->height * 3 / 2;
}

static uint8_t noisy(int value, uint32_t *random)
{
	*random = *random * 1664525u + 1013904223u;
	value += (int)(*random >> 24) % NOISE - NOISE / 2;
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static void draw(const struct footage *footage, uint32_t number, uint8_t *picture)
{
	uint32_t random = number + 1, shift = number * MOVE_A_FRAME;
	uint8_t *chroma = picture + (size_t)footage->width * footage->height;

	for (uint32_t y = 0; y < footage->height; y++)
		for (uint32_t x = 0; x < footage->width; x++) {
			int surface = (int)(x * 128 / footage->width + y * 64 / footage->height);
			int edge = ((x + shift) / SQUARE + y / SQUARE) % 3 == 0 ? 60 : 0;
			*picture++ = noisy(surface + edge, &random);
		}
	for (uint32_t y = 0; y < footage->height / 2; y++)
		for (uint32_t x = 0; x < footage->width / 2; x++) {
			*chroma++ = noisy(96 + (int)(x * 64 / footage->width), &random);
			*chroma++ = noisy(160 - (int)(y * 64 / footage->height), &random);
		}
}

void footage_create(struct footage *footage, uint32_t width, uint32_t height)
{
	footage->width = width;
	footage->height = height;
	for (uint32_t i = 0; i < FOOTAGE_PICTURES; i++) {
		footage->pictures[i] = cli_allocate(1, picture_size(footage));
		draw(footage, i, footage->pictures[i]);
	}
}

void footage_destroy(struct footage *footage)
{
	for (uint32_t i = 0; i < FOOTAGE_PICTURES; i++)
		free(footage->pictures[i]);
}

void footage_draw(const struct footage *footage, uint64_t number, void *frame)
{
	memcpy(frame, footage->pictures[number % FOOTAGE_PICTURES], picture_size(footage));
}
