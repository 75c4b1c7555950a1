/* SPDX-License-Identifier: Apache-2.0 */
/** @file picture.h
 * A picture as a source hands it over, and an image in a pool buffer as the scaling stage fills it. Neither
 * owns its pixels. */
#ifndef CAMERAD_PICTURE_H
#define CAMERAD_PICTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <zcframe/producer.h>

enum picture_layout {
	PICTURE_PLANAR, /**< Y, U, V: three planes, chroma reduced by the shifts. */
	PICTURE_NV12,   /**< Y, then U and V interleaved; both shifts are 1. */
	PICTURE_GREY,   /**< Y alone. */
};

struct picture {
	enum picture_layout layout;
	uint32_t width_pixels, height_pixels; /**< Any, odd ones too: chroma is rounded up. */
	uint32_t chroma_shift_x, chroma_shift_y;
	const uint8_t *planes[3];
	int strides_bytes[3]; /**< Of libyuv's type; never negative. */
};

/** A rectangle of a picture; a width of 0 is the whole picture. */
struct crop {
	uint32_t width_pixels, height_pixels, x, y;
};

/** Writable NV12: the two planes of a pool buffer. Width and height are even. */
struct nv12_image {
	uint32_t width_pixels, height_pixels;
	uint8_t *y, *uv;
	int stride_y_bytes, stride_uv_bytes;
};

/** The planes of an NV12 pool buffer. */
void nv12_image_of_buffer(struct nv12_image *image, struct zcf_buffer *buffer);

/** The same pixels, read-only. */
void picture_of_nv12_image(struct picture *picture, const struct nv12_image *image);

/** @return Whether the crop is all of a picture of this size. */
bool crop_is_whole(const struct crop *crop, uint32_t width_pixels, uint32_t height_pixels);

/** @return Whether the crop lies inside a picture of this size. */
bool crop_fits(const struct crop *crop, uint32_t width_pixels, uint32_t height_pixels);

#endif
