/* SPDX-License-Identifier: Apache-2.0 */
/** @file pixel_format.h
 * How many planes a picture has, and how large they are. */
#ifndef EMULATION_HBMEM_PIXEL_FORMAT_H
#define EMULATION_HBMEM_PIXEL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

struct picture_layout {
	int plane_count;
	uint64_t sizes[3];
	uint64_t total;
};

/** @return false for sizes, strides or formats that the vendor's library refuses. */
bool picture_layout(int32_t width, int32_t height, int32_t format, int32_t stride, int32_t vstride,
		    struct picture_layout *layout);

#endif
