/* SPDX-License-Identifier: Apache-2.0 */
/* The synthetic source: the same frame is the same picture, and what is in it can be found. */
#include "camerad/sources/scene.h"
#include "camerad/source.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

struct canvas {
	struct nv12_image image;
	size_t size;
};

static void canvas_make(struct canvas *canvas, uint32_t width, uint32_t height)
{
	size_t pixels = (size_t)width * height;

	canvas->size = pixels + pixels / 2;
	canvas->image = (struct nv12_image){
		.width_pixels = width,
		.height_pixels = height,
		.y = calloc(1, canvas->size),
		.stride_y_bytes = (int)width,
		.stride_uv_bytes = (int)width,
	};
	REQUIRE(canvas->image.y != NULL);
	canvas->image.uv = canvas->image.y + pixels;
}

static void draw(const struct source_frame *frame, struct canvas *canvas)
{
	struct scene *scene;

	REQUIRE_EQUAL(scene_create(canvas->image.width_pixels, canvas->image.height_pixels, &scene), 0);
	scene_draw(scene, frame, &canvas->image);
	scene_destroy(scene);
}

static void the_same_frame_is_drawn_the_same_by_two_cameras(void **state)
{
	struct source_frame frame = {.number = 4711, .time_ns = 157033333333, .capture_wall_ns = 1790000000123456789};
	struct canvas a, b;

	(void)state;
	canvas_make(&a, 640, 480);
	canvas_make(&b, 640, 480);
	memset(b.image.y, 0xff, b.size); /* Nothing of what was there before may show. */
	draw(&frame, &a);
	draw(&frame, &b);
	REQUIRE(memcmp(a.image.y, b.image.y, a.size) == 0);
	frame.number++;
	frame.time_ns += 33333333;
	draw(&frame, &b);
	REQUIRE(memcmp(a.image.y, b.image.y, a.size) != 0);
	free(a.image.y);
	free(b.image.y);
}

/* Reads the strip as another program would: at the middle of each cell. */
static uint32_t read_number(const struct nv12_image *image)
{
	uint32_t row = scene_strip_height(image->width_pixels, image->height_pixels) / 2, number = 0;

	for (uint32_t cell = 0; cell < 32; cell++) {
		uint32_t x = image->width_pixels * (2 * cell + 1) / 64;

		number = number << 1 | (image->y[(size_t)row * (size_t)image->stride_y_bytes + x] > 128);
	}
	return number;
}

static void the_strip_holds_the_frame_number(void **state)
{
	static const uint64_t numbers[] = {0, 1, 2, 123456789, 0xffffffff, 0x1fffffffe};
	static const uint32_t sizes[][2] = {{640, 480}, {64, 2}, {66, 48}, {1920, 1080}, {3840, 2160}};

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct canvas canvas;

		canvas_make(&canvas, sizes[s][0], sizes[s][1]);
		for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
			struct source_frame frame = {.number = numbers[n], .time_ns = 12345678};

			draw(&frame, &canvas);
			REQUIRE_EQUAL(read_number(&canvas.image), numbers[n] & 0xffffffff);
		}
		free(canvas.image.y);
	}
}

static void the_ball_is_bright_orange_where_the_scene_says(void **state)
{
	struct canvas canvas;
	struct scene *scene;

	(void)state;
	canvas_make(&canvas, 640, 480);
	REQUIRE_EQUAL(scene_create(640, 480, &scene), 0);
	for (uint64_t time_ns = 0; time_ns < UINT64_C(20000000000); time_ns += UINT64_C(370000000)) {
		struct source_frame frame = {.number = 1, .time_ns = time_ns};
		struct scene_ball ball;
		uint32_t left, top, right, bottom, orange = 0, total = 0;

		scene_draw(scene, &frame, &canvas.image);
		scene_locate_ball(scene, time_ns, &ball);
		left = (uint32_t)(ball.center_x - ball.radius / 2);
		right = (uint32_t)(ball.center_x + ball.radius / 2);
		top = (uint32_t)(ball.center_y - ball.radius / 2);
		bottom = (uint32_t)(ball.center_y + ball.radius / 2);
		REQUIRE(ball.center_x - ball.radius >= -1 && ball.center_x + ball.radius <= 641);
		REQUIRE(ball.center_y - ball.radius >= 0 && ball.center_y + ball.radius <= 480);
		for (uint32_t y = top; y < bottom; y++) {
			for (uint32_t x = left; x < right; x++, total++) {
				const uint8_t *uv = canvas.image.uv + (size_t)(y / 2) * 640 + (x & ~1u);

				orange += uv[0] < 110 && uv[1] > 150;
			}
		}
		/* The rest are the seams. */
		REQUIRE(orange > total * 6 / 10);
	}
	scene_destroy(scene);
	free(canvas.image.y);
}

static void every_even_size_can_be_drawn(void **state)
{
	static const uint32_t sizes[] = {2, 4, 6, 10, 30, 62, 64, 66, 98, 322};

	(void)state;
	for (size_t w = 0; w < sizeof(sizes) / sizeof(sizes[0]); w++) {
		for (size_t h = 0; h < sizeof(sizes) / sizeof(sizes[0]); h++) {
			struct source_frame frame = {.number = 1, .time_ns = 5600000000};
			struct canvas canvas;

			canvas_make(&canvas, sizes[w], sizes[h]);
			draw(&frame, &canvas);
			/* Luma keeps to the range of video, so nothing was left undrawn. */
			for (size_t i = 0; i < (size_t)sizes[w] * sizes[h]; i++)
				REQUIRE(canvas.image.y[i] > 0);
			free(canvas.image.y);
		}
	}
}

static void open_synthetic(uint32_t width, uint32_t height, struct source **ret_source)
{
	struct source_settings settings = {.width_pixels = width, .height_pixels = height, .rate_millihertz = 15000};
	char why[256];

	REQUIRE_EQUAL(source_synthetic.open(&settings, ret_source, why, sizeof(why)), 0);
}

static void a_channel_of_the_cameras_size_is_drawn_in_place(void **state)
{
	struct source_frame frame = {.number = 9, .time_ns = 1000000};
	struct source_target targets[3];
	struct canvas other, first, second;
	struct picture picture;
	struct source *source;

	(void)state;
	open_synthetic(64, 48, &source);
	REQUIRE_EQUAL(source->info.rate_millihertz, 15000);
	canvas_make(&other, 32, 24);
	canvas_make(&first, 64, 48);
	canvas_make(&second, 64, 48);
	targets[0] = (struct source_target){.image = other.image};
	targets[1] = (struct source_target){.image = first.image};
	targets[2] = (struct source_target){.image = second.image};
	REQUIRE_EQUAL(source->ops->take(source, &frame, targets, 3, &picture), 0);
	REQUIRE(!targets[0].filled && targets[1].filled && !targets[2].filled);
	REQUIRE(picture.planes[0] == first.image.y && picture.planes[1] == first.image.uv);
	REQUIRE_EQUAL(read_number(&first.image), 9);
	source_close(source);
	free(other.image.y);
	free(first.image.y);
	free(second.image.y);
}

static void a_cropped_channel_is_left_to_the_scaling_stage(void **state)
{
	struct source_frame frame = {.number = 9};
	struct source_target target;
	struct canvas canvas;
	struct picture picture;
	struct source *source;

	(void)state;
	open_synthetic(64, 48, &source);
	canvas_make(&canvas, 64, 48);
	target = (struct source_target){.image = canvas.image, .crop = {32, 24, 0, 0}};
	REQUIRE_EQUAL(source->ops->take(source, &frame, &target, 1, &picture), 0);
	REQUIRE(!target.filled);
	REQUIRE(picture.planes[0] != canvas.image.y);
	REQUIRE_EQUAL(picture.width_pixels, 64);
	REQUIRE_EQUAL(source->ops->take(source, &frame, NULL, 0, &picture), 0);
	source_close(source);
	free(canvas.image.y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_frame_is_drawn_the_same_by_two_cameras),
		TEST(the_strip_holds_the_frame_number),
		TEST(the_ball_is_bright_orange_where_the_scene_says),
		TEST(every_even_size_can_be_drawn),
		TEST(a_channel_of_the_cameras_size_is_drawn_in_place),
		TEST(a_cropped_channel_is_left_to_the_scaling_stage),
	};

	return TEST_RUN(tests);
}
