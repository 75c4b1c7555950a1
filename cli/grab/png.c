/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include "message.h"

#include <png.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int grab_write_png(FILE *output, const struct picture *picture, const struct grab_settings *settings)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = picture->width_pixels,
		.height = picture->height_pixels,
	};
	const uint8_t *pixels = picture_luma(picture);
	uint8_t *rgb = NULL;
	int error = 0;

	if (picture->fourcc == ZCF_FOURCC_NV12) {
		rgb = cli_allocate((size_t)picture->width_pixels * picture->height_pixels, 3);
		error = picture_to_rgb(picture, settings->range, rgb);
		pixels = rgb;
	}
	image.format = rgb != NULL ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
	if (error < 0)
		cli_message("cannot convert the frame to RGB: %s", strerror(-error));
	else if (!png_image_write_to_stdio(&image, output, 0, pixels, 0, NULL) && !ferror(output)) {
		cli_message("cannot write the PNG: %s", image.message);
		error = -EIO;
	}
	free(rgb);
	return error;
}
