/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the file source share: a file, a pool, and taking frames as the camera does. */
#ifndef CAMERAD_TEST_FILE_FIXTURE_H
#define CAMERAD_TEST_FILE_FIXTURE_H

#include "camerad/source.h"
#include "test.h"
#include "test_video.h"

/* The file that is played. */
extern char path[];

/* Of the frames that are taken. */
extern struct zcf_pool *pool;

void make_pool(uint32_t width, uint32_t height);

/* Make these the content of the file. */
void write_bytes(const void *bytes, size_t size);

/* Open the file, which has to succeed. */
struct source *open_file(uint32_t rate_millihertz, enum source_playback playback, bool loop);

/* A buffer of the pool. */
struct source_target make_target(uint32_t index);

/* Take the frame and scale it, as the camera does. @return Index of the picture shown, or a negative errno. */
int take(struct source *source, uint64_t number, uint64_t time_ns);

int file_test_run(const struct CMUnitTest *tests, size_t count);
#define FILE_TEST_RUN(tests) file_test_run(tests, sizeof(tests) / sizeof(tests[0]))

#endif
