/* SPDX-License-Identifier: Apache-2.0 */
#include "scaler.h"

#include <errno.h>
#include <libyuv/planar_functions.h>
#include <libyuv/scale.h>
#include <libyuv/scale_uv.h>
#include <stdlib.h>
#include <string.h>

/* Pixels of the source for one of the target up to which libyuv's average is right: it divides by multiplying
 * with 65536 / count, cut to a whole number, which at 76800 (640x480 to 2x2) is 0 and makes the picture black. */
#define BOX_PIXELS_AT_MOST 256

/* Chroma without colour. */
#define GREY_CHROMA 128

struct scaler {
	uint32_t chroma_width_pixels, chroma_height_pixels;
	uint8_t *u, *v; /* Scratch: chroma in the target's size, before it is interleaved. */
};

/* A rectangle of one plane. */
struct plane_view {
	const uint8_t *pixels;
	int stride_bytes, width, height;
};

int scaler_create(uint32_t width_pixels, uint32_t height_pixels, struct scaler **ret_scaler)
{
	struct scaler *scaler = calloc(1, sizeof(*scaler));
	size_t chroma_bytes;

	if (scaler == NULL)
		return -ENOMEM;
	scaler->chroma_width_pixels = width_pixels / 2;
	scaler->chroma_height_pixels = height_pixels / 2;
	chroma_bytes = (size_t)scaler->chroma_width_pixels * scaler->chroma_height_pixels;
	scaler->u = malloc(chroma_bytes * 2);
	if (scaler->u == NULL) {
		free(scaler);
		return -ENOMEM;
	}
	scaler->v = scaler->u + chroma_bytes;
	*ret_scaler = scaler;
	return 0;
}

void scaler_destroy(struct scaler *scaler)
{
	if (scaler == NULL)
		return;
	free(scaler->u);
	free(scaler);
}

static struct plane_view view_luma(const struct picture *picture, const struct crop *crop)
{
	return (struct plane_view){
		.pixels = picture->planes[0] + (size_t)crop->y * (size_t)picture->strides_bytes[0] + crop->x,
		.stride_bytes = picture->strides_bytes[0],
		.width = (int)crop->width_pixels,
		.height = (int)crop->height_pixels,
	};
}

/* Every chroma sample that belongs to a pixel of the crop: with an odd edge, the whole sample. */
static struct plane_view view_chroma(const struct picture *picture, const struct crop *crop, int plane)
{
	uint32_t left = crop->x >> picture->chroma_shift_x;
	uint32_t top = crop->y >> picture->chroma_shift_y;
	uint32_t right = (crop->x + crop->width_pixels - 1) >> picture->chroma_shift_x;
	uint32_t bottom = (crop->y + crop->height_pixels - 1) >> picture->chroma_shift_y;
	size_t sample_bytes = picture->layout == PICTURE_NV12 ? 2 : 1;

	return (struct plane_view){
		.pixels = picture->planes[plane] + (size_t)top * (size_t)picture->strides_bytes[plane] +
			  (size_t)left * sample_bytes,
		.stride_bytes = picture->strides_bytes[plane],
		.width = (int)(right - left + 1),
		.height = (int)(bottom - top + 1),
	};
}

/* The average of all source pixels, which libyuv turns into something cheaper wherever the result is the same; for an
 * image that is very much smaller than the source, the average of four of them. */
static enum FilterMode choose_filter(const struct plane_view *from, int to_width, int to_height)
{
	int64_t from_pixels = (int64_t)from->width * from->height, to_pixels = (int64_t)to_width * to_height;

	return from_pixels / to_pixels < BOX_PIXELS_AT_MOST ? kFilterBox : kFilterBilinear;
}

/* In the same size this is a copy, or nothing if both are the same plane. */
static void scale_plane(const struct plane_view *from, uint8_t *to, int to_stride, int to_width, int to_height)
{
	ScalePlane(from->pixels, from->stride_bytes, from->width, from->height, to, to_stride, to_width, to_height,
		   choose_filter(from, to_width, to_height));
}

static void fill_chroma_from_nv12(const struct picture *picture, const struct crop *crop,
				  const struct nv12_image *image)
{
	struct plane_view uv = view_chroma(picture, crop, 1);
	int width = (int)image->width_pixels / 2, height = (int)image->height_pixels / 2;

	if (uv.width == width && uv.height == height)
		CopyPlane(uv.pixels, uv.stride_bytes, image->uv, image->stride_uv_bytes, width * 2, height);
	else
		UVScale(uv.pixels, uv.stride_bytes, uv.width, uv.height, image->uv, image->stride_uv_bytes, width,
			height, choose_filter(&uv, width, height));
}

static void fill_chroma_from_planes(struct scaler *scaler, const struct picture *picture, const struct crop *crop,
				    const struct nv12_image *image)
{
	struct plane_view u = view_chroma(picture, crop, 1), v = view_chroma(picture, crop, 2);
	int width = (int)scaler->chroma_width_pixels, height = (int)scaler->chroma_height_pixels;

	if (u.width != width || u.height != height) {
		scale_plane(&u, scaler->u, width, width, height);
		scale_plane(&v, scaler->v, width, width, height);
		u = (struct plane_view){scaler->u, width, width, height};
		v = (struct plane_view){scaler->v, width, width, height};
	}
	MergeUVPlane(u.pixels, u.stride_bytes, v.pixels, v.stride_bytes, image->uv, image->stride_uv_bytes, width,
		     height);
}

void scaler_run(struct scaler *scaler, const struct picture *picture, const struct crop *crop,
		const struct nv12_image *image)
{
	struct crop part = {picture->width_pixels, picture->height_pixels, 0, 0};
	struct plane_view luma;

	if (crop->width_pixels != 0 && crop_fits(crop, picture->width_pixels, picture->height_pixels))
		part = *crop;
	luma = view_luma(picture, &part);
	scale_plane(&luma, image->y, image->stride_y_bytes, (int)image->width_pixels, (int)image->height_pixels);
	switch (picture->layout) {
	case PICTURE_NV12:
		fill_chroma_from_nv12(picture, &part, image);
		break;
	case PICTURE_PLANAR:
		fill_chroma_from_planes(scaler, picture, &part, image);
		break;
	case PICTURE_GREY:
		SetPlane(image->uv, image->stride_uv_bytes, (int)image->width_pixels, (int)image->height_pixels / 2,
			 GREY_CHROMA);
		break;
	}
}
