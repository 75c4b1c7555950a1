/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

#include "../shared/settings.h"

#include <sys/mman.h>
#include <unistd.h>

/** Without a CPU flag the mapping is there, but may not be touched. */
static int protection_of(int64_t flags)
{
	int protection = PROT_NONE;
	if (flags & HB_MEM_USAGE_CPU_READ_MASK)
		protection |= PROT_READ;
	if (flags & HB_MEM_USAGE_CPU_WRITE_MASK)
		protection |= PROT_WRITE;
	return protection;
}

/** Fill a range of the private copy from memory, though the program itself may have no right to write there. */
static void load(const struct mapping *mapping, uint64_t offset, uint64_t size)
{
	mprotect(mapping->address, mapping->size, PROT_READ | PROT_WRITE);
	while (size) {
		ssize_t done = pread(mapping->fd, mapping->address + offset, size, (off_t)offset);
		if (done <= 0)
			break;
		offset += (uint64_t)done;
		size -= (uint64_t)done;
	}
	mprotect(mapping->address, mapping->size, mapping->protection);
}

static int32_t map(struct mapping *mapping, int64_t flags)
{
	void *address;
	mapping->protection = protection_of(flags);
	mapping->incoherent = flags & HB_MEM_USAGE_CACHED && emulation_setting_on("ZCF_EMULATION_INCOHERENT_CACHES");
	if (mapping->incoherent)
		address = mmap(NULL, mapping->size, mapping->protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else
		address = mmap(NULL, mapping->size, mapping->protection, MAP_SHARED, mapping->fd, 0);
	if (address == MAP_FAILED)
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	mapping->address = address;
	if (mapping->incoherent)
		load(mapping, 0, mapping->size);
	return 0;
}

static void release(const struct mapping *mapping)
{
	struct broker_request request = {.type = BROKER_RELEASE, .reference = mapping->reference};
	struct broker_reply reply;
	if (mapping->reference)
		driver_request(&request, &reply, NULL);
}

int32_t mapping_open(struct broker_request *request, int64_t flags, struct mapping *mapping)
{
	struct broker_reply reply;
	int fd;
	request->flags = flags;
	int32_t result = driver_request(request, &reply, &fd);
	if (result)
		return result;
	*mapping = (struct mapping){.fd = fd,
				    .share_id = reply.share_id,
				    .reference = reply.reference,
				    .phys_addr = reply.phys_addr,
				    .size = reply.size};
	result = map(mapping, flags);
	if (result) {
		close(fd);
		release(mapping);
	}
	return result;
}

void mapping_close(struct mapping *mapping)
{
	munmap(mapping->address, mapping->size);
	close(mapping->fd);
	release(mapping);
}

void mapping_flush(const struct mapping *mapping, uint64_t offset, uint64_t size)
{
	if (!mapping->incoherent || !(mapping->protection & PROT_WRITE))
		return;
	/* Writing implies reading on x86, but not everywhere. */
	if (!(mapping->protection & PROT_READ))
		mprotect(mapping->address, mapping->size, PROT_READ | PROT_WRITE);
	while (size) {
		ssize_t done = pwrite(mapping->fd, mapping->address + offset, size, (off_t)offset);
		if (done <= 0)
			break;
		offset += (uint64_t)done;
		size -= (uint64_t)done;
	}
}

void mapping_invalidate(const struct mapping *mapping, uint64_t offset, uint64_t size)
{
	if (mapping->incoherent)
		load(mapping, offset, size);
}
