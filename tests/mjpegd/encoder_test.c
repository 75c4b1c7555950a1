/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures to JPEG and back. The planes end where the next page faults, so that one byte read too many ends the
 * test; at quality 100 what comes back differs from what went in by rounding alone, so noise will do. */
#include "jpeg_encoder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <jpeglib.h>

#define TOLERANCE    3
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint32_t sizes[] = {1, 2, 6, 7, 8, 10, 14, 15, 16, 18, 24, 30, 32, 34, 46, 64, 66, 130};
static const uint32_t paddings[] = {0, 1, 2, 62};

struct guarded {
	uint8_t *mapping;
	size_t mapping_bytes;
	uint8_t *bytes;
};

static struct guarded guarded_create(size_t size_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	size_t data_bytes = (size_bytes + page_bytes - 1) / page_bytes * page_bytes;
	struct guarded guarded = {.mapping_bytes = data_bytes + page_bytes};

	guarded.mapping = mmap(NULL, guarded.mapping_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(guarded.mapping, MAP_FAILED);
	assert_int_equal(mprotect(guarded.mapping + data_bytes, page_bytes, PROT_NONE), 0);
	guarded.bytes = guarded.mapping + data_bytes - size_bytes;
	return guarded;
}

static void guarded_destroy(struct guarded *guarded)
{
	munmap(guarded->mapping, guarded->mapping_bytes);
}

/* A picture of noise. The last row of each plane has no padding: it ends at the page that faults. */
struct test_picture {
	struct picture picture;
	struct guarded luma;
	struct guarded chroma;
};

static uint32_t random_state;

static uint8_t random_byte(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (uint8_t)(random_state >> 24);
}

static struct guarded noise_plane(size_t row_bytes, size_t rows, size_t stride_bytes, uint8_t padding)
{
	struct guarded plane = guarded_create(stride_bytes * (rows - 1) + row_bytes);

	for (size_t row = 0; row < rows; row++) {
		uint8_t *bytes = plane.bytes + row * stride_bytes;

		for (size_t i = 0; i < row_bytes; i++)
			bytes[i] = random_byte();
		if (row < rows - 1)
			memset(bytes + row_bytes, padding, stride_bytes - row_bytes);
	}
	return plane;
}

static struct test_picture test_picture_create(uint32_t width, uint32_t height, uint32_t padding_bytes, bool grey,
					       uint8_t padding)
{
	size_t chroma_row_bytes = (width + 1) / 2 * 2;
	struct test_picture test = {
		.picture =
			{
				.width_pixels = width,
				.height_pixels = height,
				.luma_stride_bytes = width + padding_bytes,
				.chroma_stride_bytes = grey ? 0 : chroma_row_bytes + padding_bytes,
			},
	};

	random_state = width * 977 + height;
	test.luma = noise_plane(width, height, test.picture.luma_stride_bytes, padding);
	test.picture.luma = test.luma.bytes;
	if (!grey) {
		test.chroma =
			noise_plane(chroma_row_bytes, (height + 1) / 2, test.picture.chroma_stride_bytes, padding);
		test.picture.chroma = test.chroma.bytes;
	}
	return test;
}

static void test_picture_destroy(struct test_picture *test)
{
	guarded_destroy(&test->luma);
	if (test->chroma.mapping != NULL)
		guarded_destroy(&test->chroma);
}

/* The planes of a JPEG as they are stored in it: no colour conversion, no upsampling. */
struct decoded {
	uint32_t width, height;
	int components;
	size_t stride[3];
	uint8_t *planes[3];
};

static struct decoded decode(const struct jpeg *jpeg)
{
	struct jpeg_decompress_struct decompress;
	struct jpeg_error_mgr errors; /* Its error_exit() ends the test, with libjpeg's reason. */
	struct decoded decoded = {0};
	JSAMPROW rows[3][16];
	JSAMPARRAY arrays[3] = {rows[0], rows[1], rows[2]};

	decompress.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&decompress);
	jpeg_mem_src(&decompress, jpeg->data, jpeg->size_bytes);
	assert_int_equal(jpeg_read_header(&decompress, TRUE), JPEG_HEADER_OK);
	decompress.raw_data_out = TRUE;
	jpeg_start_decompress(&decompress);
	decoded.width = decompress.image_width;
	decoded.height = decompress.image_height;
	decoded.components = decompress.num_components;
	for (int i = 0; i < decoded.components; i++) {
		jpeg_component_info *component = &decompress.comp_info[i];

		decoded.stride[i] = (component->width_in_blocks + 2) * DCTSIZE;
		decoded.planes[i] = malloc(decoded.stride[i] * (component->height_in_blocks + 2) * DCTSIZE);
	}
	while (decompress.output_scanline < decompress.output_height) {
		int luma_rows = decompress.max_v_samp_factor * DCTSIZE;

		for (int i = 0; i < decoded.components; i++) {
			int factor = decompress.comp_info[i].v_samp_factor;
			size_t first =
				decompress.output_scanline * (size_t)factor / (size_t)decompress.max_v_samp_factor;

			for (int row = 0; row < factor * DCTSIZE; row++)
				rows[i][row] = decoded.planes[i] + (first + (size_t)row) * decoded.stride[i];
		}
		assert_int_not_equal(jpeg_read_raw_data(&decompress, arrays, (JDIMENSION)luma_rows), 0);
	}
	jpeg_finish_decompress(&decompress);
	assert_int_equal(errors.num_warnings, 0);
	jpeg_destroy_decompress(&decompress);
	return decoded;
}

static void decoded_free(struct decoded *decoded)
{
	for (int i = 0; i < decoded->components; i++)
		free(decoded->planes[i]);
}

static void require_close(int found, int expected, const char *plane, uint32_t x, uint32_t y)
{
	if (abs(found - expected) > TOLERANCE)
		fail_msg("%s at %u,%u is %d, not %d", plane, x, y, found, expected);
}

static void require_same_picture(const struct decoded *decoded, const struct picture *picture)
{
	assert_int_equal(decoded->width, picture->width_pixels);
	assert_int_equal(decoded->height, picture->height_pixels);
	assert_int_equal(decoded->components, picture->chroma == NULL ? 1 : 3);
	for (uint32_t y = 0; y < picture->height_pixels; y++) {
		for (uint32_t x = 0; x < picture->width_pixels; x++)
			require_close(decoded->planes[0][y * decoded->stride[0] + x],
				      picture->luma[y * picture->luma_stride_bytes + x], "Y", x, y);
	}
	if (picture->chroma == NULL)
		return;
	for (uint32_t y = 0; y < (picture->height_pixels + 1) / 2; y++) {
		for (uint32_t x = 0; x < (picture->width_pixels + 1) / 2; x++) {
			const uint8_t *pair = picture->chroma + y * picture->chroma_stride_bytes + x * 2;

			require_close(decoded->planes[1][y * decoded->stride[1] + x], pair[0], "U", x, y);
			require_close(decoded->planes[2][y * decoded->stride[2] + x], pair[1], "V", x, y);
		}
	}
}

static void encode_and_compare(struct jpeg_encoder *encoder, struct jpeg *jpeg, uint32_t width, uint32_t height,
			       uint32_t padding_bytes, bool grey)
{
	struct test_picture test = test_picture_create(width, height, padding_bytes, grey, 0xff);
	struct decoded decoded;

	assert_int_equal(jpeg_encoder_encode(encoder, &test.picture, jpeg), 0);
	decoded = decode(jpeg);
	require_same_picture(&decoded, &test.picture);
	decoded_free(&decoded);
	test_picture_destroy(&test);
}

static void every_size_and_stride_comes_back_as_it_went_in(void **state)
{
	struct jpeg_encoder *encoder = jpeg_encoder_create(100);
	struct jpeg_pool *pool = jpeg_pool_create(1);
	struct jpeg *jpeg = jpeg_pool_take(pool);

	(void)state;
	for (size_t w = 0; w < COUNT(sizes); w++) {
		for (size_t h = 0; h < COUNT(sizes); h++) {
			for (size_t p = 0; p < COUNT(paddings); p++) {
				encode_and_compare(encoder, jpeg, sizes[w], sizes[h], paddings[p], false);
				encode_and_compare(encoder, jpeg, sizes[w], sizes[h], paddings[p], true);
			}
		}
	}
	jpeg_pool_destroy(pool);
	jpeg_encoder_destroy(encoder);
}

static void the_usual_sizes_come_back_as_they_went_in(void **state)
{
	static const uint32_t usual[][2] = {{640, 480}, {640, 360}, {1920, 1080}, {1366, 768}};
	struct jpeg_encoder *encoder = jpeg_encoder_create(100);
	struct jpeg_pool *pool = jpeg_pool_create(1);
	struct jpeg *jpeg = jpeg_pool_take(pool);

	(void)state;
	for (size_t i = 0; i < COUNT(usual); i++)
		encode_and_compare(encoder, jpeg, usual[i][0], usual[i][1], 64, false);
	jpeg_pool_destroy(pool);
	jpeg_encoder_destroy(encoder);
}

static void what_stands_in_the_padding_of_rows_does_not_matter(void **state)
{
	struct jpeg_encoder *encoder = jpeg_encoder_create(80);
	struct jpeg_pool *pool = jpeg_pool_create(2);
	struct jpeg *white = jpeg_pool_take(pool), *black = jpeg_pool_take(pool);

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct test_picture with_white = test_picture_create(sizes[i], 34, 62, false, 0xff);
		struct test_picture with_black = test_picture_create(sizes[i], 34, 62, false, 0x00);

		assert_int_equal(jpeg_encoder_encode(encoder, &with_white.picture, white), 0);
		assert_int_equal(jpeg_encoder_encode(encoder, &with_black.picture, black), 0);
		assert_int_equal(white->size_bytes, black->size_bytes);
		assert_memory_equal(white->data, black->data, white->size_bytes);
		test_picture_destroy(&with_white);
		test_picture_destroy(&with_black);
	}
	jpeg_pool_destroy(pool);
	jpeg_encoder_destroy(encoder);
}

/* What lies beyond the edge is in the same block: were it not continued evenly, it would ring into the picture. */
static void an_even_picture_stays_even_up_to_its_edges(void **state)
{
	struct jpeg_encoder *encoder = jpeg_encoder_create(50);
	struct jpeg_pool *pool = jpeg_pool_create(1);
	struct jpeg *jpeg = jpeg_pool_take(pool);
	struct test_picture test = test_picture_create(50, 50, 14, false, 0xff);
	struct decoded decoded;

	(void)state;
	for (size_t y = 0; y < 50; y++)
		memset(test.luma.bytes + y * test.picture.luma_stride_bytes, 40, 50);
	for (size_t y = 0; y < 25; y++)
		memset(test.chroma.bytes + y * test.picture.chroma_stride_bytes, 90, 50);
	assert_int_equal(jpeg_encoder_encode(encoder, &test.picture, jpeg), 0);
	decoded = decode(jpeg);
	require_same_picture(&decoded, &test.picture);
	decoded_free(&decoded);
	test_picture_destroy(&test);
	jpeg_pool_destroy(pool);
	jpeg_encoder_destroy(encoder);
}

static void a_size_that_no_jpeg_can_have_is_refused_and_the_encoder_goes_on(void **state)
{
	static const uint32_t impossible[][2] = {{0, 16}, {16, 0}, {65501, 16}, {16, 65501}, {UINT32_MAX, UINT32_MAX}};
	struct jpeg_encoder *encoder = jpeg_encoder_create(100);
	struct jpeg_pool *pool = jpeg_pool_create(1);
	struct jpeg *jpeg = jpeg_pool_take(pool);

	(void)state;
	for (size_t i = 0; i < COUNT(impossible); i++) {
		struct picture picture = {.width_pixels = impossible[i][0], .height_pixels = impossible[i][1]};

		assert_int_equal(jpeg_encoder_encode(encoder, &picture, jpeg), -EINVAL);
		assert_string_not_equal(jpeg_encoder_get_reason(encoder), "");
		encode_and_compare(encoder, jpeg, 34, 18, 0, false);
	}
	jpeg_pool_destroy(pool);
	jpeg_encoder_destroy(encoder);
}

static void a_picture_in_use_is_not_given_out_again(void **state)
{
	struct jpeg_pool *pool = jpeg_pool_create(2);
	struct jpeg *first = jpeg_pool_take(pool), *second = jpeg_pool_take(pool);

	(void)state;
	assert_non_null(first);
	assert_non_null(second);
	assert_ptr_not_equal(first, second);
	assert_null(jpeg_pool_take(pool));
	jpeg_ref(first);
	jpeg_unref(first);
	assert_null(jpeg_pool_take(pool));
	jpeg_unref(first);
	assert_ptr_equal(jpeg_pool_take(pool), first);
	jpeg_pool_destroy(pool);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_and_stride_comes_back_as_it_went_in),
		cmocka_unit_test(the_usual_sizes_come_back_as_they_went_in),
		cmocka_unit_test(what_stands_in_the_padding_of_rows_does_not_matter),
		cmocka_unit_test(an_even_picture_stays_even_up_to_its_edges),
		cmocka_unit_test(a_size_that_no_jpeg_can_have_is_refused_and_the_encoder_goes_on),
		cmocka_unit_test(a_picture_in_use_is_not_given_out_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
