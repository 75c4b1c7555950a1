/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "error.h"
#include "hot.h"
#include "zcframe/types.h"

#define DEFAULT_STRIDE_ALIGN_BYTES 64
#define MAX_STRIDE_ALIGN_BYTES     4096
#define MAX_DATA_BYTES             (UINT64_C(1) << 30)

static void append_plane(struct zcf_format *format, uint32_t stride_bytes, uint32_t row_count)
{
	struct zcf_plane *plane = &format->planes[format->plane_count++];

	plane->offset_bytes = format->size_bytes;
	plane->stride_bytes = stride_bytes;
	plane->size_bytes = (uint64_t)stride_bytes * row_count;
	format->size_bytes += plane->size_bytes;
}

int zcf_format_init(struct zcf_format *ret_format, uint32_t fourcc, uint32_t width_pixels, uint32_t height_pixels,
		    uint32_t stride_align_bytes)
{
	struct zcf_format format = {.fourcc = fourcc, .width_pixels = width_pixels, .height_pixels = height_pixels};
	uint32_t align = stride_align_bytes ? stride_align_bytes : DEFAULT_STRIDE_ALIGN_BYTES;

	if (fourcc != ZCF_FOURCC_NV12 && fourcc != ZCF_FOURCC_GREY)
		return zcf_fail(-ENOTSUP, "fourcc 0x%08x is not one that this version lays out; use NV12 or GREY",
				fourcc);
	if (width_pixels == 0 || height_pixels == 0 || width_pixels > ZCF_MAX_DIMENSION ||
	    height_pixels > ZCF_MAX_DIMENSION)
		return zcf_fail(-EINVAL, "picture size %ux%u: width and height must be 1 to %u", width_pixels,
				height_pixels, ZCF_MAX_DIMENSION);
	if (fourcc == ZCF_FOURCC_NV12 && (width_pixels % 2 || height_pixels % 2))
		return zcf_fail(-EINVAL, "picture size %ux%u: NV12 needs an even width and height", width_pixels,
				height_pixels);
	if (align > MAX_STRIDE_ALIGN_BYTES || (align & (align - 1)))
		return zcf_fail(-EINVAL, "stride alignment %u: must be a power of two up to %u", align,
				MAX_STRIDE_ALIGN_BYTES);

	uint32_t stride_bytes = (width_pixels + align - 1) & ~(align - 1);
	append_plane(&format, stride_bytes, height_pixels);
	if (fourcc == ZCF_FOURCC_NV12)
		append_plane(&format, stride_bytes, height_pixels / 2);
	*ret_format = format;
	return 0;
}

int zcf_format_init_data(struct zcf_format *ret_format, uint64_t capacity_bytes)
{
	if (capacity_bytes == 0 || capacity_bytes > MAX_DATA_BYTES)
		return zcf_fail(-EINVAL, "data capacity of %llu bytes: must be 1 byte to 1 GiB",
				(unsigned long long)capacity_bytes);
	*ret_format = (struct zcf_format){
		.fourcc = ZCF_FOURCC_DATA,
		.plane_count = 1,
		.planes = {{.size_bytes = capacity_bytes, .stride_bytes = (uint32_t)capacity_bytes}},
		.size_bytes = capacity_bytes,
	};
	return 0;
}

/* Bytes that a row of a plane needs, and how many rows the plane has; 0 rows: unknown to this version. */
ZCF_HOT static void plane_needs(const struct zcf_format *format, uint32_t plane, uint64_t *row_bytes,
				uint64_t *row_count)
{
	*row_bytes = format->width_pixels;
	*row_count = 0;
	if (format->fourcc == ZCF_FOURCC_NV12)
		*row_count = plane == 0 ? format->height_pixels : format->height_pixels / 2;
	else if (format->fourcc == ZCF_FOURCC_GREY)
		*row_count = format->height_pixels;
}

ZCF_HOT static bool plane_count_fits(const struct zcf_format *format)
{
	switch (format->fourcc) {
	case ZCF_FOURCC_NV12:
		return format->plane_count == 2;
	case ZCF_FOURCC_GREY:
	case ZCF_FOURCC_DATA:
		return format->plane_count == 1;
	default:
		return format->plane_count >= 1 && format->plane_count <= ZCF_MAX_PLANES;
	}
}

ZCF_HOT int zcf_format_check(const struct zcf_format *format, uint64_t buffer_size_bytes)
{
	bool picture = format->fourcc == ZCF_FOURCC_NV12 || format->fourcc == ZCF_FOURCC_GREY;

	if (!plane_count_fits(format))
		return zcf_fail(-EINVAL, "format: %u planes do not go with fourcc 0x%08x", format->plane_count,
				format->fourcc);
	if (format->width_pixels > ZCF_MAX_DIMENSION || format->height_pixels > ZCF_MAX_DIMENSION ||
	    (picture && (format->width_pixels == 0 || format->height_pixels == 0)))
		return zcf_fail(-EINVAL, "format: a picture of %ux%u cannot be", format->width_pixels,
				format->height_pixels);
	if (format->size_bytes > buffer_size_bytes)
		return zcf_fail(-EINVAL, "format: needs %llu bytes, its buffer has %llu",
				(unsigned long long)format->size_bytes, (unsigned long long)buffer_size_bytes);
	for (uint32_t i = 0; i < format->plane_count; i++) {
		const struct zcf_plane *plane = &format->planes[i];
		uint64_t row_bytes, row_count;

		plane_needs(format, i, &row_bytes, &row_count);
		if (plane->offset_bytes > buffer_size_bytes ||
		    plane->size_bytes > buffer_size_bytes - plane->offset_bytes)
			return zcf_fail(-EINVAL, "format: plane %u ends behind its buffer of %llu bytes", i,
					(unsigned long long)buffer_size_bytes);
		if (row_count && (plane->stride_bytes < row_bytes ||
				  (row_count - 1) * plane->stride_bytes + row_bytes > plane->size_bytes))
			return zcf_fail(-EINVAL, "format: the rows of plane %u do not fit into it", i);
	}
	return 0;
}
