/* SPDX-License-Identifier: Apache-2.0 */
#include "frame_layout.h"

static bool is_picture(const struct zcf_hb_mem_graphic *buffer, uint32_t width_pixels, uint32_t height_pixels)
{
	return buffer->plane_count == 2 && buffer->format == ZCF_HB_MEM_NV12 &&
	       buffer->width == (int32_t)width_pixels && buffer->height == (int32_t)height_pixels;
}

bool vio_frame_read(const union hbn_frame *frame, uint32_t width_pixels, uint32_t height_pixels,
		    struct vio_frame *ret_frame)
{
	const struct hbn_image *image = &frame->image;
	const struct hbn_later_image *later = &frame->later_image;

	if (is_picture(&image->buffer, width_pixels, height_pixels))
		*ret_frame =
			(struct vio_frame){image->frame_id, image->timestamp_ns, image->buffer_index, image->buffer};
	else if (is_picture(&later->buffer, width_pixels, height_pixels))
		*ret_frame =
			(struct vio_frame){later->frame_id, later->timestamp_ns, later->buffer_index, later->buffer};
	else
		return false;
	return true;
}

void vio_frame_name_buffer(union hbn_frame *frame, uint32_t buffer_index)
{
	*frame = (union hbn_frame){.image.buffer_index = (int32_t)buffer_index};
	frame->later_image.buffer_index = (int32_t)buffer_index;
}
