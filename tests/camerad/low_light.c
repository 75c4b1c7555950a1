/* SPDX-License-Identifier: Apache-2.0 */
/* Brightness is measured, and dark pictures are lifted. */
#include "camerad/low_light.h"
#include "camerad/brightness.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THRESHOLD 60.0f

static struct nv12_image make_image(uint32_t width, uint32_t height)
{
	struct nv12_image image = {.width_pixels = width, .height_pixels = height, .stride_y_bytes = (int)width + 32};

	/* Beyond the rows it is bright, which must not count. */
	image.y = malloc((size_t)image.stride_y_bytes * height);
	REQUIRE(image.y != NULL);
	memset(image.y, 255, (size_t)image.stride_y_bytes * height);
	return image;
}

static void fill(const struct nv12_image *image, uint8_t luma)
{
	for (uint32_t y = 0; y < image->height_pixels; y++)
		memset(image->y + (size_t)y * (size_t)image->stride_y_bytes, luma, image->width_pixels);
}

static void brightness_is_the_mean_of_the_picture(void **state)
{
	static const uint32_t sizes[][2] = {{2, 2}, {62, 10}, {64, 64}, {640, 480}, {130, 6}, {1920, 1080}};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct nv12_image image = make_image(sizes[i][0], sizes[i][1]);

		for (int luma = 0; luma <= 255; luma += 51) {
			fill(&image, (uint8_t)luma);
			REQUIRE(brightness_measure(&image) == (float)luma);
		}
		free(image.y);
	}
}

static void brightness_of_halves_is_their_mean(void **state)
{
	struct nv12_image image = make_image(640, 480);

	(void)state;
	fill(&image, 40);
	for (uint32_t y = 0; y < 480; y++)
		memset(image.y + (size_t)y * (size_t)image.stride_y_bytes, 120, 320);
	REQUIRE(fabsf(brightness_measure(&image) - 80) < 0.01f);
	fill(&image, 40);
	for (uint32_t y = 0; y < 240; y++)
		memset(image.y + (size_t)y * (size_t)image.stride_y_bytes, 120, 640);
	REQUIRE(fabsf(brightness_measure(&image) - 80) < 0.01f);
	free(image.y);
}

static void a_bright_picture_is_left_alone(void **state)
{
	struct nv12_image image = make_image(64, 64);
	struct low_light low_light;

	(void)state;
	low_light_init(&low_light);
	fill(&image, 61);
	REQUIRE(!low_light_correct(&low_light, &image, 61, THRESHOLD));
	REQUIRE_EQUAL(image.y[0], 61);
	free(image.y);
}

static void a_dark_picture_is_lifted_towards_the_threshold(void **state)
{
	struct nv12_image image = make_image(64, 64);
	struct low_light low_light;

	(void)state;
	low_light_init(&low_light);
	fill(&image, 30);
	REQUIRE(low_light_correct(&low_light, &image, 30, THRESHOLD));
	REQUIRE(abs(image.y[0] - 60) <= 1);
	REQUIRE_EQUAL(image.y[64], 255); /* The padding is not the picture's. */
	free(image.y);
}

static void the_order_of_lumas_and_both_ends_are_kept(void **state)
{
	struct nv12_image image = make_image(256, 2);
	struct low_light low_light;

	(void)state;
	for (float brightness = 0; brightness < THRESHOLD; brightness += 7) {
		low_light_init(&low_light);
		for (int i = 0; i < 256; i++)
			image.y[i] = (uint8_t)i;
		REQUIRE(low_light_correct(&low_light, &image, brightness, THRESHOLD));
		REQUIRE_EQUAL(image.y[0], 0);
		REQUIRE_EQUAL(image.y[255], 255);
		for (int i = 1; i < 256; i++)
			REQUIRE(image.y[i] >= image.y[i - 1] && image.y[i] >= i);
	}
	free(image.y);
}

static void the_correction_fades_in_without_a_jump(void **state)
{
	struct nv12_image image = make_image(64, 2);
	struct low_light low_light;

	(void)state;
	low_light_init(&low_light);
	fill(&image, 100);
	REQUIRE(low_light_correct(&low_light, &image, THRESHOLD - 0.4f, THRESHOLD));
	REQUIRE(abs(image.y[0] - 100) <= 1);
	free(image.y);
}

static void one_dark_frame_does_not_make_the_picture_pump(void **state)
{
	struct nv12_image image = make_image(64, 2);
	struct low_light low_light;

	(void)state;
	low_light_init(&low_light);
	for (int i = 0; i < 10; i++)
		REQUIRE(!low_light_correct(&low_light, &image, 120, THRESHOLD));
	REQUIRE(!low_light_correct(&low_light, &image, 5, THRESHOLD));
	/* But staying dark does. */
	for (int i = 0; i < 20; i++)
		low_light_correct(&low_light, &image, 5, THRESHOLD);
	REQUIRE(low_light_correct(&low_light, &image, 5, THRESHOLD));
	free(image.y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(brightness_is_the_mean_of_the_picture),
		TEST(brightness_of_halves_is_their_mean),
		TEST(a_bright_picture_is_left_alone),
		TEST(a_dark_picture_is_lifted_towards_the_threshold),
		TEST(the_order_of_lumas_and_both_ends_are_kept),
		TEST(the_correction_fades_in_without_a_jump),
		TEST(one_dark_frame_does_not_make_the_picture_pump),
	};

	return TEST_RUN(tests);
}
