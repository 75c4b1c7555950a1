/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include "message.h"

#include <libyuv.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct picture *picture, size_t size_bytes)
{
	if (picture->room_bytes < size_bytes) {
		free(picture->bytes);
		picture->bytes = cli_allocate(size_bytes, 1);
		picture->room_bytes = size_bytes;
	}
	picture->size_bytes = size_bytes;
}

static int copy_pixels(struct picture *picture, const struct zcf_frame *frame, const struct zcf_format *format)
{
	uint32_t width = format->width_pixels, height = format->height_pixels;
	bool has_chroma = format->fourcc == ZCF_FOURCC_NV12;
	size_t luma_bytes = (size_t)width * height;

	if (width == 0 || height == 0 || format->plane_count < (has_chroma ? 2u : 1u))
		return -EINVAL;
	reserve(picture, has_chroma ? luma_bytes + luma_bytes / 2 : luma_bytes);
	CopyPlane(zcf_frame_get_plane(frame, 0), (int)format->planes[0].stride_bytes, picture->bytes, (int)width,
		  (int)width, (int)height);
	if (has_chroma)
		CopyPlane(zcf_frame_get_plane(frame, 1), (int)format->planes[1].stride_bytes,
			  picture->bytes + luma_bytes, (int)width, (int)width, (int)height / 2);
	return 0;
}

int picture_copy(struct picture *picture, const struct zcf_frame *frame)
{
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);
	const struct zcf_format *format = &info->format;

	picture->fourcc = format->fourcc;
	picture->width_pixels = format->width_pixels;
	picture->height_pixels = format->height_pixels;
	picture->sequence = info->sequence;
	picture->sequence_gap = info->sequence_gap;
	picture->frame_number = info->frame_number;
	picture->capture_time_ns = info->capture_time_ns;
	switch (format->fourcc) {
	case ZCF_FOURCC_NV12:
	case ZCF_FOURCC_GREY:
		return copy_pixels(picture, frame, format);
	case ZCF_FOURCC_DATA:
		if (format->plane_count < 1 || info->bytes_used > format->planes[0].size_bytes)
			return -EINVAL;
		reserve(picture, info->bytes_used);
		memcpy(picture->bytes, zcf_frame_get_plane(frame, 0), info->bytes_used);
		return 0;
	default:
		return -ENOTSUP;
	}
}

const uint8_t *picture_luma(const struct picture *picture)
{
	return picture->bytes;
}

const uint8_t *picture_chroma(const struct picture *picture)
{
	return picture->bytes + (size_t)picture->width_pixels * picture->height_pixels;
}

int picture_to_rgb(const struct picture *picture, enum picture_range range, uint8_t *rgb)
{
	int width = (int)picture->width_pixels, height = (int)picture->height_pixels;
	int failed;

	/* libyuv names formats by words in memory order reversed: its RAW is R, G, B in memory. */
	if (range == PICTURE_RANGE_FULL)
		failed = NV12ToRAWMatrix(picture_luma(picture), width, picture_chroma(picture), width, rgb, width * 3,
					 &kYuvJPEGConstants, width, height);
	else
		failed = NV12ToRAWMatrix(picture_luma(picture), width, picture_chroma(picture), width, rgb, width * 3,
					 &kYuvI601Constants, width, height);
	return failed != 0 ? -EINVAL : 0;
}

void picture_free(struct picture *picture)
{
	free(picture->bytes);
	*picture = (struct picture){0};
}
