/* SPDX-License-Identifier: Apache-2.0 */
#include "floor.h"

#include "clock.h"
#include "message.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#define LUMA_ROWS   16u
#define CHROMA_ROWS 8u

struct planes {
	uint32_t width, height;
	uint8_t *luma, *chroma_u, *chroma_v;
};

static void split(const struct footage *footage, uint64_t number, struct planes *planes)
{
	const uint8_t *picture = footage->pictures[number % FOOTAGE_PICTURES];
	size_t luma_bytes = (size_t)planes->width * planes->height;

	planes->luma = (uint8_t *)picture;
	for (size_t i = 0; i < luma_bytes / 4; i++) {
		planes->chroma_u[i] = picture[luma_bytes + 2 * i];
		planes->chroma_v[i] = picture[luma_bytes + 2 * i + 1];
	}
}

static void point_at(JSAMPROW *rows, uint32_t count, uint8_t *plane, uint32_t first, uint32_t width, uint32_t height)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t row = first + i < height ? first + i : height - 1;
		rows[i] = plane + (size_t)row * width;
	}
}

static void encode(struct jpeg_compress_struct *compress, const struct planes *planes)
{
	JSAMPROW luma[LUMA_ROWS], chroma_u[CHROMA_ROWS], chroma_v[CHROMA_ROWS];
	JSAMPARRAY image[] = {luma, chroma_u, chroma_v};

	jpeg_start_compress(compress, TRUE);
	while (compress->next_scanline < planes->height) {
		uint32_t row = compress->next_scanline;
		point_at(luma, LUMA_ROWS, planes->luma, row, planes->width, planes->height);
		point_at(chroma_u, CHROMA_ROWS, planes->chroma_u, row / 2, planes->width / 2, planes->height / 2);
		point_at(chroma_v, CHROMA_ROWS, planes->chroma_v, row / 2, planes->width / 2, planes->height / 2);
		jpeg_write_raw_data(compress, image, LUMA_ROWS);
	}
	jpeg_finish_compress(compress);
}

static void describe(struct jpeg_compress_struct *compress, const struct planes *planes, int quality)
{
	compress->image_width = planes->width;
	compress->image_height = planes->height;
	compress->in_color_space = JCS_YCbCr;
	compress->input_components = 3;
	jpeg_set_defaults(compress);
	jpeg_set_quality(compress, quality, TRUE);
	compress->raw_data_in = TRUE;
	compress->comp_info[0].h_samp_factor = compress->comp_info[0].v_samp_factor = 2;
}

uint64_t floor_measure(const struct footage *footage, int quality, uint32_t uncounted, uint32_t count,
		       uint64_t interval_ns)
{
	struct planes planes = {.width = footage->width, .height = footage->height};
	size_t chroma_bytes = (size_t)planes.width * planes.height / 4;
	unsigned long size, room = chroma_bytes * 6;
	uint64_t total_ns = 0, next_ns = bench_now_ns();
	uint8_t *room_start = cli_allocate(1, room), *output = room_start;
	struct jpeg_compress_struct compress;
	struct jpeg_error_mgr errors;

	planes.chroma_u = cli_allocate(1, chroma_bytes);
	planes.chroma_v = cli_allocate(1, chroma_bytes);
	compress.err = jpeg_std_error(&errors);
	jpeg_create_compress(&compress);
	describe(&compress, &planes, quality);
	for (uint32_t i = 0; i < uncounted + count; i++) {
		uint64_t start_ns;
		split(footage, i, &planes);
		bench_sleep_until(next_ns += interval_ns);
		size = room;
		jpeg_mem_dest(&compress, &output, &size);
		start_ns = bench_clock_ns(CLOCK_THREAD_CPUTIME_ID);
		encode(&compress, &planes);
		if (i >= uncounted)
			total_ns += bench_clock_ns(CLOCK_THREAD_CPUTIME_ID) - start_ns;
	}
	jpeg_destroy_compress(&compress);
	free(planes.chroma_u);
	free(planes.chroma_v);
	free(room_start);
	return total_ns / count;
}
