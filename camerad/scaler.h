/* SPDX-License-Identifier: Apache-2.0 */
/** @file scaler.h
 * The scaling stage, in the place of the board's VSE: crops and scales a picture straight into the pool
 * buffer of a channel. Luma goes there in one pass. So does chroma, except that separate U and V planes
 * which must also be scaled pass through a scratch of a quarter of the pixels each, because libyuv has no
 * function that scales and interleaves at once. */
#ifndef CAMERAD_SCALER_H
#define CAMERAD_SCALER_H

#include "picture.h"

struct scaler;

/** @return 0 or -ENOMEM. The size is that of every image it will fill. */
int scaler_create(uint32_t width_pixels, uint32_t height_pixels, struct scaler **ret_scaler);
void scaler_destroy(struct scaler *scaler);

/**
 * Fill @p image from @p picture. A plane of the picture that already is the image's plane (the source wrote
 * it there) is left alone.
 *
 * @param crop  A crop that does not fit the picture (a file may change its size half-way) is taken as the
 *              whole picture.
 */
void scaler_run(struct scaler *scaler, const struct picture *picture, const struct crop *crop,
		const struct nv12_image *image);

#endif
