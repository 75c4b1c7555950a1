/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_PAGES_H
#define ZCF_PAGES_H

#include <stddef.h>

/*
 * Zeroed pages for what the path of a frame touches. Beside board, lane and code, and not in the heap: after a frame
 * interval of sleep the way through the page tables to another region alone costs a microsecond in a virtual machine.
 * NULL: out of memory.
 */
void *zcf_pages_create(size_t size_bytes);
void zcf_pages_destroy(void *memory, size_t size_bytes);

#endif
