/* SPDX-License-Identifier: Apache-2.0 */
#include "heap.h"

#include "../include/emulated_hb_mem.h"
#include "../shared/settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MEGABYTE (UINT64_C(1) << 20)

struct extent {
	uint64_t start, size;
};

/** Extents in use, by address. */
static struct heap {
	int64_t flag;
	uint64_t base, size;
	struct extent *extents;
	size_t extent_count, extent_room;
} heaps[] = {
	{.flag = HB_MEM_USAGE_PRIV_HEAP_2_RESERVED, .base = UINT64_C(0x83000000), .size = 382 * MEGABYTE},
	{.flag = HB_MEM_USAGE_PRIV_HEAP_RESERVED, .base = UINT64_C(0xa0000000), .size = 768 * MEGABYTE},
	{.flag = HB_MEM_USAGE_PRIV_HEAP_DMA, .base = UINT64_C(0x100000000), .size = 512 * MEGABYTE},
};
#define HEAP_COUNT (sizeof(heaps) / sizeof(heaps[0]))

static uint64_t limit(const struct heap *heap)
{
	int64_t megabytes = emulation_setting_number("ZCF_EMULATION_HEAP_MB", 0);
	uint64_t wanted = megabytes > 0 ? (uint64_t)megabytes * MEGABYTE : heap->size;
	return wanted < heap->size ? wanted : heap->size;
}

static bool insert(struct heap *heap, size_t place, struct extent extent)
{
	if (heap->extent_count == heap->extent_room) {
		size_t room = heap->extent_room ? heap->extent_room * 2 : 64;
		struct extent *larger = realloc(heap->extents, room * sizeof(*larger));
		if (!larger)
			return false;
		heap->extents = larger;
		heap->extent_room = room;
	}
	memmove(&heap->extents[place + 1], &heap->extents[place],
		(heap->extent_count - place) * sizeof(heap->extents[0]));
	heap->extents[place] = extent;
	heap->extent_count++;
	return true;
}

static uint64_t take_from(struct heap *heap, uint64_t size)
{
	uint64_t start = heap->base, end = heap->base + limit(heap);
	for (size_t place = 0; place <= heap->extent_count; place++) {
		uint64_t next = place < heap->extent_count ? heap->extents[place].start : end;
		if (next >= start && next - start >= size && next <= end)
			return insert(heap, place, (struct extent){start, size}) ? start : 0;
		if (place < heap->extent_count)
			start = heap->extents[place].start + heap->extents[place].size;
	}
	return 0;
}

uint64_t heap_take(uint64_t size, int64_t flags)
{
	uint64_t taken = 0;
	for (size_t i = 0; i < HEAP_COUNT && !taken; i++) {
		if ((flags & HB_MEM_USAGE_PRIV_MASK) == heaps[i].flag)
			taken = take_from(&heaps[i], size);
	}
	for (size_t i = 0; i < HEAP_COUNT && !taken; i++)
		taken = take_from(&heaps[i], size);
	return taken;
}

void heap_give(uint64_t phys_addr)
{
	for (struct heap *heap = heaps; heap < heaps + HEAP_COUNT; heap++) {
		for (size_t i = 0; i < heap->extent_count; i++) {
			if (heap->extents[i].start != phys_addr)
				continue;
			heap->extent_count--;
			memmove(&heap->extents[i], &heap->extents[i + 1],
				(heap->extent_count - i) * sizeof(heap->extents[0]));
			return;
		}
	}
}
