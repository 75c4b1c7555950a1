/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include "message.h"

#include <jpeglib.h>

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct error_manager {
	struct jpeg_error_mgr base; /* first: libjpeg hands us a pointer to it */
	FILE *output;
	jmp_buf leave;
};

/* The default would end the program. */
static void leave_on_error(j_common_ptr compressor)
{
	struct error_manager *manager = (struct error_manager *)compressor->err;
	char message[JMSG_LENGTH_MAX];

	if (!ferror(manager->output)) {
		compressor->err->format_message(compressor, message);
		cli_message("cannot write the JPEG: %s", message);
	}
	longjmp(manager->leave, 1);
}

static int compress(FILE *output, const uint8_t *pixels, const struct picture *picture, int components, int quality)
{
	struct jpeg_compress_struct compressor;
	struct error_manager manager;
	size_t stride_bytes = (size_t)picture->width_pixels * (size_t)components;

	manager.output = output;
	compressor.err = jpeg_std_error(&manager.base);
	manager.base.error_exit = leave_on_error;
	if (setjmp(manager.leave) != 0) {
		jpeg_destroy_compress(&compressor);
		return ferror(output) ? 0 : -EIO;
	}
	jpeg_create_compress(&compressor);
	jpeg_stdio_dest(&compressor, output);
	compressor.image_width = picture->width_pixels;
	compressor.image_height = picture->height_pixels;
	compressor.input_components = components;
	compressor.in_color_space = components == 3 ? JCS_RGB : JCS_GRAYSCALE;
	jpeg_set_defaults(&compressor);
	jpeg_set_quality(&compressor, quality, TRUE);
	jpeg_start_compress(&compressor, TRUE);
	while (compressor.next_scanline < compressor.image_height) {
		JSAMPROW row = (JSAMPROW)(pixels + compressor.next_scanline * stride_bytes);
		jpeg_write_scanlines(&compressor, &row, 1);
	}
	jpeg_finish_compress(&compressor);
	jpeg_destroy_compress(&compressor);
	return 0;
}

int grab_write_jpeg(FILE *output, const struct picture *picture, const struct grab_settings *settings)
{
	uint8_t *rgb;
	int error;

	if (picture->fourcc != ZCF_FOURCC_NV12)
		return compress(output, picture_luma(picture), picture, 1, (int)settings->jpeg_quality);
	rgb = cli_allocate((size_t)picture->width_pixels * picture->height_pixels, 3);
	error = picture_to_rgb(picture, settings->range, rgb);
	if (error < 0)
		cli_message("cannot convert the frame to RGB: %s", strerror(-error));
	else
		error = compress(output, rgb, picture, 3, (int)settings->jpeg_quality);
	free(rgb);
	return error;
}
