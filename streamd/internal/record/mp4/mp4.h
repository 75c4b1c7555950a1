/* SPDX-License-Identifier: Apache-2.0 */
/** @file mp4.h
 * A fragmented MP4 file with one track of H.264, by libavformat. After each fragment the file is whole. */
#ifndef ZCFRAME_STREAMD_MP4_H
#define ZCFRAME_STREAMD_MP4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp4_file;

/**
 * Write the head of a file.
 *
 * @param fd          Borrowed; written to from where it is.
 * @param parameters  Sequence and picture parameter set of H.264, with start codes. Copied.
 * @param created     When the first picture was taken, as ISO 8601.
 * @return 0, or a negative errno, such as -ENOSPC.
 */
int mp4_open(int fd, int width_pixels, int height_pixels, const uint8_t *parameters, size_t parameters_size_bytes,
	     const char *created, struct mp4_file **ret_file);

/**
 * Add a picture to the fragment under construction, which is in memory.
 *
 * @param data           With start codes. Not kept.
 * @param time_ticks     Since the first picture, 90000 to the second.
 * @param duration_ticks Until the next one.
 * @return 0 or a negative errno.
 */
int mp4_add(struct mp4_file *file, const uint8_t *data, size_t size_bytes, int64_t time_ticks, int64_t duration_ticks,
	    bool keyframe);

/** Write the fragment. @return 0, or a negative errno; the file may then end in a part of it. */
int mp4_flush(struct mp4_file *file);

/** Free everything. What was not flushed is not written. */
void mp4_close(struct mp4_file *file);

#endif
