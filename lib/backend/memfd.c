/* SPDX-License-Identifier: Apache-2.0 */
/* Backend "memfd": ordinary anonymous memory, on any Linux. Only the mapping made here is ever writable. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/backend.h"
#include "error.h"
#include "transport/shared_memory.h"

static int memfd_create_buffer(const struct zcf_format *format, uint32_t index, struct zcf_backend_buffer *ret_buffer)
{
	char name[32];
	struct zcf_backend_buffer buffer = {.format = *format};

	snprintf(name, sizeof(name), "zcframe-buffer-%u", index);
	buffer.size_bytes = zcf_round_up_to_page(format->size_bytes);
	int error = zcf_shared_memory_create(name, buffer.size_bytes, ZCF_SHARED_PEERS_READ, &buffer.fd, &buffer.base);
	if (error < 0)
		return error;
	buffer.record.size_bytes = buffer.size_bytes;
	*ret_buffer = buffer;
	return 0;
}

static void memfd_destroy_buffer(struct zcf_backend_buffer *buffer)
{
	zcf_shared_memory_unmap(buffer->base, buffer->size_bytes);
	close(buffer->fd);
}

static int memfd_import(const struct zcf_buffer_record *record, int fd, struct zcf_backend_mapping *ret_mapping)
{
	void *base;

	if (fd < 0)
		return zcf_fail(-EPROTO, "the producer sent no descriptor with a memfd buffer");
	int error = zcf_shared_memory_map(fd, record->size_bytes, PROT_READ, &base);
	if (error < 0)
		return error;
	*ret_mapping = (struct zcf_backend_mapping){.base = base, .size_bytes = record->size_bytes};
	return 0;
}

static void memfd_release(struct zcf_backend_mapping *mapping)
{
	zcf_shared_memory_unmap((void *)mapping->base, mapping->size_bytes);
}

const struct zcf_backend zcf_backend_memfd = {
	.name = "memfd",
	.sends_fds = true,
	.create = memfd_create_buffer,
	.destroy = memfd_destroy_buffer,
	.import = memfd_import,
	.release = memfd_release,
};
