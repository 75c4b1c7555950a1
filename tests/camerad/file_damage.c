/* SPDX-License-Identifier: Apache-2.0 */
/* The file source: what is said about bad files, and what becomes of them. */
#include "app/log.h"
#include "file_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char why[768];

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_no_video_is_refused_with_the_reason),
		TEST(a_video_without_a_whole_picture_is_refused),
		TEST(a_picture_larger_than_a_channel_can_be_is_refused),
		TEST(a_damaged_stretch_is_passed_over),
		TEST(a_file_that_is_cut_while_it_plays_ends_with_an_error_and_not_in_a_loop),
	};

	return FILE_TEST_RUN(tests);
}
