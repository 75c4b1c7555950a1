/* SPDX-License-Identifier: Apache-2.0 */
/* The scaling stage: right pixels, from every layout, into every size, and not a byte beyond the image. */
#include "camerad/scaler.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define GUARD_BYTES 256
#define GUARD_VALUE 0xa7

static const struct crop whole = {0, 0, 0, 0};

/* An image between guards, with rows farther apart than they are wide. */
struct target {
	struct nv12_image image;
	uint8_t *memory;
	size_t size;
};

static void target_make(struct target *target, uint32_t width, uint32_t height)
{
	int stride = (int)((width + 63) & ~63u) + 64;
	size_t luma = (size_t)stride * height, chroma = luma / 2;

	target->size = GUARD_BYTES + luma + GUARD_BYTES + chroma + GUARD_BYTES;
	target->memory = malloc(target->size);
	REQUIRE(target->memory != NULL);
	memset(target->memory, GUARD_VALUE, target->size);
	target->image = (struct nv12_image){
		.width_pixels = width,
		.height_pixels = height,
		.y = target->memory + GUARD_BYTES,
		.uv = target->memory + GUARD_BYTES + luma + GUARD_BYTES,
		.stride_y_bytes = stride,
		.stride_uv_bytes = stride,
	};
}

static void require_guards(const struct target *target)
{
	const struct nv12_image *image = &target->image;

	for (const uint8_t *byte = target->memory; byte < target->memory + target->size; byte++) {
		bool in_y = byte >= image->y &&
			    byte < image->y + (size_t)image->stride_y_bytes * image->height_pixels &&
			    (size_t)(byte - image->y) % (size_t)image->stride_y_bytes < image->width_pixels;
		bool in_uv = byte >= image->uv &&
			     byte < image->uv + (size_t)image->stride_uv_bytes * image->height_pixels / 2 &&
			     (size_t)(byte - image->uv) % (size_t)image->stride_uv_bytes < image->width_pixels;

		if (!in_y && !in_uv)
			REQUIRE_EQUAL(*byte, GUARD_VALUE);
	}
}

static void target_free(struct target *target)
{
	require_guards(target);
	free(target->memory);
}

/* Luma and chroma of a test picture at a place, in pixels of the picture. */
typedef uint8_t (*painter)(uint32_t x, uint32_t y, int plane);

struct source_picture {
	struct picture picture;
	uint8_t *memory;
};

static uint32_t chroma_size(uint32_t size, uint32_t shift)
{
	return (size + (1u << shift) - 1) >> shift;
}

static void picture_make(struct source_picture *source, enum picture_layout layout, uint32_t shift_x, uint32_t shift_y,
			 uint32_t width, uint32_t height, painter paint)
{
	uint32_t chroma_width = chroma_size(width, shift_x), chroma_height = chroma_size(height, shift_y);
	int stride = (int)width + 13, chroma_stride = (int)chroma_width * 2 + 7;
	size_t luma = (size_t)stride * height, chroma = (size_t)chroma_stride * chroma_height;
	uint8_t *planes[3];

	source->memory = malloc(luma + 2 * chroma);
	REQUIRE(source->memory != NULL);
	planes[0] = source->memory;
	planes[1] = planes[0] + luma;
	planes[2] = planes[1] + chroma;
	source->picture = (struct picture){.layout = layout,
					   .width_pixels = width,
					   .height_pixels = height,
					   .chroma_shift_x = shift_x,
					   .chroma_shift_y = shift_y,
					   .planes = {planes[0], planes[1], planes[2]},
					   .strides_bytes = {stride, chroma_stride, chroma_stride}};
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			planes[0][(size_t)y * (size_t)stride + x] = paint(x, y, 0);
	for (uint32_t y = 0; y < chroma_height; y++) {
		for (uint32_t x = 0; x < chroma_width; x++) {
			uint8_t u = paint(x << shift_x, y << shift_y, 1), v = paint(x << shift_x, y << shift_y, 2);
			size_t row = (size_t)y * (size_t)chroma_stride;

			if (layout == PICTURE_NV12) {
				planes[1][row + 2 * x] = u;
				planes[1][row + 2 * x + 1] = v;
			} else if (layout == PICTURE_PLANAR) {
				planes[1][row + x] = u;
				planes[2][row + x] = v;
			}
		}
	}
}

static void scale(const struct source_picture *source, const struct crop *crop, struct target *target)
{
	struct scaler *scaler;

	REQUIRE_EQUAL(scaler_create(target->image.width_pixels, target->image.height_pixels, &scaler), 0);
	scaler_run(scaler, &source->picture, crop, &target->image);
	scaler_destroy(scaler);
}

static uint8_t luma_at(const struct target *target, uint32_t x, uint32_t y)
{
	return target->image.y[(size_t)y * (size_t)target->image.stride_y_bytes + x];
}

/* Chroma sample that belongs to a pixel; plane 1 is U, 2 is V. */
static uint8_t chroma_at(const struct target *target, uint32_t x, uint32_t y, int plane)
{
	return target->image
		.uv[(size_t)(y / 2) * (size_t)target->image.stride_uv_bytes + (x & ~1u) + (uint32_t)plane - 1];
}

static uint8_t paint_solid(uint32_t x, uint32_t y, int plane)
{
	static const uint8_t values[] = {81, 90, 240};

	(void)x;
	(void)y;
	return values[plane];
}

static uint8_t paint_distinct(uint32_t x, uint32_t y, int plane)
{
	return (uint8_t)(x * 7 + y * 13 + (uint32_t)plane * 31);
}

/* Linear, so that every good filter gives the same. */
static uint8_t paint_ramp(uint32_t x, uint32_t y, int plane)
{
	return (uint8_t)(plane == 0 ? 20 + x / 8 + y / 8 : plane == 1 ? 40 + x / 4 : 60 + y / 4);
}

static const struct {
	enum picture_layout layout;
	uint32_t shift_x, shift_y;
} layouts[] = {
	{PICTURE_NV12, 1, 1},   {PICTURE_PLANAR, 1, 1}, {PICTURE_PLANAR, 1, 0}, {PICTURE_PLANAR, 0, 0},
	{PICTURE_PLANAR, 2, 2}, {PICTURE_PLANAR, 0, 1}, {PICTURE_GREY, 0, 0},
};
#define LAYOUT_COUNT (sizeof(layouts) / sizeof(layouts[0]))

static void a_solid_colour_stays_what_it_is_in_every_layout_and_size(void **state)
{
	static const uint32_t sizes[][2] = {{2, 2},     {640, 480}, {640, 360},   {64, 480}, {1280, 96},
					    {320, 240}, {642, 482}, {1920, 1080}, {16, 2},   {2, 64}};
	static const uint32_t from[][2] = {{640, 480}, {641, 479}, {3, 5}, {1, 1}, {1920, 1080}};

	(void)state;
	for (size_t l = 0; l < LAYOUT_COUNT; l++) {
		for (size_t f = 0; f < sizeof(from) / sizeof(from[0]); f++) {
			struct source_picture source;

			picture_make(&source, layouts[l].layout, layouts[l].shift_x, layouts[l].shift_y, from[f][0],
				     from[f][1], paint_solid);
			for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
				struct target target;
				bool grey = layouts[l].layout == PICTURE_GREY;

				target_make(&target, sizes[s][0], sizes[s][1]);
				scale(&source, &whole, &target);
				for (uint32_t y = 0; y < sizes[s][1]; y++) {
					for (uint32_t x = 0; x < sizes[s][0]; x++) {
						REQUIRE(abs(luma_at(&target, x, y) - 81) <= 1);
						REQUIRE(abs(chroma_at(&target, x, y, 1) - (grey ? 128 : 90)) <= 2);
						REQUIRE(abs(chroma_at(&target, x, y, 2) - (grey ? 128 : 240)) <= 2);
					}
				}
				target_free(&target);
			}
			free(source.memory);
		}
	}
}

static void the_same_size_is_a_copy(void **state)
{
	(void)state;
	for (int planar = 0; planar < 2; planar++) {
		struct source_picture source;
		struct target target;

		picture_make(&source, planar ? PICTURE_PLANAR : PICTURE_NV12, 1, 1, 70, 38, paint_distinct);
		target_make(&target, 70, 38);
		scale(&source, &whole, &target);
		for (uint32_t y = 0; y < 38; y++) {
			for (uint32_t x = 0; x < 70; x++) {
				REQUIRE_EQUAL(luma_at(&target, x, y), paint_distinct(x, y, 0));
				REQUIRE_EQUAL(chroma_at(&target, x, y, 1), paint_distinct(x & ~1u, y & ~1u, 1));
				REQUIRE_EQUAL(chroma_at(&target, x, y, 2), paint_distinct(x & ~1u, y & ~1u, 2));
			}
		}
		target_free(&target);
		free(source.memory);
	}
}

/* With odd edges the chroma of a crop has one sample more than the image; then it is scaled, by a hair. */
static void a_crop_without_scaling_shows_exactly_its_pixels(void **state)
{
	static const struct crop crops[] = {{32, 24, 0, 0}, {32, 24, 20, 10}, {32, 24, 21, 11}, {32, 24, 68, 36}};

	(void)state;
	for (size_t i = 0; i < sizeof(crops) / sizeof(crops[0]); i++) {
		struct source_picture source;
		struct target target;

		picture_make(&source, i % 2 ? PICTURE_PLANAR : PICTURE_NV12, 1, 1, 100, 60, paint_distinct);
		target_make(&target, 32, 24);
		scale(&source, &crops[i], &target);
		for (uint32_t y = 0; y < 24; y++)
			for (uint32_t x = 0; x < 32; x++)
				REQUIRE_EQUAL(luma_at(&target, x, y),
					      paint_distinct(x + crops[i].x, y + crops[i].y, 0));
		if (crops[i].x % 2 == 0) {
			REQUIRE_EQUAL(chroma_at(&target, 0, 0, 1), paint_distinct(crops[i].x, crops[i].y, 1));
			REQUIRE_EQUAL(chroma_at(&target, 31, 23, 2),
				      paint_distinct(crops[i].x + 30, crops[i].y + 22, 2));
		}
		target_free(&target);
		free(source.memory);
	}
}

/* libyuv samples chroma up to half a sample beside the middle, and rounds it down by up to two. */
static void require_ramp(const struct target *target, uint32_t x, uint32_t y, uint32_t from_x, uint32_t from_y,
			 bool grey)
{
	REQUIRE(abs(luma_at(target, x, y) - paint_ramp(from_x, from_y, 0)) <= 2);
	if (grey)
		return;
	REQUIRE(abs(chroma_at(target, x, y, 1) - paint_ramp(from_x, from_y, 1)) <= 5);
	REQUIRE(abs(chroma_at(target, x, y, 2) - paint_ramp(from_x, from_y, 2)) <= 5);
}

/* Crops of odd places and sizes, scaled up and down: what comes out is the ramp at the same place. */
static void a_scaled_crop_of_a_ramp_is_the_ramp_of_the_crop(void **state)
{
	static const struct crop crops[] = {{0, 0, 0, 0}, {321, 201, 33, 17}, {320, 240, 320, 240}, {101, 77, 7, 5}};
	static const uint32_t sizes[][2] = {{640, 360}, {320, 180}, {100, 100}, {1280, 720}};

	(void)state;
	for (size_t l = 0; l < LAYOUT_COUNT; l++) {
		struct source_picture source;

		picture_make(&source, layouts[l].layout, layouts[l].shift_x, layouts[l].shift_y, 640, 480, paint_ramp);
		for (size_t c = 0; c < sizeof(crops) / sizeof(crops[0]); c++) {
			struct crop crop = crops[c].width_pixels ? crops[c] : (struct crop){640, 480, 0, 0};

			for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
				struct target target;

				target_make(&target, sizes[s][0], sizes[s][1]);
				scale(&source, &crops[c], &target);
				for (uint32_t y = 0; y < sizes[s][1]; y += 3) {
					for (uint32_t x = 0; x < sizes[s][0]; x += 3) {
						uint32_t from_x = crop.x + x * crop.width_pixels / sizes[s][0];
						uint32_t from_y = crop.y + y * crop.height_pixels / sizes[s][1];

						require_ramp(&target, x, y, from_x, from_y,
							     layouts[l].layout == PICTURE_GREY);
					}
				}
				target_free(&target);
			}
		}
		free(source.memory);
	}
}

/* A file may get smaller than the crop that it was opened with. */
static void a_crop_that_does_not_fit_shows_the_whole_picture(void **state)
{
	struct crop crop = {640, 480, 1, 0};
	struct source_picture source;
	struct target target;

	(void)state;
	picture_make(&source, PICTURE_PLANAR, 1, 1, 640, 480, paint_ramp);
	target_make(&target, 640, 480);
	scale(&source, &crop, &target);
	REQUIRE_EQUAL(luma_at(&target, 0, 0), paint_ramp(0, 0, 0));
	REQUIRE_EQUAL(luma_at(&target, 639, 479), paint_ramp(639, 479, 0));
	target_free(&target);
	free(source.memory);
}

/* A decoder may have written the luma into the image already; only the chroma is missing then. */
static void a_plane_that_lies_in_the_image_already_is_left_alone(void **state)
{
	struct source_picture source;
	struct target target;

	(void)state;
	picture_make(&source, PICTURE_PLANAR, 1, 1, 64, 64, paint_distinct);
	target_make(&target, 64, 64);
	source.picture.planes[0] = target.image.y;
	source.picture.strides_bytes[0] = target.image.stride_y_bytes;
	memset(target.image.y, 99, 64);
	scale(&source, &whole, &target);
	REQUIRE_EQUAL(luma_at(&target, 63, 0), 99);
	REQUIRE_EQUAL(luma_at(&target, 0, 1), GUARD_VALUE);
	REQUIRE_EQUAL(chroma_at(&target, 10, 10, 1), paint_distinct(10, 10, 1));
	target_free(&target);
	free(source.memory);
}

static void crops_know_whether_they_fit(void **state)
{
	struct crop crop = {100, 50, 10, 20};

	(void)state;
	REQUIRE(crop_fits(&crop, 110, 70));
	REQUIRE(!crop_fits(&crop, 109, 70));
	REQUIRE(!crop_fits(&crop, 110, 69));
	REQUIRE(!crop_fits(&crop, 20, 20));
	REQUIRE(!crop_is_whole(&crop, 100, 50));
	REQUIRE(crop_fits(&whole, 1, 1));
	REQUIRE(crop_is_whole(&whole, 1, 1));
	crop = (struct crop){100, 50, UINT32_MAX - 10, 0};
	REQUIRE(!crop_fits(&crop, 640, 480));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_solid_colour_stays_what_it_is_in_every_layout_and_size),
		TEST(the_same_size_is_a_copy),
		TEST(a_crop_without_scaling_shows_exactly_its_pixels),
		TEST(a_scaled_crop_of_a_ramp_is_the_ramp_of_the_crop),
		TEST(a_crop_that_does_not_fit_shows_the_whole_picture),
		TEST(a_plane_that_lies_in_the_image_already_is_left_alone),
		TEST(crops_know_whether_they_fit),
	};

	return TEST_RUN(tests);
}
