/* SPDX-License-Identifier: Apache-2.0 */
/* Small video files whose pictures can be told apart: each is one luma all over. */
#ifndef TEST_VIDEO_H
#define TEST_VIDEO_H

#include <stddef.h>
#include <stdint.h>

/* Luma of picture i: far enough apart to survive compression. */
#define TEST_VIDEO_LUMA(i) ((uint8_t)(30 + 12 * (i)))

struct test_video {
	uint32_t width_pixels, height_pixels;
	uint32_t rate; /* Frames per second. */
	uint32_t picture_count;
};

/* Uncompressed 4:2:0 in YUV4MPEG2. */
void test_video_write_y4m(const char *path, const struct test_video *video);

/* Motion JPEG in an AVI file. Every picture has a black left half, so that it is not just one colour. */
void test_video_write_mjpeg(const char *path, const struct test_video *video);

/* MPEG-4 in an AVI file, where pictures are predicted from each other. */
void test_video_write_mpeg4(const char *path, const struct test_video *video);

/* The same in an MPEG transport stream, which has no index to seek by. */
void test_video_write_mpegts(const char *path, const struct test_video *video);

/* One of the above, cut to so many bytes. */
void test_video_truncate(const char *path, size_t size_bytes);

/* Overwrite the file from this byte on with noise, which is always the same. */
void test_video_spoil(const char *path, size_t from_byte, size_t byte_count);

size_t test_video_size(const char *path);

#endif
