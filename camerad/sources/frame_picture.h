/* SPDX-License-Identifier: Apache-2.0 */
/** @file frame_picture.h
 * A decoded AVFrame as a picture for the scaling stage. 8-bit planar YUV of any subsampling, NV12 and grey are
 * used where they lie; everything else (RGB, palettes, 10 bits, ...) is converted by libswscale into an NV12
 * frame of the same size first: one more pass over the pixels, once for each decoded picture. */
#ifndef CAMERAD_FRAME_PICTURE_H
#define CAMERAD_FRAME_PICTURE_H

#include "../picture.h"

#include <libavutil/frame.h>

struct frame_converter;

/** @return 0 or -ENOMEM. */
int frame_converter_create(struct frame_converter **ret_converter);
void frame_converter_destroy(struct frame_converter *converter);

/**
 * @param ret_picture  Valid as long as @p frame and until the next call.
 * @return 0; -ENOTSUP for a pixel format that libswscale cannot read; -ENOMEM.
 */
int frame_converter_run(struct frame_converter *converter, const AVFrame *frame, struct picture *ret_picture);

#endif
