/* SPDX-License-Identifier: Apache-2.0 */
/** @file brightness.h
 * How bright an image is. */
#ifndef CAMERAD_BRIGHTNESS_H
#define CAMERAD_BRIGHTNESS_H

#include "picture.h"

/**
 * Mean of Y, 0..255. Every fourth row is read: enough for an average of a picture, and a quarter of the
 * memory traffic. Pixels beyond the last multiple of 64 of a row are left out in images at least 64 wide.
 */
float brightness_measure(const struct nv12_image *image);

#endif
