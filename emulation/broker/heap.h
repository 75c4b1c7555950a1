/* SPDX-License-Identifier: Apache-2.0 */
/** @file heap.h
 * The board's memory as three ranges of physical addresses. Addresses mean nothing on this machine; they are
 * handed out as a driver does, lowest free first, so that a stale one is soon somebody else's. */
#ifndef EMULATION_BROKER_HEAP_H
#define EMULATION_BROKER_HEAP_H

#include <stdint.h>

/** Take @p size bytes (a multiple of the page) from the heap that @p flags ask for, or from another if it is full.
 * @return The address, or 0. */
uint64_t heap_take(uint64_t size, int64_t flags);

/** Give back what starts at @p phys_addr. */
void heap_give(uint64_t phys_addr);

#endif
