/* SPDX-License-Identifier: Apache-2.0 */
#include "brightness.h"

#define ROW_STEP 4
/* A fixed count lets the compiler sum with vector instructions. */
#define BLOCK_PIXELS 64

static uint32_t sum_block(const uint8_t *pixels)
{
	uint32_t sum = 0;

	for (int i = 0; i < BLOCK_PIXELS; i++)
		sum += pixels[i];
	return sum;
}

static uint64_t sum_row(const uint8_t *row, uint32_t width_pixels)
{
	uint64_t sum = 0;
	uint32_t x = 0;

	if (width_pixels < BLOCK_PIXELS) {
		for (; x < width_pixels; x++)
			sum += row[x];
		return sum;
	}
	for (; x + BLOCK_PIXELS <= width_pixels; x += BLOCK_PIXELS)
		sum += sum_block(row + x);
	return sum;
}

float brightness_measure(const struct nv12_image *image)
{
	uint32_t counted_width = image->width_pixels;
	uint64_t sum = 0, rows = 0;

	if (counted_width >= BLOCK_PIXELS)
		counted_width -= counted_width % BLOCK_PIXELS;
	for (uint32_t y = 0; y < image->height_pixels; y += ROW_STEP) {
		sum += sum_row(image->y + (size_t)y * (size_t)image->stride_y_bytes, image->width_pixels);
		rows++;
	}
	return (float)((double)sum / (double)(rows * counted_width));
}
