/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry of frames: what is laid out, what is refused, and what is believed of a geometry from elsewhere. */
#include <errno.h>
#include <string.h>

#include "test.h"
#include "zcframe/zcframe.h"

#define MIB (UINT64_C(1) << 20)

static void nv12_is_a_y_plane_and_a_half_high_uv_plane_behind_it(void **state)
{
	struct zcf_format format;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, 640, 360, 0), 0);
	REQUIRE_EQUAL(format.fourcc, ZCF_FOURCC_NV12);
	REQUIRE_EQUAL(format.width_pixels, 640);
	REQUIRE_EQUAL(format.height_pixels, 360);
	REQUIRE_EQUAL(format.plane_count, 2);
	REQUIRE_EQUAL(format.planes[0].offset_bytes, 0);
	REQUIRE_EQUAL(format.planes[0].stride_bytes, 640);
	REQUIRE_EQUAL(format.planes[0].size_bytes, 640 * 360);
	REQUIRE_EQUAL(format.planes[1].offset_bytes, 640 * 360);
	REQUIRE_EQUAL(format.planes[1].stride_bytes, 640);
	REQUIRE_EQUAL(format.planes[1].size_bytes, 640 * 180);
	REQUIRE_EQUAL(format.size_bytes, 640 * 360 * 3 / 2);
	REQUIRE_EQUAL(zcf_format_check(&format, format.size_bytes), 0);
}

static void rows_are_aligned_to_what_was_asked_for_and_to_a_cache_line_by_default(void **state)
{
	static const struct {
		uint32_t width_pixels, align_bytes, stride_bytes;
	} cases[] = {{1, 1, 1},      {2, 0, 64},      {64, 0, 64},      {65, 0, 128},
		     {641, 16, 656}, {1, 4096, 4096}, {16383, 1, 16383}};
	struct zcf_format format;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_GREY, cases[i].width_pixels, 3, cases[i].align_bytes),
			      0);
		REQUIRE_EQUAL(format.planes[0].stride_bytes, cases[i].stride_bytes);
		REQUIRE_EQUAL(format.size_bytes, 3 * cases[i].stride_bytes);
		REQUIRE_EQUAL(format.plane_count, 1);
	}
}

static void the_largest_picture_can_be_laid_out(void **state)
{
	struct zcf_format format;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, ZCF_MAX_DIMENSION, ZCF_MAX_DIMENSION, 4096), 0);
	REQUIRE_EQUAL(format.size_bytes, 384 * MIB);
	REQUIRE_EQUAL(zcf_format_check(&format, format.size_bytes), 0);
}

static void sizes_that_cannot_be_are_refused_and_nothing_is_written(void **state)
{
	static const struct {
		uint32_t fourcc, width_pixels, height_pixels, align_bytes;
		int error;
	} cases[] = {
		{ZCF_FOURCC_NV12, 0, 480, 0, -EINVAL},
		{ZCF_FOURCC_NV12, 640, 0, 0, -EINVAL},
		{ZCF_FOURCC_GREY, 0, 0, 0, -EINVAL},
		{ZCF_FOURCC_NV12, 641, 480, 0, -EINVAL},
		{ZCF_FOURCC_NV12, 640, 481, 0, -EINVAL},
		{ZCF_FOURCC_NV12, 100000, 100000, 0, -EINVAL},
		{ZCF_FOURCC_GREY, ZCF_MAX_DIMENSION + 1, 1, 0, -EINVAL},
		{ZCF_FOURCC_GREY, 1, ZCF_MAX_DIMENSION + 1, 0, -EINVAL},
		{ZCF_FOURCC_GREY, UINT32_MAX, UINT32_MAX, 0, -EINVAL},
		{ZCF_FOURCC_NV12, 640, 480, 3, -EINVAL},
		{ZCF_FOURCC_NV12, 640, 480, 8192, -EINVAL},
		{ZCF_FOURCC_NV12, 640, 480, UINT32_MAX, -EINVAL},
		{ZCF_FOURCC_NV12, 640, 480, UINT32_C(1) << 31, -EINVAL},
		{ZCF_FOURCC_DATA, 640, 480, 0, -ENOTSUP},
		{ZCF_FOURCC('Y', 'U', 'Y', 'V'), 640, 480, 0, -ENOTSUP},
		{0, 640, 480, 0, -ENOTSUP},
	};
	struct zcf_format format, untouched;

	(void)state;
	memset(&untouched, 0xa5, sizeof(untouched));
	format = untouched;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		REQUIRE_EQUAL(zcf_format_init(&format, cases[i].fourcc, cases[i].width_pixels, cases[i].height_pixels,
					      cases[i].align_bytes),
			      cases[i].error);
		REQUIRE(memcmp(&format, &untouched, sizeof(format)) == 0);
		REQUIRE(zcf_error_detail()[0] != '\0');
	}
}

static void data_is_one_plane_of_one_byte_to_one_gibibyte(void **state)
{
	struct zcf_format format;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init_data(&format, 1), 0);
	REQUIRE_EQUAL(zcf_format_init_data(&format, 1024 * MIB), 0);
	REQUIRE_EQUAL(format.fourcc, ZCF_FOURCC_DATA);
	REQUIRE_EQUAL(format.plane_count, 1);
	REQUIRE_EQUAL(format.width_pixels, 0);
	REQUIRE_EQUAL(format.planes[0].size_bytes, 1024 * MIB);
	REQUIRE_EQUAL(format.planes[0].stride_bytes, 1024 * MIB);
	REQUIRE_EQUAL(zcf_format_check(&format, format.size_bytes), 0);
	REQUIRE_EQUAL(zcf_format_init_data(&format, 0), -EINVAL);
	REQUIRE_EQUAL(zcf_format_init_data(&format, 1024 * MIB + 1), -EINVAL);
	REQUIRE_EQUAL(zcf_format_init_data(&format, UINT64_MAX), -EINVAL);
}

/* Break one field of a good format and expect that it is noticed. */
#define REQUIRE_REFUSED(good, statement)                                                                               \
	do {                                                                                                           \
		struct zcf_format format = (good);                                                                     \
		statement;                                                                                             \
		REQUIRE_EQUAL(zcf_format_check(&format, (good).size_bytes), -EINVAL);                                  \
	} while (0)

static void a_geometry_from_elsewhere_is_refused_if_a_plane_leaves_its_buffer(void **state)
{
	struct zcf_format good;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&good, ZCF_FOURCC_NV12, 640, 480, 0), 0);
	REQUIRE_EQUAL(zcf_format_check(&good, good.size_bytes), 0);
	REQUIRE_EQUAL(zcf_format_check(&good, good.size_bytes + 4096), 0);
	REQUIRE_EQUAL(zcf_format_check(&good, good.size_bytes - 1), -EINVAL);
	REQUIRE_EQUAL(zcf_format_check(&good, 0), -EINVAL);
	REQUIRE_REFUSED(good, format.planes[1].offset_bytes++);
	REQUIRE_REFUSED(good, format.planes[1].size_bytes++);
	REQUIRE_REFUSED(good, format.planes[1].offset_bytes = UINT64_MAX);
	REQUIRE_REFUSED(good, format.planes[1].size_bytes = UINT64_MAX);
	REQUIRE_REFUSED(good, format.planes[1].offset_bytes = 0 - format.planes[1].size_bytes);
	REQUIRE_REFUSED(good, format.planes[0].size_bytes = UINT64_MAX - 1);
}

static void a_geometry_from_elsewhere_is_refused_if_its_numbers_do_not_agree(void **state)
{
	struct zcf_format good, grey;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&good, ZCF_FOURCC_NV12, 640, 480, 0), 0);
	REQUIRE_EQUAL(zcf_format_init(&grey, ZCF_FOURCC_GREY, 640, 480, 0), 0);
	REQUIRE_REFUSED(good, format.planes[0].stride_bytes = 639);
	REQUIRE_REFUSED(good, format.planes[1].stride_bytes = 639);
	REQUIRE_REFUSED(good, format.planes[0].stride_bytes = 0);
	REQUIRE_REFUSED(good, format.planes[0].stride_bytes = UINT32_MAX);
	REQUIRE_REFUSED(good, format.planes[0].size_bytes--);
	REQUIRE_REFUSED(good, format.height_pixels = 482);
	REQUIRE_REFUSED(good, format.height_pixels = UINT32_MAX);
	REQUIRE_REFUSED(good, format.width_pixels = UINT32_MAX);
	REQUIRE_REFUSED(good, format.width_pixels = 0);
	REQUIRE_REFUSED(good, format.height_pixels = 0);
	REQUIRE_REFUSED(good, format.plane_count = 1);
	REQUIRE_REFUSED(good, format.plane_count = 3);
	REQUIRE_REFUSED(good, format.plane_count = 0);
	REQUIRE_REFUSED(good, format.plane_count = UINT32_MAX);
	REQUIRE_REFUSED(grey, format.plane_count = 2);
	REQUIRE_REFUSED(grey, (format.fourcc = 0x12345678, format.plane_count = ZCF_MAX_PLANES + 1));
	REQUIRE_REFUSED(grey, (format.fourcc = 0x12345678, format.plane_count = 0));
}

static void a_geometry_from_elsewhere_is_refused_if_it_claims_more_bytes_than_its_buffer_has(void **state)
{
	struct zcf_format good;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&good, ZCF_FOURCC_NV12, 640, 480, 0), 0);
	REQUIRE_REFUSED(good, format.size_bytes++);
	REQUIRE_REFUSED(good, format.size_bytes = UINT64_MAX);
}

static void a_fourcc_that_this_version_does_not_know_is_believed_as_far_as_its_planes_fit(void **state)
{
	struct zcf_format format;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, 640, 480, 0), 0);
	format.fourcc = ZCF_FOURCC('N', 'V', '2', '1');
	REQUIRE_EQUAL(zcf_format_check(&format, format.size_bytes), 0);
	REQUIRE_EQUAL(zcf_format_check(&format, format.size_bytes - 1), -EINVAL);
}

static void a_pool_refuses_what_cannot_be(void **state)
{
	struct zcf_format format, broken;
	struct zcf_pool *pool = NULL;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_GREY, 64, 64, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 0, &pool), -EINVAL);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 1, &pool), -EINVAL);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, ZCF_MAX_BUFFERS + 1, &pool), -EINVAL);
	REQUIRE_EQUAL(zcf_pool_create("flux", &format, 3, &pool), -ENOTSUP);
	REQUIRE(strstr(zcf_error_detail(), "flux") != NULL);
	broken = format;
	broken.planes[0].size_bytes *= 2;
	REQUIRE_EQUAL(zcf_pool_create(NULL, &broken, 3, &pool), -EINVAL);
	memset(&broken, 0, sizeof(broken));
	REQUIRE_EQUAL(zcf_pool_create(NULL, &broken, 3, &pool), -EINVAL);
	REQUIRE(pool == NULL);
	zcf_pool_destroy(NULL);
}

static void a_pool_larger_than_the_machine_is_refused_before_any_of_it_is_taken(void **state)
{
	static const uint64_t sizes_bytes[] = {UINT64_C(1) << 50, UINT64_C(1) << 62, UINT64_MAX - 100, UINT64_MAX};
	struct zcf_pool *pool = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes_bytes) / sizeof(sizes_bytes[0]); i++) {
		struct zcf_format format = {.fourcc = ZCF_FOURCC_DATA,
					    .plane_count = 1,
					    .planes = {{.size_bytes = sizes_bytes[i]}},
					    .size_bytes = sizes_bytes[i]};

		REQUIRE_EQUAL(zcf_pool_create(NULL, &format, ZCF_MAX_BUFFERS, &pool), -ENOMEM);
	}
	REQUIRE(pool == NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nv12_is_a_y_plane_and_a_half_high_uv_plane_behind_it),
		TEST(rows_are_aligned_to_what_was_asked_for_and_to_a_cache_line_by_default),
		TEST(the_largest_picture_can_be_laid_out),
		TEST(sizes_that_cannot_be_are_refused_and_nothing_is_written),
		TEST(data_is_one_plane_of_one_byte_to_one_gibibyte),
		TEST(a_geometry_from_elsewhere_is_refused_if_a_plane_leaves_its_buffer),
		TEST(a_geometry_from_elsewhere_is_refused_if_its_numbers_do_not_agree),
		TEST(a_geometry_from_elsewhere_is_refused_if_it_claims_more_bytes_than_its_buffer_has),
		TEST(a_fourcc_that_this_version_does_not_know_is_believed_as_far_as_its_planes_fit),
		TEST(a_pool_refuses_what_cannot_be),
		TEST(a_pool_larger_than_the_machine_is_refused_before_any_of_it_is_taken),
	};

	return TEST_RUN(tests);
}
