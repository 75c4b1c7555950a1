/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <libyuv.h>
#include <stdlib.h>

struct picture picture_crop(const struct picture *source, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	size_t left = x & ~1u, top = y & ~1u, stride = (size_t)source->stride;
	return (struct picture){.y = source->y + top * stride + left,
				.uv = source->uv + top / 2 * stride + left,
				.stride = source->stride,
				.width = (int)width,
				.height = (int)height};
}

void picture_scale(const struct picture *source, const struct picture *destination)
{
	NV12Scale(source->y, source->stride, source->uv, source->stride, source->width, source->height, destination->y,
		  destination->stride, destination->uv, destination->stride, destination->width, destination->height,
		  kFilterBilinear);
}

bool scratch_picture_resize(struct scratch_picture *scratch, int width, int height)
{
	int stride = (width + 1) & ~1;
	size_t area = (size_t)stride * (size_t)height, size = area + (size_t)stride * (size_t)((height + 1) / 2);
	if (size > scratch->size) {
		uint8_t *larger = realloc(scratch->memory, size);
		if (!larger)
			return false;
		scratch->memory = larger;
		scratch->size = size;
	}
	scratch->picture = (struct picture){
		.y = scratch->memory, .uv = scratch->memory + area, .stride = stride, .width = width, .height = height};
	return true;
}

const struct picture *picture_fit(const struct picture *source, int width, int height, struct scratch_picture *scratch)
{
	if (source->width == width && source->height == height)
		return source;
	if (!scratch_picture_resize(scratch, width, height))
		return NULL;
	picture_scale(source, &scratch->picture);
	return &scratch->picture;
}

void scratch_picture_free(struct scratch_picture *scratch)
{
	free(scratch->memory);
	*scratch = (struct scratch_picture){0};
}
