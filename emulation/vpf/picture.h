/* SPDX-License-Identifier: Apache-2.0 */
/** @file picture.h
 * NV12 pictures in memory, and the arithmetic of a scaler. */
#ifndef EMULATION_VPF_PICTURE_H
#define EMULATION_VPF_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct picture {
	uint8_t *y, *uv;
	int stride; /**< Of both planes, bytes. */
	int width, height;
};

/** A picture of our own, which grows as needed. */
struct scratch_picture {
	struct picture picture;
	uint8_t *memory;
	size_t size;
};

/** The part of @p source that begins at @p x, @p y (made even, since two pixels share their colour). */
struct picture picture_crop(const struct picture *source, uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/** Scale all of @p source into all of @p destination. */
void picture_scale(const struct picture *source, const struct picture *destination);

/** @p source if it has that size, else a scaled copy of it in @p scratch, or NULL without memory. */
const struct picture *picture_fit(const struct picture *source, int width, int height, struct scratch_picture *scratch);

/** Make @p scratch that large. @return false without memory. */
bool scratch_picture_resize(struct scratch_picture *scratch, int width, int height);

void scratch_picture_free(struct scratch_picture *scratch);

#endif
