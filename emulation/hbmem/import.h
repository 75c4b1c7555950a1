/* SPDX-License-Identifier: Apache-2.0 */
/** @file import.h
 * Buffers of other processes. */
#ifndef EMULATION_HBMEM_IMPORT_H
#define EMULATION_HBMEM_IMPORT_H

#include "pixel_format.h"
#include "table.h"

/** Everything about a picture's description that can be judged without the driver. */
bool picture_may_be_imported(const hb_mem_graphic_buf_t *in, struct picture_layout *layout);

int32_t import_picture(const hb_mem_graphic_buf_t *in, const struct picture_layout *layout, struct record **ret_record);

#endif
