/* SPDX-License-Identifier: Apache-2.0 */
/** @file picture_code.h
 * A number that a picture shows, as black and white squares along its upper and, the other way round, its
 * lower edge. It survives JPEG, and a picture that is half one frame and half another does not show one. */
#ifndef ZCFRAME_TESTS_MJPEGD_PICTURE_CODE_H
#define ZCFRAME_TESTS_MJPEGD_PICTURE_CODE_H

#include <stdint.h>
#include <string.h>

#define PICTURE_CODE_SQUARE     16u
#define PICTURE_CODE_BITS       20u
#define PICTURE_CODE_MIN_WIDTH  (PICTURE_CODE_SQUARE * PICTURE_CODE_BITS)
#define PICTURE_CODE_MIN_HEIGHT (PICTURE_CODE_SQUARE * 2)

static inline void picture_code_draw(uint8_t *luma, uint32_t stride_bytes, uint32_t height, uint32_t number)
{
	for (uint32_t bit = 0; bit < PICTURE_CODE_BITS; bit++) {
		int white = (number >> bit & 1) != 0;

		for (uint32_t y = 0; y < PICTURE_CODE_SQUARE; y++) {
			uint32_t bottom = height - PICTURE_CODE_SQUARE + y;

			memset(luma + y * stride_bytes + bit * PICTURE_CODE_SQUARE, white ? 255 : 0,
			       PICTURE_CODE_SQUARE);
			memset(luma + bottom * stride_bytes + bit * PICTURE_CODE_SQUARE, white ? 0 : 255,
			       PICTURE_CODE_SQUARE);
		}
	}
}

/* Reads one edge, in the middle of the squares. */
static inline uint32_t picture_code_read(const uint8_t *row)
{
	uint32_t number = 0;

	for (uint32_t bit = 0; bit < PICTURE_CODE_BITS; bit++)
		number |= (uint32_t)(row[bit * PICTURE_CODE_SQUARE + PICTURE_CODE_SQUARE / 2] > 127) << bit;
	return number;
}

#endif
