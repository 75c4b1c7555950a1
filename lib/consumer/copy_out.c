/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copy-out, for consumers that know they will be slow: the frame is copied once into memory of the consumer's own
 * and its lease given back at once. Each frame of the attachment has room of its own, kept for its next use.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "consumer/consumer.h"
#include "error.h"
#include "transport/shared_memory.h"

/* Ordinary memory, where the backend has nothing better. Touched now, so that no frame pays for its pages. */
static int create_plain(uint64_t size_bytes, struct zcf_backend_copy *ret_copy)
{
	size_t size = zcf_round_up_to_page(size_bytes);
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (base == MAP_FAILED)
		return zcf_fail(-errno, "map %zu bytes for a copy: %s", size, strerror(errno));
	*ret_copy = (struct zcf_backend_copy){.base = base, .size_bytes = size};
	return 0;
}

static void destroy(const struct zcf_attachment *attachment, struct zcf_backend_copy *copy)
{
	if (copy->private_data)
		attachment->backend->copy_destroy(copy);
	else
		zcf_shared_memory_unmap(copy->base, copy->size_bytes);
	*copy = (struct zcf_backend_copy){0};
}

static int make_room(struct zcf_attachment *attachment, struct zcf_backend_copy *copy, uint64_t size_bytes)
{
	if (copy->size_bytes >= size_bytes)
		return 0;
	destroy(attachment, copy);
	/* The vendor's memory is scarce: without it the copy is made by the processor. */
	if (attachment->backend->copy_create && attachment->backend->copy_create(size_bytes, copy) == 0)
		return 0;
	return create_plain(size_bytes, copy);
}

int zcf_copy_out_prepare(struct zcf_attachment *attachment)
{
	uint64_t size_bytes = 0;
	int error = 0;

	for (uint32_t i = 0; i < attachment->info.buffer_count; i++)
		if (attachment->buffers[i].size_bytes > size_bytes)
			size_bytes = attachment->buffers[i].size_bytes;
	/* Only where all buffers are still to be imported is the producer's word taken for it. */
	if (size_bytes == 0)
		size_bytes = attachment->info.format.size_bytes;
	for (uint32_t slot = 0; error == 0 && slot < attachment->frame_count; slot++)
		error = make_room(attachment, &attachment->frames[slot].copy, size_bytes);
	return error;
}

void zcf_copy_out_destroy(struct zcf_attachment *attachment)
{
	for (uint32_t slot = 0; slot < ZCF_MAX_LEASES; slot++)
		destroy(attachment, &attachment->frames[slot].copy);
}

static void copy_planes(struct zcf_frame *frame)
{
	const struct zcf_format *format = &frame->info.format;

	for (uint32_t i = 0; i < format->plane_count; i++) {
		const struct zcf_plane *plane = &format->planes[i];
		const struct zcf_backend *backend = frame->attachment->backend;
		const void *from = zcf_frame_get_leased_plane(frame, i);
		void *to = (uint8_t *)frame->copy.base + plane->offset_bytes;
		uint64_t size_bytes = plane->size_bytes;

		if (format->fourcc == ZCF_FOURCC_DATA && frame->info.bytes_used < size_bytes)
			size_bytes = frame->info.bytes_used; /* of data, only what is there */
		if (!frame->copy.private_data || backend->copy_bytes(to, from, size_bytes, &frame->copy) < 0)
			memcpy(to, from, size_bytes);
	}
}

int zcf_copy_out(struct zcf_frame *frame)
{
	/* A buffer that was imported on first sight may be larger than what was prepared; then this frame allocates. */
	uint64_t size_bytes = frame->attachment->buffers[frame->info.buffer_index].size_bytes;
	int error = make_room(frame->attachment, &frame->copy, size_bytes);

	if (error < 0)
		return error;
	copy_planes(frame);
	/* V1, V2: had anything been overwritten while we copied, we would see it now. */
	if (zcf_frame_check(frame) < 0)
		return -ESTALE;
	frame->is_copy = true;
	/* Ids of the camera's buffer, which may be written to from now on. */
	memset(frame->info.share_id, 0, sizeof(frame->info.share_id));
	return 0;
}
