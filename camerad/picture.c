/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

void nv12_image_of_buffer(struct nv12_image *image, struct zcf_buffer *buffer)
{
	const struct zcf_format *format = zcf_buffer_get_format(buffer);

	*image = (struct nv12_image){
		.width_pixels = format->width_pixels,
		.height_pixels = format->height_pixels,
		.y = zcf_buffer_get_plane(buffer, 0),
		.uv = zcf_buffer_get_plane(buffer, 1),
		.stride_y_bytes = (int)format->planes[0].stride_bytes,
		.stride_uv_bytes = (int)format->planes[1].stride_bytes,
	};
}

void picture_of_nv12_image(struct picture *picture, const struct nv12_image *image)
{
	*picture = (struct picture){
		.layout = PICTURE_NV12,
		.width_pixels = image->width_pixels,
		.height_pixels = image->height_pixels,
		.chroma_shift_x = 1,
		.chroma_shift_y = 1,
		.planes = {image->y, image->uv},
		.strides_bytes = {image->stride_y_bytes, image->stride_uv_bytes},
	};
}

bool crop_is_whole(const struct crop *crop, uint32_t width_pixels, uint32_t height_pixels)
{
	return crop->width_pixels == 0 || (crop->x == 0 && crop->y == 0 && crop->width_pixels == width_pixels &&
					   crop->height_pixels == height_pixels);
}

bool crop_fits(const struct crop *crop, uint32_t width_pixels, uint32_t height_pixels)
{
	return crop->width_pixels == 0 ||
	       (crop->width_pixels <= width_pixels && crop->x <= width_pixels - crop->width_pixels &&
		crop->height_pixels <= height_pixels && crop->y <= height_pixels - crop->height_pixels);
}
