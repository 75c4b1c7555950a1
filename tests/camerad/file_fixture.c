/* SPDX-License-Identifier: Apache-2.0 */
#include "file_fixture.h"

#include "camerad/scaler.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char path[] = "/tmp/zcf-test-file-XXXXXX";
struct zcf_pool *pool;

struct source *open_file(uint32_t rate_millihertz, enum source_playback playback, bool loop)
{
	struct source_settings settings = {
		.path = path, .rate_millihertz = rate_millihertz, .playback = playback, .loop = loop};
	struct source *source = NULL;
	char why[768];

	if (source_file.open(&settings, &source, why, sizeof(why)) != 0)
		print_error("%s\n", why);
	REQUIRE(source != NULL);
	return source;
}

struct source_target make_target(uint32_t index)
{
	struct source_target target = {.buffer = zcf_pool_get_buffer(pool, index)};

	nv12_image_of_buffer(&target.image, target.buffer);
	return target;
}

void make_pool(uint32_t width, uint32_t height)
{
	struct zcf_format format;

	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, width, height, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 3, &pool), 0);
}

int take(struct source *source, uint64_t number, uint64_t time_ns)
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

void write_bytes(const void *bytes, size_t size)
{
	FILE *file = fopen(path, "we");

	REQUIRE(file != NULL);
	REQUIRE_EQUAL(fwrite(bytes, 1, size, file), size);
	REQUIRE_EQUAL(fclose(file), 0);
}

int file_test_run(const struct CMUnitTest *tests, size_t count)
{
	int file = mkstemp(path), failed;

	if (file < 0)
		return 1;
	close(file);
	failed = test_run(tests, count, 120);
	unlink(path);
	return failed;
}
