/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg_encoder.h"

#include "jpeg_arena.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>
#include <libyuv/planar_functions.h>

/* Rows of Y, and of U and V, that libjpeg takes at once with 4:2:0 sampling. */
#define LUMA_ROWS   16u
#define CHROMA_ROWS 8u
/* The same without colour. */
#define GREY_ROWS 8u

struct jpeg_encoder {
	/* First, so that libjpeg's pointers to them are pointers to us. */
	struct jpeg_compress_struct compress;
	struct jpeg_error_mgr errors;
	struct jpeg_destination_mgr destination;

	struct jpeg_arena arena;
	jmp_buf failed;
	int quality;
	char reason[JMSG_LENGTH_MAX];

	/* What the scratch rows and libjpeg's tables are made for. */
	uint32_t width_pixels;
	uint32_t height_pixels;
	bool grey;

	struct jpeg *jpeg;
	uint8_t *scratch;
	size_t luma_row_bytes; /* As libjpeg reads them: whole blocks. */
	size_t chroma_row_bytes;
	JSAMPROW luma[LUMA_ROWS];
	JSAMPROW chroma_u[CHROMA_ROWS];
	JSAMPROW chroma_v[CHROMA_ROWS];
};

static struct jpeg_encoder *encoder_of_errors(j_common_ptr common)
{
	return (struct jpeg_encoder *)((char *)common->err - offsetof(struct jpeg_encoder, errors));
}

static struct jpeg_encoder *encoder_of_destination(j_compress_ptr compress)
{
	return (struct jpeg_encoder *)((char *)compress->dest - offsetof(struct jpeg_encoder, destination));
}

/* libjpeg's own would end the program. */
static void error_exit(j_common_ptr common)
{
	struct jpeg_encoder *encoder = encoder_of_errors(common);

	common->err->format_message(common, encoder->reason);
	longjmp(encoder->failed, 1);
}

static void output_message(j_common_ptr common)
{
	(void)common;
}

static void init_destination(j_compress_ptr compress)
{
	struct jpeg_encoder *encoder = encoder_of_destination(compress);

	encoder->destination.next_output_byte = encoder->jpeg->data;
	encoder->destination.free_in_buffer = encoder->jpeg->capacity_bytes;
}

/* The buffer is full: go on in a larger one. */
static boolean empty_output_buffer(j_compress_ptr compress)
{
	struct jpeg_encoder *encoder = encoder_of_destination(compress);
	size_t full_bytes = encoder->jpeg->capacity_bytes;

	if (jpeg_reserve(encoder->jpeg, full_bytes * 2) != 0)
		ERREXIT1(compress, JERR_OUT_OF_MEMORY, 0);
	encoder->destination.next_output_byte = encoder->jpeg->data + full_bytes;
	encoder->destination.free_in_buffer = encoder->jpeg->capacity_bytes - full_bytes;
	return TRUE;
}

static void term_destination(j_compress_ptr compress)
{
	struct jpeg_encoder *encoder = encoder_of_destination(compress);

	encoder->jpeg->size_bytes = encoder->jpeg->capacity_bytes - encoder->destination.free_in_buffer;
}

static void create_compress(struct jpeg_encoder *encoder)
{
	if (setjmp(encoder->failed) != 0)
		return;
	jpeg_create_compress(&encoder->compress);
	jpeg_arena_install(&encoder->arena, (j_common_ptr)&encoder->compress);
}

struct jpeg_encoder *jpeg_encoder_create(int quality)
{
	struct jpeg_encoder *encoder = calloc(1, sizeof(*encoder));

	if (encoder == NULL)
		return NULL;
	encoder->quality = quality;
	encoder->compress.err = jpeg_std_error(&encoder->errors);
	encoder->errors.error_exit = error_exit;
	encoder->errors.output_message = output_message;
	create_compress(encoder);
	if (encoder->compress.mem == NULL) {
		free(encoder);
		return NULL;
	}
	encoder->destination.init_destination = init_destination;
	encoder->destination.empty_output_buffer = empty_output_buffer;
	encoder->destination.term_destination = term_destination;
	encoder->compress.dest = &encoder->destination;
	return encoder;
}

void jpeg_encoder_destroy(struct jpeg_encoder *encoder)
{
	if (encoder == NULL)
		return;
	jpeg_destroy_compress(&encoder->compress);
	jpeg_arena_fini(&encoder->arena);
	free(encoder->scratch);
	free(encoder);
}

/* Tell libjpeg what comes. Sets everything anew, so it is only done when the size changes. */
static void describe_picture(struct jpeg_encoder *encoder, const struct picture *picture)
{
	struct jpeg_compress_struct *compress = &encoder->compress;

	compress->image_width = picture->width_pixels;
	compress->image_height = picture->height_pixels;
	compress->in_color_space = picture->chroma == NULL ? JCS_GRAYSCALE : JCS_YCbCr;
	compress->input_components = picture->chroma == NULL ? 1 : 3;
	jpeg_set_defaults(compress);
	jpeg_set_quality(compress, encoder->quality, TRUE);
	compress->raw_data_in = TRUE;
	compress->comp_info[0].h_samp_factor = picture->chroma == NULL ? 1 : 2;
	compress->comp_info[0].v_samp_factor = picture->chroma == NULL ? 1 : 2;
	encoder->width_pixels = picture->width_pixels;
	encoder->height_pixels = picture->height_pixels;
	encoder->grey = picture->chroma == NULL;
}

/* Room for the rows that cannot be read in place. */
static void make_scratch(struct jpeg_encoder *encoder)
{
	const jpeg_component_info *components = encoder->compress.comp_info;
	size_t chroma_start;

	encoder->luma_row_bytes = (size_t)components[0].width_in_blocks * DCTSIZE;
	encoder->chroma_row_bytes = encoder->grey ? 0 : (size_t)components[1].width_in_blocks * DCTSIZE;
	chroma_start = encoder->luma_row_bytes * LUMA_ROWS;
	free(encoder->scratch);
	encoder->scratch = malloc(chroma_start + encoder->chroma_row_bytes * CHROMA_ROWS * 2);
	if (encoder->scratch == NULL) {
		encoder->width_pixels = 0; /* Try again with the next picture. */
		ERREXIT1(&encoder->compress, JERR_OUT_OF_MEMORY, 0);
	}
	for (size_t row = 0; row < CHROMA_ROWS; row++) {
		encoder->chroma_u[row] = encoder->scratch + chroma_start + row * encoder->chroma_row_bytes;
		encoder->chroma_v[row] = encoder->chroma_u[row] + CHROMA_ROWS * encoder->chroma_row_bytes;
	}
}

/* Continue a row of @p used samples to @p row_bytes with its last one: anything else would show at the edge. */
static void extend_row(uint8_t *row, size_t used_bytes, size_t row_bytes)
{
	memset(row + used_bytes, row[used_bytes - 1], row_bytes - used_bytes);
}

/* Point libjpeg at the rows of Y from @p first_row on; below the picture, at its last row. */
static void point_at_luma(struct jpeg_encoder *encoder, const struct picture *picture, uint32_t first_row,
			  uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i++) {
		uint32_t row = first_row + i < picture->height_pixels ? first_row + i : picture->height_pixels - 1;
		const uint8_t *source = picture->luma + row * picture->luma_stride_bytes;

		if (encoder->luma_row_bytes == picture->width_pixels) {
			/* libjpeg only reads what it is given to encode; its API is older than const. */
			encoder->luma[i] = (JSAMPROW)(uintptr_t)source;
			continue;
		}
		encoder->luma[i] = encoder->scratch + i * encoder->luma_row_bytes;
		memcpy(encoder->luma[i], source, picture->width_pixels);
		extend_row(encoder->luma[i], picture->width_pixels, encoder->luma_row_bytes);
	}
}

/* Take the U and V that belong to the rows of Y from @p first_row on apart. */
static void split_chroma(struct jpeg_encoder *encoder, const struct picture *picture, uint32_t first_row)
{
	uint32_t width = (picture->width_pixels + 1) / 2, height = (picture->height_pixels + 1) / 2;
	uint32_t first = first_row / 2, rows = height - first < CHROMA_ROWS ? height - first : CHROMA_ROWS;

	SplitUVPlane(picture->chroma + first * picture->chroma_stride_bytes, (int)picture->chroma_stride_bytes,
		     encoder->chroma_u[0], (int)encoder->chroma_row_bytes, encoder->chroma_v[0],
		     (int)encoder->chroma_row_bytes, (int)width, (int)rows);
	for (uint32_t row = 0; row < CHROMA_ROWS; row++) {
		if (row >= rows) {
			memcpy(encoder->chroma_u[row], encoder->chroma_u[rows - 1], encoder->chroma_row_bytes);
			memcpy(encoder->chroma_v[row], encoder->chroma_v[rows - 1], encoder->chroma_row_bytes);
		} else {
			extend_row(encoder->chroma_u[row], width, encoder->chroma_row_bytes);
			extend_row(encoder->chroma_v[row], width, encoder->chroma_row_bytes);
		}
	}
}

static void encode_rows(struct jpeg_encoder *encoder, const struct picture *picture)
{
	struct jpeg_compress_struct *compress = &encoder->compress;
	JSAMPARRAY planes[] = {encoder->luma, encoder->chroma_u, encoder->chroma_v};
	uint32_t rows = encoder->grey ? GREY_ROWS : LUMA_ROWS;

	while (compress->next_scanline < compress->image_height) {
		point_at_luma(encoder, picture, compress->next_scanline, rows);
		if (!encoder->grey)
			split_chroma(encoder, picture, compress->next_scanline);
		jpeg_write_raw_data(compress, planes, rows);
	}
}

/*
 * What may leave by longjmp(). A function of its own, and never inlined into the one that calls setjmp(), so that no
 * local variable lives across the jump.
 */
__attribute__((noinline)) static void encode(struct jpeg_encoder *encoder, const struct picture *picture)
{
	bool resized = picture->width_pixels != encoder->width_pixels ||
		       picture->height_pixels != encoder->height_pixels || (picture->chroma == NULL) != encoder->grey;

	if (resized)
		describe_picture(encoder, picture);
	jpeg_start_compress(&encoder->compress, TRUE);
	if (resized)
		make_scratch(encoder);
	encode_rows(encoder, picture);
	jpeg_finish_compress(&encoder->compress);
}

static int encode_or_fail(struct jpeg_encoder *encoder, const struct picture *picture)
{
	if (setjmp(encoder->failed) != 0) {
		int code = encoder->errors.msg_code;

		jpeg_abort_compress(&encoder->compress);
		encoder->width_pixels = 0;
		return code == JERR_OUT_OF_MEMORY ? -ENOMEM : -EIO;
	}
	encode(encoder, picture);
	return 0;
}

int jpeg_encoder_encode(struct jpeg_encoder *encoder, const struct picture *picture, struct jpeg *jpeg)
{
	uint64_t pixels = (uint64_t)picture->width_pixels * picture->height_pixels;

	if (pixels == 0 || picture->width_pixels > JPEG_MAX_DIMENSION || picture->height_pixels > JPEG_MAX_DIMENSION) {
		snprintf(encoder->reason, sizeof(encoder->reason), "no JPEG can have %ux%u pixels",
			 picture->width_pixels, picture->height_pixels);
		return -EINVAL;
	}
	/* Enough for most pictures at common qualities; the others make it grow once. */
	if (jpeg_reserve(jpeg, pixels / 4 + 4096) != 0) {
		snprintf(encoder->reason, sizeof(encoder->reason), "out of memory");
		return -ENOMEM;
	}
	encoder->jpeg = jpeg;
	return encode_or_fail(encoder, picture);
}

const char *jpeg_encoder_get_reason(const struct jpeg_encoder *encoder)
{
	return encoder->reason;
}
