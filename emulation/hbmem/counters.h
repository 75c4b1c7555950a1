/* SPDX-License-Identifier: Apache-2.0 */
/** @file counters.h
 * The driver's two counts of a buffer. */
#ifndef EMULATION_HBMEM_COUNTERS_H
#define EMULATION_HBMEM_COUNTERS_H

#include "table.h"

int32_t driver_counts(int32_t share_id, int32_t *share_count, int32_t *consume_count);

#endif
