/* SPDX-License-Identifier: Apache-2.0 */
/** @file viewer.h
 * A browser that looks at the MJPEG stream, as far as a measurement needs one. */
#ifndef ZCF_BENCH_MJPEG_VIEWER_H
#define ZCF_BENCH_MJPEG_VIEWER_H

#include <stddef.h>
#include <stdint.h>

struct viewer;

/** What a stream says of a picture. */
struct viewed {
	uint64_t frame_number; /**< zcf-mjpegd's X-Frame-Number; 0: none. */
	uint64_t grabbed_ns;   /**< uStreamer's X-UStreamer-Grab-Time, in whole milliseconds; 0: none. */
	size_t size_bytes;     /**< Of the JPEG. */
};

/** Connect as soon as somebody listens, and ask for a stream. @return NULL after a message. */
struct viewer *viewer_open(uint16_t port, const char *path);
void viewer_close(struct viewer *viewer);

/** Read until the last byte of the next picture. @return 0, or -1 after a message. */
int viewer_take_picture(struct viewer *viewer, struct viewed *ret_viewed);

#endif
