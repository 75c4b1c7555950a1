/* SPDX-License-Identifier: Apache-2.0 */
/** @file graphic_buffer.h
 * Pictures. */
#ifndef EMULATION_HBMEM_GRAPHIC_BUFFER_H
#define EMULATION_HBMEM_GRAPHIC_BUFFER_H

#include "pixel_format.h"
#include "table.h"

/** A picture's description, before it has memory. */
struct picture_request {
	int32_t width, height, format, stride, vstride;
	int64_t flags;
	struct picture_layout layout;
};

/** Allocate a picture and enter it in the table. */
int32_t graphic_buffer_allocate(const struct picture_request *wanted, struct record **ret_record);

/** Fill what follows from the mappings: descriptors, numbers, addresses of all planes. */
void graphic_buffer_place_planes(struct record *record);

#endif
