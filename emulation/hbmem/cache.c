/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <string.h>
#include <sys/mman.h>

typedef void (*cache_operation)(const struct mapping *, uint64_t offset, uint64_t size);

/** @param offset  From the place. */
static int32_t maintain(const struct place *place, uint64_t offset, uint64_t size, cache_operation operation)
{
	uint64_t plane_offset;
	struct span span = place_span(place);
	if (offset > span.size - span.distance || size > span.size - span.distance - offset)
		return HB_MEM_ERR_INVALID_PARAMS;
	const struct mapping *mapping = place_mapping(place, &plane_offset);
	if (span.flags & HB_MEM_USAGE_CACHED)
		operation(mapping, plane_offset + place->distance + offset, size);
	return 0;
}

static int32_t maintain_fd(int32_t fd, uint64_t offset, uint64_t size, cache_operation operation)
{
	struct place place;
	if (fd < 0 || !size)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_fd(fd, &place) ? maintain(&place, offset, size, operation)
						      : HB_MEM_ERR_INVALID_FD);
}

static int32_t maintain_address(uint64_t virt_addr, uint64_t size, cache_operation operation)
{
	struct place place;
	if (!virt_addr || !size)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	return module_leave(table_find_address(virt_addr, &place) ? maintain(&place, 0, size, operation)
								  : HB_MEM_ERR_INVALID_VADDR);
}

int32_t hb_mem_flush_buf(int32_t fd, uint64_t offset, uint64_t size)
{
	EMULATION_MAY_FAIL();
	return maintain_fd(fd, offset, size, mapping_flush);
}

int32_t hb_mem_invalidate_buf(int32_t fd, uint64_t offset, uint64_t size)
{
	EMULATION_MAY_FAIL();
	return maintain_fd(fd, offset, size, mapping_invalidate);
}

int32_t hb_mem_flush_buf_with_vaddr(uint64_t virt_addr, uint64_t size)
{
	EMULATION_MAY_FAIL();
	return maintain_address(virt_addr, size, mapping_flush);
}

int32_t hb_mem_invalidate_buf_with_vaddr(uint64_t virt_addr, uint64_t size)
{
	EMULATION_MAY_FAIL();
	return maintain_address(virt_addr, size, mapping_invalidate);
}

/** The DMA engine sees memory, not caches, and no access rights of ours. */
static void *device_view(const struct mapping *mapping)
{
	void *view = mmap(NULL, mapping->size, PROT_READ | PROT_WRITE, MAP_SHARED, mapping->fd, 0);
	return view == MAP_FAILED ? NULL : view;
}

static int32_t copy(const struct place *destination, const struct place *source, uint64_t size)
{
	uint64_t to_offset, from_offset;
	const struct mapping *to = place_mapping(destination, &to_offset);
	const struct mapping *from = place_mapping(source, &from_offset);
	uint8_t *to_view = device_view(to), *from_view = device_view(from);
	if (to_view && from_view)
		memmove(to_view + to_offset + destination->distance, from_view + from_offset + source->distance, size);
	if (to_view)
		munmap(to_view, to->size);
	if (from_view)
		munmap(from_view, from->size);
	return to_view && from_view ? 0 : HB_MEM_ERR_INSUFFICIENT_MEM;
}

static bool find_range(uint64_t address, uint64_t size, struct place *place)
{
	if (!table_find_address(address, place))
		return false;
	struct span span = place_span(place);
	return size <= span.size - span.distance;
}

int32_t hb_mem_dma_copy(uint64_t destination, uint64_t source, uint64_t size)
{
	EMULATION_MAY_FAIL();
	struct place to, from;
	if (!destination || !source || !size)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!find_range(destination, size, &to) || !find_range(source, size, &from))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	return module_leave(copy(&to, &from, size));
}
