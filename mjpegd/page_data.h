/* SPDX-License-Identifier: Apache-2.0 */
/** @file page_data.h
 * The page, as page/embed_page.c puts it together when the program is built. */
#ifndef ZCFRAME_MJPEGD_PAGE_DATA_H
#define ZCFRAME_MJPEGD_PAGE_DATA_H

#include <stddef.h>

/** Stands in the page wherever the nonce belongs. */
#define PAGE_NONCE "nonce-goes-here-nonce-goes-here-"

extern const unsigned char page_data[];
extern const size_t page_data_size;

#endif
