/* SPDX-License-Identifier: Apache-2.0 */
/** @file viewer.h
 * A browser that looks at the MJPEG stream, as far as a measurement needs one. */
#ifndef ZCF_BENCH_MJPEG_VIEWER_H
#define ZCF_BENCH_MJPEG_VIEWER_H

#include <stdint.h>

struct viewer;

/** Connect as soon as somebody listens, and ask for the stream. @return NULL after a message. */
struct viewer *viewer_open(uint16_t port);
void viewer_close(struct viewer *viewer);

/** Read until the last byte of the next picture. @return 0, or -1 after a message. */
int viewer_take_picture(struct viewer *viewer, uint64_t *ret_frame_number);

#endif
