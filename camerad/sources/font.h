/* SPDX-License-Identifier: Apache-2.0 */
/** @file font.h
 * Text in luma, from a bitmap font of 5x7 dots: digits, capital letters and - : . / */
#ifndef CAMERAD_FONT_H
#define CAMERAD_FONT_H

#include "../picture.h"

#define FONT_WIDTH_DOTS  5
#define FONT_HEIGHT_DOTS 7
/** From one character to the next. */
#define FONT_ADVANCE_DOTS 6

/** Draw @p text with dots of @p dot_pixels squared; what lies outside the image is left out. */
void font_draw(const struct nv12_image *image, uint32_t x, uint32_t y, uint32_t dot_pixels, uint8_t luma,
	       const char *text);

#endif
