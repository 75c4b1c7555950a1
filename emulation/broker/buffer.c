/* SPDX-License-Identifier: Apache-2.0 */
#include "buffer.h"

#include "../include/emulated_hb_mem.h"
#include "group.h"
#include "heap.h"
#include "share_id.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/** What an importer must know of the allocation. */
#define FLAGS_THAT_MUST_AGREE (HB_MEM_USAGE_CACHED | HB_MEM_USAGE_MAP_INITIALIZED | HB_MEM_USAGE_MAP_UNINITIALIZED)

static struct buffer *buffers;
static size_t buffer_count;
static uint64_t last_serial, last_reference;

struct buffer *buffer_first(void)
{
	return buffers;
}

struct buffer *buffer_by_share_id(int32_t share_id)
{
	struct buffer *buffer = buffers;
	while (buffer && buffer->share_id != share_id)
		buffer = buffer->next;
	return buffer;
}

struct buffer *buffer_by_serial(uint64_t serial)
{
	struct buffer *buffer = buffers;
	while (buffer && buffer->serial != serial)
		buffer = buffer->next;
	return buffer;
}

struct reference *reference_by_id(const struct client *client, uint64_t id)
{
	struct reference *reference = client->references;
	while (reference && reference->id != id)
		reference = reference->next;
	return reference;
}

static struct reference *add_reference(struct client *client, struct buffer *buffer)
{
	if (client->reference_count >= REFERENCES_PER_CLIENT_MAX)
		return NULL;
	struct reference *reference = calloc(1, sizeof(*reference));
	if (!reference)
		return NULL;
	reference->id = ++last_reference;
	reference->buffer = buffer;
	reference->next = client->references;
	client->references = reference;
	client->reference_count++;
	buffer->share_count++;
	return reference;
}

/** Sealed, so that no process can pull the pages from under another's mapping. */
static int create_memory(uint64_t size)
{
	int memory = memfd_create("emulated-ion", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0)
		return -1;
	if (ftruncate(memory, (off_t)size) || fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		close(memory);
		return -1;
	}
	return memory;
}

static void destroy(struct buffer *buffer)
{
	struct buffer **link = &buffers;
	while (*link != buffer)
		link = &(*link)->next;
	*link = buffer->next;
	buffer_count--;
	group_forget_buffer(buffer->share_id);
	heap_give(buffer->phys_addr);
	close(buffer->memory_fd);
	free(buffer);
}

static struct buffer *create(const struct broker_request *request)
{
	uint64_t size = (request->size + BROKER_PAGE_SIZE - 1) & ~(uint64_t)(BROKER_PAGE_SIZE - 1);
	if (!request->size || size < request->size || buffer_count >= BUFFERS_MAX)
		return NULL;
	struct buffer *buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return NULL;
	buffer->phys_addr = heap_take(size, request->flags);
	buffer->memory_fd = buffer->phys_addr ? create_memory(size) : -1;
	if (buffer->memory_fd < 0) {
		if (buffer->phys_addr)
			heap_give(buffer->phys_addr);
		free(buffer);
		return NULL;
	}
	buffer->serial = ++last_serial;
	buffer->size = size;
	buffer->flags = request->flags;
	buffer->options = request->options;
	buffer->share_id = share_id_take(request->options & BROKER_NEVER_REUSE_ID);
	buffer->next = buffers;
	buffers = buffer;
	buffer_count++;
	return buffer;
}

static void describe(const struct reference *reference, struct broker_reply *reply, int *fd)
{
	const struct buffer *buffer = reference->buffer;
	reply->result = 0;
	reply->share_id = buffer->share_id;
	reply->reference = reference->id;
	reply->phys_addr = buffer->phys_addr;
	reply->size = buffer->size;
	reply->flags = buffer->flags;
	*fd = buffer->memory_fd;
}

void buffer_allocate(struct client *client, const struct broker_request *request, struct broker_reply *reply, int *fd)
{
	reply->result = HB_MEM_ERR_INSUFFICIENT_MEM;
	struct buffer *buffer = create(request);
	if (!buffer)
		return;
	struct reference *reference = add_reference(client, buffer);
	if (!reference) {
		destroy(buffer);
		return;
	}
	reference->phys_addr = buffer->phys_addr;
	reference->size = buffer->size;
	describe(reference, reply, fd);
}

/** The driver's checks, which are all that stands between an importer and a stale share_id. */
static bool may_import(const struct buffer *buffer, const struct broker_request *request)
{
	if (!buffer || buffer->options & BROKER_NOT_IMPORTABLE)
		return false;
	if (request->options & BROKER_SHARE_ID_SUFFICES)
		return request->size <= buffer->size;
	if (request->options & BROKER_EXACT_BASE && request->phys_addr != buffer->phys_addr)
		return false;
	if (request->phys_addr < buffer->phys_addr || request->phys_addr - buffer->phys_addr >= buffer->size)
		return false;
	if (request->size > buffer->size - (request->phys_addr - buffer->phys_addr))
		return false;
	return !((request->flags ^ buffer->flags) & FLAGS_THAT_MUST_AGREE);
}

void buffer_import(struct client *client, const struct broker_request *request, struct broker_reply *reply, int *fd)
{
	struct buffer *buffer = request->share_id > 0 ? buffer_by_share_id(request->share_id) : NULL;
	reply->result = HB_MEM_ERR_INVALID_PARAMS;
	if (!request->size || !may_import(buffer, request))
		return;
	struct reference *reference = add_reference(client, buffer);
	if (!reference) {
		reply->result = HB_MEM_ERR_INSUFFICIENT_MEM;
		return;
	}
	bool anywhere = request->options & BROKER_SHARE_ID_SUFFICES;
	reference->phys_addr = anywhere ? buffer->phys_addr : request->phys_addr;
	reference->size = request->size;
	describe(reference, reply, fd);
}

void buffer_map_physical(const struct broker_request *request, struct broker_reply *reply, int *fd)
{
	reply->result = HB_MEM_ERR_INVALID_PARAMS;
	for (struct buffer *buffer = buffers; buffer; buffer = buffer->next) {
		uint64_t inside = request->phys_addr - buffer->phys_addr;
		if (request->phys_addr < buffer->phys_addr || inside >= buffer->size ||
		    request->size > buffer->size - inside)
			continue;
		reply->result = 0;
		reply->phys_addr = buffer->phys_addr;
		reply->size = buffer->size;
		*fd = buffer->memory_fd;
	}
}

int32_t buffer_consume(struct client *client, const struct broker_request *request)
{
	struct reference *reference = reference_by_id(client, request->reference);
	if (!reference || reference->buffer->share_id != request->share_id)
		return HB_MEM_ERR_INVALID_PARAMS;
	if (request->amount > 0) {
		reference->consumed++;
		reference->buffer->consume_count++;
		return 0;
	}
	/* A client's share belongs to the client, whichever of its imports it came by. */
	struct buffer *buffer = reference->buffer;
	for (reference = client->references; reference; reference = reference->next) {
		if (reference->buffer == buffer && reference->consumed > 0) {
			reference->consumed--;
			buffer->consume_count--;
			return 0;
		}
	}
	return HB_MEM_ERR_INVALID_PARAMS;
}

static void drop(struct client *client, struct reference *reference)
{
	struct buffer *buffer = reference->buffer;
	struct reference *other = client->references;
	while (other && other->buffer != buffer)
		other = other->next;
	if (other)
		other->consumed += reference->consumed;
	else
		buffer->consume_count -= reference->consumed;
	client->reference_count--;
	free(reference);
	if (--buffer->share_count == 0)
		destroy(buffer);
}

bool buffer_release(struct client *client, uint64_t reference_id)
{
	for (struct reference **link = &client->references; *link; link = &(*link)->next) {
		struct reference *reference = *link;
		if (reference->id != reference_id)
			continue;
		*link = reference->next;
		drop(client, reference);
		return true;
	}
	return false;
}

void buffer_release_all(struct client *client)
{
	while (client->references)
		buffer_release(client, client->references->id);
}
