/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

#include <sys/mman.h>

void *zcf_pages_create(size_t size_bytes)
{
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void zcf_pages_destroy(void *memory, size_t size_bytes)
{
	munmap(memory, size_bytes);
}
