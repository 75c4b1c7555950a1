/* SPDX-License-Identifier: Apache-2.0 */
/* The file source: which picture is shown when, where it is decoded to, and what is said about bad files. */
#include "app/log.h"
#include "camerad/scaler.h"
#include "camerad/source.h"
#include "test.h"
#include "test_video.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH  64
#define HEIGHT 64

static char path[] = "/tmp/zcf-test-file-XXXXXX";
static char why[768];

static struct source *open_file(uint32_t rate_millihertz, enum source_playback playback, bool loop)
{
	struct source_settings settings = {
		.path = path, .rate_millihertz = rate_millihertz, .playback = playback, .loop = loop};
	struct source *source = NULL;

	if (source_file.open(&settings, &source, why, sizeof(why)) != 0)
		print_error("%s\n", why);
	REQUIRE(source != NULL);
	return source;
}

/* A pool of its own for each test, as the direct path wants memory laid out as a pool buffer. */
static struct zcf_pool *pool;

static struct source_target make_target(uint32_t index)
{
	struct source_target target = {.buffer = zcf_pool_get_buffer(pool, index)};

	nv12_image_of_buffer(&target.image, target.buffer);
	return target;
}

static void make_pool(uint32_t width, uint32_t height)
{
	struct zcf_format format;

	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, width, height, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 3, &pool), 0);
}

/* Takes the frame and scales it, as the camera does. @return Index of the picture shown, or a negative errno. */
static int take(struct source *source, uint64_t number, uint64_t time_ns)
{
	struct source_frame frame = {.number = number, .time_ns = time_ns};
	struct source_target target = make_target((uint32_t)number % 3);
	struct picture picture;
	struct scaler *scaler;
	uint32_t luma;
	int error = source->ops->take(source, &frame, &target, 1, &picture);

	if (error != 0)
		return error;
	REQUIRE_EQUAL(scaler_create(target.image.width_pixels, target.image.height_pixels, &scaler), 0);
	scaler_run(scaler, &picture, &target.crop, &target.image);
	scaler_destroy(scaler);
	/* Near the right edge, in the middle. */
	luma = target.image.y[(size_t)target.image.height_pixels / 2 * (size_t)target.image.stride_y_bytes +
			      target.image.width_pixels * 3 / 4];
	REQUIRE(abs(target.image.uv[target.image.width_pixels / 2 * 1] - 100) <= 4);
	return (int)((luma - 30 + 6) / 12);
}

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

static void require_refused(const char *words)
{
	struct source_settings settings = {.path = path, .loop = true};
	struct source *source = NULL;

	REQUIRE(source_file.open(&settings, &source, why, sizeof(why)) < 0);
	REQUIRE(source == NULL);
	if (strstr(why, words) == NULL)
		print_error("said: %s\n", why);
	REQUIRE(strstr(why, words) != NULL);
	REQUIRE(strstr(why, path) != NULL);
}

static void write_bytes(const void *bytes, size_t size)
{
	FILE *file = fopen(path, "we");

	REQUIRE(file != NULL);
	REQUIRE_EQUAL(fwrite(bytes, 1, size, file), size);
	REQUIRE_EQUAL(fclose(file), 0);
}

static void what_is_no_video_is_refused_with_the_reason(void **state)
{
	/* A WAV file: one channel, 8 bits, 8000 Hz, 8 samples. */
	static const char wav[] =
		"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data\x08\0\0\0"
		"\x80\x80\x80\x80\x80\x80\x80\x80";

	(void)state;
	write_bytes("", 0);
	require_refused("is empty");
	write_bytes("this is a letter, not a video", 29);
	require_refused("no video or image");
	write_bytes(wav, sizeof(wav) - 1);
	require_refused("no video stream");
	unlink(path);
	require_refused("No such file");
	REQUIRE_EQUAL(mkdir(path, 0700), 0);
	require_refused("directory");
	REQUIRE_EQUAL(rmdir(path), 0);
	REQUIRE_EQUAL(mkfifo(path, 0600), 0);
	require_refused("pipe");
	REQUIRE_EQUAL(unlink(path), 0);
}

static void a_video_without_a_whole_picture_is_refused(void **state)
{
	struct test_video video = {640, 480, 30, 4};

	(void)state;
	test_video_write_mjpeg(path, &video);
	test_video_truncate(path, 6000);
	test_video_spoil(path, 5600, 400);
	require_refused("no picture of");
}

static void a_picture_larger_than_a_channel_can_be_is_refused(void **state)
{
	static const char header[] = "YUV4MPEG2 W20000 H16 F25:1 Ip A1:1 C420jpeg\nFRAME\n";
	char *file = calloc(1, sizeof(header) + 20000 * 16 * 3 / 2);

	(void)state;
	REQUIRE(file != NULL);
	memcpy(file, header, sizeof(header) - 1);
	write_bytes(file, sizeof(header) - 1 + 20000 * 16 * 3 / 2);
	free(file);
	require_refused("20000x16");
}

static void a_damaged_stretch_is_passed_over(void **state)
{
	struct test_video video = {64, 64, 30, 20};
	int good = 0, last = -1;
	struct source *source;
	size_t size;

	(void)state;
	test_video_write_mjpeg(path, &video);
	size = test_video_size(path);
	test_video_spoil(path, size * 4 / 10, size / 10);
	make_pool(64, 64);
	app_log_open("test", APP_LOG_ERROR);
	source = open_file(30000, SOURCE_PLAYBACK_EVERY_FRAME, true);
	for (uint64_t i = 0; i < 60; i++) {
		struct source_frame frame = {.number = i};
		struct source_target target = make_target((uint32_t)i % 3);
		struct picture picture;
		int error = source->ops->take(source, &frame, &target, 1, &picture);

		REQUIRE(error == 0 || error == -EAGAIN);
		if (error == 0) {
			good++;
			last = picture.planes[0][32 * picture.strides_bytes[0] + 60];
		}
	}
	REQUIRE(good > 30);
	REQUIRE(last > 0);
	source_close(source);
	zcf_pool_destroy(pool);
}

static void a_file_that_is_cut_while_it_plays_ends_with_an_error_and_not_in_a_loop(void **state)
{
	struct test_video video = {320, 240, 30, 20};
	struct source *source;
	int result = 0;

	(void)state;
	test_video_write_y4m(path, &video);
	make_pool(320, 240);
	source = open_file(30000, SOURCE_PLAYBACK_EVERY_FRAME, true);
	for (uint64_t i = 0; i < 3; i++)
		REQUIRE_EQUAL(take(source, i, 0), i);
	test_video_truncate(path, 0);
	for (uint64_t i = 3; i < 100 && result >= 0; i++)
		result = take(source, i, 0);
	REQUIRE(result < 0 && result != -EAGAIN && result != -ENODATA);
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
		TEST(what_is_no_video_is_refused_with_the_reason),
		TEST(a_video_without_a_whole_picture_is_refused),
		TEST(a_picture_larger_than_a_channel_can_be_is_refused),
		TEST(a_damaged_stretch_is_passed_over),
		TEST(a_file_that_is_cut_while_it_plays_ends_with_an_error_and_not_in_a_loop),
		TEST(odd_sizes_are_shown_as_well),
		TEST(rgb_pictures_are_converted),
	};
	int file = mkstemp(path), failed;

	if (file < 0)
		return 1;
	close(file);
	failed = TEST_RUN(tests);
	unlink(path);
	return failed;
}
