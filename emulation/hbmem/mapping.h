/* SPDX-License-Identifier: Apache-2.0 */
/** @file mapping.h
 * One buffer of the driver, as this process sees it: descriptor, address, access rights, and (in a test mode) a cache
 * of its own that only flush and invalidate synchronise with memory. */
#ifndef EMULATION_HBMEM_MAPPING_H
#define EMULATION_HBMEM_MAPPING_H

#include "module.h"

#include <stdbool.h>

struct mapping {
	int fd;
	int32_t share_id;
	uint64_t reference; /**< Names our hold on it to the driver; 0 if we have none. */
	uint64_t phys_addr; /**< Of its first byte. */
	uint64_t size;      /**< Whole pages. */
	uint8_t *address;
	int protection;
	bool incoherent; /**< `address` is a private copy. */
};

/** Send an ALLOCATE, IMPORT or MAP_PHYSICAL request and map what comes. @return 0 or an error, then nothing is held. */
int32_t mapping_open(struct broker_request *request, int64_t flags, struct mapping *mapping);

void mapping_close(struct mapping *mapping);

/** Cache maintenance of a range; does nothing where the cache is coherent. */
void mapping_flush(const struct mapping *mapping, uint64_t offset, uint64_t size);
void mapping_invalidate(const struct mapping *mapping, uint64_t offset, uint64_t size);

#endif
