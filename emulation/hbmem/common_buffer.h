/* SPDX-License-Identifier: Apache-2.0 */
/** @file common_buffer.h
 * Plain pieces of memory. */
#ifndef EMULATION_HBMEM_COMMON_BUFFER_H
#define EMULATION_HBMEM_COMMON_BUFFER_H

#include "table.h"

/** Only the library sets these. */
#define POOL_FLAGS (HB_MEM_USAGE_MEM_POOL | HB_MEM_USAGE_MEM_SHARE_POOL)

/** What each allocation asks of the driver beside its size: a number that was never used, in that test mode. */
uint32_t allocation_options(void);

/** Allocate or import, as @p request says, and enter it in the table as a common buffer that starts at its first byte.
 */
int32_t common_buffer_open(struct broker_request *request, uint64_t size, int64_t flags, struct record **ret_record);

#endif
