/* SPDX-License-Identifier: Apache-2.0 */
/** @file jpeg_encoder.h
 * A picture in memory to a JPEG, without a copy of the picture on the way: libjpeg reads the rows of Y where
 * they lie. Only what it cannot read in place goes through a few rows of scratch memory: U and V, which NV12
 * interleaves, and rows whose length is not a multiple of 8, which must be continued. */
#ifndef ZCFRAME_MJPEGD_JPEG_ENCODER_H
#define ZCFRAME_MJPEGD_JPEG_ENCODER_H

#include "jpeg_pool.h"

#include <zcframe/frame.h>

/** Pixels that somebody else owns. */
struct picture {
	uint32_t width_pixels;
	uint32_t height_pixels;
	const uint8_t *luma;
	size_t luma_stride_bytes;
	const uint8_t *chroma; /**< Rows of U V U V ..., half as many and half as wide; NULL: grey. */
	size_t chroma_stride_bytes;
};

struct jpeg_encoder;

/**
 * Find a frame's pixels.
 *
 * @param why  Receives a sentence if it fails.
 * @return 0; -ENOTSUP if the frame is no picture; -EINVAL if its planes are too small for its size.
 */
int picture_from_frame(const struct zcf_frame *frame, struct picture *ret_picture, char *why, size_t why_size);

/** @param quality  1..100. @return NULL if memory is short. */
struct jpeg_encoder *jpeg_encoder_create(int quality);

void jpeg_encoder_destroy(struct jpeg_encoder *encoder);

/**
 * Encode a picture. Never reads outside its rows. Allocates nothing if the last picture was of the same size
 * and @p jpeg has room enough.
 *
 * @param jpeg  Receives the data; grows as needed.
 * @return 0; -ENOMEM; -EINVAL for a size that no JPEG can have; -EIO if libjpeg gives up.
 */
int jpeg_encoder_encode(struct jpeg_encoder *encoder, const struct picture *picture, struct jpeg *jpeg);

/** @return Why the last jpeg_encoder_encode() failed. */
const char *jpeg_encoder_get_reason(const struct jpeg_encoder *encoder);

#endif
