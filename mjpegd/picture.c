/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg_encoder.h"

#include <errno.h>
#include <stdio.h>

/* Whether @p rows rows of @p row_bytes bytes lie inside the plane; the last row need not have its padding. */
static bool plane_holds(const struct zcf_plane *plane, uint64_t row_bytes, uint64_t rows)
{
	return plane->stride_bytes >= row_bytes && plane->size_bytes >= row_bytes &&
	       (plane->size_bytes - row_bytes) / plane->stride_bytes >= rows - 1;
}

static int check_planes(const struct zcf_format *format, char *why, size_t why_size)
{
	uint64_t width = format->width_pixels, height = format->height_pixels;
	bool colour = format->fourcc == ZCF_FOURCC_NV12;

	if (format->fourcc != ZCF_FOURCC_NV12 && format->fourcc != ZCF_FOURCC_GREY) {
		snprintf(why, why_size, "the channel carries %.4s, not pictures; name one that carries NV12 or GREY",
			 (const char *)&format->fourcc);
		return -ENOTSUP;
	}
	if (width == 0 || height == 0 || format->plane_count < (colour ? 2u : 1u) ||
	    !plane_holds(&format->planes[0], width, height) ||
	    (colour && !plane_holds(&format->planes[1], (width + 1) / 2 * 2, (height + 1) / 2))) {
		snprintf(why, why_size, "the channel's planes are too small for %ux%u pixels", format->width_pixels,
			 format->height_pixels);
		return -EINVAL;
	}
	return 0;
}

int picture_from_frame(const struct zcf_frame *frame, struct picture *ret_picture, char *why, size_t why_size)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;
	bool colour = format->fourcc == ZCF_FOURCC_NV12;
	int error = check_planes(format, why, why_size);

	if (error != 0)
		return error;
	*ret_picture = (struct picture){
		.width_pixels = format->width_pixels,
		.height_pixels = format->height_pixels,
		.luma = zcf_frame_get_plane(frame, 0),
		.luma_stride_bytes = format->planes[0].stride_bytes,
		.chroma = colour ? zcf_frame_get_plane(frame, 1) : NULL,
		.chroma_stride_bytes = colour ? format->planes[1].stride_bytes : 0,
	};
	return 0;
}
