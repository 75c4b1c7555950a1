/* SPDX-License-Identifier: Apache-2.0 */
/* The file source: which picture is shown when, and where it is decoded to. */
#include "file_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH  64
#define HEIGHT 64

static void a_file_plays_at_its_own_rate_in_an_endless_loop_without_a_gap(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 10, 5};
	struct source *source;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(0, SOURCE_PLAYBACK_NATURAL, true);
	REQUIRE_EQUAL(source->info.rate_millihertz, 10000);
	REQUIRE_EQUAL(source->info.width_pixels, WIDTH);
	for (uint64_t i = 0; i < 23; i++)
		REQUIRE_EQUAL(take(source, i, i * 100000000), i % 5);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void a_faster_camera_repeats_pictures_so_that_time_runs_as_in_the_file(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 10, 5};
	struct source *source;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(30000, SOURCE_PLAYBACK_NATURAL, true);
	REQUIRE_EQUAL(source->info.rate_millihertz, 30000);
	for (uint64_t i = 0; i < 45; i++)
		REQUIRE_EQUAL(take(source, i, i * 1000000000 / 30 + 1), i / 3 % 5);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void a_slower_camera_leaves_pictures_out(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 30, 10};
	struct source *source;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(10000, SOURCE_PLAYBACK_NATURAL, true);
	for (uint64_t i = 0; i < 20; i++)
		REQUIRE_EQUAL(take(source, i, i * 100000000 + 1), i * 3 % 10);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void every_frame_shows_the_next_picture_whatever_the_rate(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 10, 7};
	struct source *source;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(50000, SOURCE_PLAYBACK_EVERY_FRAME, true);
	for (uint64_t i = 0; i < 20; i++)
		REQUIRE_EQUAL(take(source, i, i * 20000000), i % 7);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void without_a_loop_the_file_ends(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 10, 3};
	struct source *source;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(0, SOURCE_PLAYBACK_EVERY_FRAME, false);
	for (int i = 0; i < 3; i++)
		REQUIRE_EQUAL(take(source, (uint64_t)i, 0), i);
	REQUIRE_EQUAL(take(source, 3, 0), -ENODATA);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void a_single_picture_is_shown_for_ever(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 25, 1};
	struct source *source;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	for (int loop = 0; loop < 2; loop++) {
		source = open_file(25000, loop ? SOURCE_PLAYBACK_NATURAL : SOURCE_PLAYBACK_EVERY_FRAME, loop);
		for (uint64_t i = 0; i < 10; i++)
			REQUIRE_EQUAL(take(source, i, i * 1000000000), 0);
		source_close(source);
	}
	zcf_pool_destroy(pool);
}

static void time_goes_on_while_no_channel_has_a_buffer(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 10, 9};
	struct source_frame frame = {.number = 1};
	struct picture picture;
	struct source *source;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(0, SOURCE_PLAYBACK_EVERY_FRAME, true);
	REQUIRE_EQUAL(take(source, 0, 0), 0);
	REQUIRE_EQUAL(source->ops->take(source, &frame, NULL, 0, &picture), 0);
	REQUIRE_EQUAL(source->ops->take(source, &frame, NULL, 0, &picture), 0);
	REQUIRE_EQUAL(take(source, 3, 0), 3);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void after_a_long_pause_the_file_goes_on_instead_of_racing(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 10, 9};
	struct source *source;
	int shown, next;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(30000, SOURCE_PLAYBACK_NATURAL, true);
	REQUIRE_EQUAL(take(source, 0, 0), 0);
	shown = take(source, 1, UINT64_C(3600000000000));
	REQUIRE(shown >= 0);
	next = take(source, 2, UINT64_C(3600000000000) + 100000001);
	REQUIRE_EQUAL(next, (shown + 1) % 9);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void predicted_pictures_survive_the_loop(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 10, 6};
	struct source *source;

	(void)state;
	test_video_write_mpeg4(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(0, SOURCE_PLAYBACK_NATURAL, true);
	for (uint64_t i = 0; i < 25; i++)
		REQUIRE_EQUAL(take(source, i, 0), i % 6);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void a_file_that_cannot_be_sought_is_played_from_its_beginning_again(void **state)
{
	struct test_video video = {WIDTH, HEIGHT, 25, 12};
	struct source *source;

	(void)state;
	test_video_write_mpegts(path, &video);
	make_pool(WIDTH, HEIGHT);
	source = open_file(0, SOURCE_PLAYBACK_NATURAL, true);
	for (uint64_t i = 0; i < 40; i++)
		REQUIRE_EQUAL(take(source, i, 0), i % 12);
	source_close(source);
	zcf_pool_destroy(pool);
}

/* @return Whether the picture's luma already lay in the pool buffer when the source was done. */
static bool decodes_in_place(struct source *source, uint64_t number)
{
	struct source_frame frame = {.number = number};
	struct source_target target = make_target((uint32_t)number % 3);
	struct picture picture;

	REQUIRE_EQUAL(source->ops->take(source, &frame, &target, 1, &picture), 0);
	return picture.planes[0] == target.image.y;
}

static void a_decoder_that_forgets_its_pictures_decodes_into_the_pool_buffer(void **state)
{
	static const uint32_t sizes[][2] = {{640, 480}, {640, 360}, {64, 64}};

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct test_video video = {sizes[s][0], sizes[s][1], 30, 4};
		struct source *source;

		test_video_write_mjpeg(path, &video);
		make_pool(sizes[s][0], sizes[s][1]);
		source = open_file(30000, SOURCE_PLAYBACK_NATURAL, true);
		/* The first picture was decoded to find out whether the file is good. */
		REQUIRE(!decodes_in_place(source, 0));
		for (uint64_t i = 1; i < 10; i++)
			REQUIRE(decodes_in_place(source, i));
		for (uint64_t i = 10; i < 21; i++)
			REQUIRE_EQUAL(take(source, i, 0), i % 4);
		source_close(source);
		zcf_pool_destroy(pool);
	}
}

static void nothing_beyond_the_pool_buffer_is_written_by_a_decoder_in_place(void **state)
{
	struct test_video video = {640, 360, 30, 4};
	struct source_frame frame = {.number = 1};
	struct source_target target;
	struct picture picture;
	struct source *source;
	const struct zcf_format *format;
	uint8_t *memory;

	(void)state;
	test_video_write_mjpeg(path, &video);
	make_pool(640, 360);
	target = make_target(0);
	format = zcf_buffer_get_format(target.buffer);
	memory = aligned_alloc(4096, (format->size_bytes + 8191) / 4096 * 4096);
	REQUIRE(memory != NULL);
	memset(memory, 0xa7, format->size_bytes + 4096);
	target.image.y = memory;
	target.image.uv = memory + format->planes[1].offset_bytes;
	source = open_file(30000, SOURCE_PLAYBACK_NATURAL, true);
	REQUIRE_EQUAL(source->ops->take(source, &frame, NULL, 0, &picture), 0);
	REQUIRE_EQUAL(source->ops->take(source, &frame, &target, 1, &picture), 0);
	REQUIRE(picture.planes[0] == memory);
	for (size_t i = 0; i < 4096; i++)
		REQUIRE_EQUAL(memory[format->size_bytes + i], 0xa7);
	source_close(source);
	free(memory);
	zcf_pool_destroy(pool);
}

static void a_decoder_that_predicts_never_decodes_into_the_pool_buffer(void **state)
{
	struct test_video video = {640, 480, 30, 4};
	struct source *source;

	(void)state;
	test_video_write_mpeg4(path, &video);
	make_pool(640, 480);
	source = open_file(30000, SOURCE_PLAYBACK_NATURAL, true);
	for (uint64_t i = 0; i < 6; i++)
		REQUIRE(!decodes_in_place(source, i));
	source_close(source);
	zcf_pool_destroy(pool);
}

/* Odd and tiny pictures, and formats that need converting. */
static void odd_sizes_are_shown_as_well(void **state)
{
	static const uint32_t sizes[][2] = {{1, 1}, {3, 5}, {641, 479}, {17, 2}};

	(void)state;
	make_pool(320, 240);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct test_video video = {sizes[s][0], sizes[s][1], 10, 3};
		struct source *source;

		test_video_write_y4m(path, &video);
		source = open_file(0, SOURCE_PLAYBACK_NATURAL, true);
		REQUIRE_EQUAL(source->info.width_pixels, sizes[s][0]);
		for (uint64_t i = 0; i < 7; i++)
			REQUIRE_EQUAL(take(source, i, 0), i % 3);
		source_close(source);
	}
	zcf_pool_destroy(pool);
}

/* A Portable Pixmap is RGB: pure red has luma 76 and chroma 85/255 in full range. */
static void rgb_pictures_are_converted(void **state)
{
	static const char header[] = "P6\n16 16\n255\n";
	unsigned char image[sizeof(header) - 1 + 16 * 16 * 3];
	struct source_frame frame = {0};
	struct source_target target;
	struct picture picture;
	struct source *source;

	(void)state;
	memcpy(image, header, sizeof(header) - 1);
	for (size_t i = 0; i < 16 * 16; i++)
		memcpy(image + sizeof(header) - 1 + 3 * i, "\xff\0\0", 3);
	write_bytes(image, sizeof(image));
	make_pool(16, 16);
	source = open_file(0, SOURCE_PLAYBACK_NATURAL, true);
	target = make_target(0);
	REQUIRE_EQUAL(source->ops->take(source, &frame, &target, 1, &picture), 0);
	REQUIRE_EQUAL(picture.layout, PICTURE_NV12);
	REQUIRE(abs(picture.planes[0][0] - 76) <= 2);
	REQUIRE(abs(picture.planes[1][0] - 85) <= 2);
	REQUIRE(abs(picture.planes[1][1] - 255) <= 2);
	source_close(source);
	zcf_pool_destroy(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_plays_at_its_own_rate_in_an_endless_loop_without_a_gap),
		TEST(a_faster_camera_repeats_pictures_so_that_time_runs_as_in_the_file),
		TEST(a_slower_camera_leaves_pictures_out),
		TEST(every_frame_shows_the_next_picture_whatever_the_rate),
		TEST(without_a_loop_the_file_ends),
		TEST(a_single_picture_is_shown_for_ever),
		TEST(time_goes_on_while_no_channel_has_a_buffer),
		TEST(after_a_long_pause_the_file_goes_on_instead_of_racing),
		TEST(predicted_pictures_survive_the_loop),
		TEST(a_file_that_cannot_be_sought_is_played_from_its_beginning_again),
		TEST(a_decoder_that_forgets_its_pictures_decodes_into_the_pool_buffer),
		TEST(nothing_beyond_the_pool_buffer_is_written_by_a_decoder_in_place),
		TEST(a_decoder_that_predicts_never_decodes_into_the_pool_buffer),
		TEST(odd_sizes_are_shown_as_well),
		TEST(rgb_pictures_are_converted),
	};

	return FILE_TEST_RUN(tests);
}
