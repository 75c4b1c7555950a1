/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backend "hbmem": the vendor's graphic buffers, which the camera's hardware writes by DMA. A consumer finds one by
 * its share_id and the rest of its description, which travel on the board; the numbers are checked by the
 * vendor's library and driver, and the link to the producer is checked after the import, so that an id that was
 * given to another buffer meanwhile is not believed (consumer/link.c, consumer/lease.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/hbmem/hb_mem.h"
#include "error.h"

static_assert(sizeof(struct zcf_hb_mem_graphic) <= ZCF_BUFFER_HANDLE_SIZE, "a handle fits on the board");

/* What a buffer or mapping of ours needs to be given back. */
struct hbmem_buffer {
	const struct zcf_hb_mem *hb_mem;
	struct zcf_hb_mem_graphic graphic;
	bool owned; /* free_buf() is ours to call */
};

static int pixel_format_of(uint32_t fourcc, int32_t *ret_format)
{
	switch (fourcc) {
	case ZCF_FOURCC_NV12:
		*ret_format = ZCF_HB_MEM_NV12;
		return 0;
	case ZCF_FOURCC_GREY:
		*ret_format = ZCF_HB_MEM_YUV400;
		return 0;
	default:
		return zcf_fail(-ENOTSUP, "buffers of kind hbmem hold pictures (NV12, GREY), not fourcc 0x%08x",
				fourcc);
	}
}

/*
 * The geometry that a vendor's buffer has. Planes in separate allocations are numbered as if they lay one behind the
 * other; each mapping knows where they really are.
 */
static int describe(const struct zcf_hb_mem_graphic *graphic, struct zcf_format *ret_format)
{
	uint32_t stride = (uint32_t)(graphic->stride ? graphic->stride : graphic->width);
	struct zcf_format format = {
		.fourcc = graphic->format == ZCF_HB_MEM_NV12 ? ZCF_FOURCC_NV12 : ZCF_FOURCC_GREY,
		.width_pixels = (uint32_t)graphic->width,
		.height_pixels = (uint32_t)graphic->height,
		.plane_count = (uint32_t)graphic->plane_count,
	};

	if ((graphic->format != ZCF_HB_MEM_NV12 && graphic->format != ZCF_HB_MEM_YUV400) || graphic->plane_count < 1 ||
	    graphic->plane_count > ZCF_HB_MEM_PLANES)
		return zcf_fail(-ENOTSUP,
				"a buffer of the vendor's format %d with %d planes is not one that zcframe shares",
				graphic->format, graphic->plane_count);
	for (int32_t i = 0; i < graphic->plane_count; i++) {
		if (graphic->size[i] > UINT32_MAX)
			return zcf_fail(-EINVAL, "a plane of %llu bytes cannot be",
					(unsigned long long)graphic->size[i]);
		format.planes[i] = (struct zcf_plane){
			.offset_bytes = format.size_bytes,
			.size_bytes = graphic->size[i],
			.stride_bytes = stride,
		};
		format.size_bytes += graphic->size[i];
	}
	int error = zcf_format_check(&format, format.size_bytes);
	if (error == 0)
		*ret_format = format;
	return error;
}

static void fill_record(const struct zcf_hb_mem_graphic *graphic, uint64_t size_bytes, struct zcf_buffer_record *record)
{
	*record = (struct zcf_buffer_record){.size_bytes = size_bytes, .handle_size = sizeof(*graphic)};
	memcpy(record->share_id, graphic->share_id, sizeof(graphic->share_id));
	memcpy(record->handle, graphic, sizeof(*graphic));
}

/* A buffer of the producer's, made here or by the camera. */
static int hold(const struct zcf_hb_mem *hb_mem, const struct zcf_hb_mem_graphic *graphic, bool owned,
		struct zcf_backend_buffer *ret_buffer)
{
	struct zcf_backend_buffer buffer = {.fd = -1, .base = graphic->virt_addr[0]};
	struct hbmem_buffer *own = calloc(1, sizeof(*own));
	int error;

	if (!own)
		return zcf_fail(-ENOMEM, "out of memory");
	error = describe(graphic, &buffer.format);
	if (error < 0) {
		free(own);
		return error;
	}
	*own = (struct hbmem_buffer){hb_mem, *graphic, owned};
	buffer.size_bytes = buffer.format.size_bytes;
	buffer.private_data = own;
	for (int32_t i = 0; !graphic->is_contiguous && i < graphic->plane_count; i++)
		buffer.planes[i] = graphic->virt_addr[i];
	fill_record(graphic, buffer.size_bytes, &buffer.record);
	*ret_buffer = buffer;
	return 0;
}

static int hbmem_create(const struct zcf_format *format, uint32_t index, struct zcf_backend_buffer *ret_buffer)
{
	const struct zcf_hb_mem *hb_mem = NULL;
	struct zcf_hb_mem_graphic graphic;
	int32_t pixel_format = 0;
	int error = pixel_format_of(format->fourcc, &pixel_format);

	(void)index;
	if (error == 0)
		error = zcf_hb_mem_ref(&hb_mem);
	if (error < 0)
		return error;
	int32_t code = hb_mem->alloc_graph_buf(
		(int32_t)format->width_pixels, (int32_t)format->height_pixels, pixel_format,
		ZCF_HB_MEM_CPU_READ | ZCF_HB_MEM_CPU_WRITE | ZCF_HB_MEM_CACHED | ZCF_HB_MEM_CONTIGUOUS,
		(int32_t)format->planes[0].stride_bytes, (int32_t)format->height_pixels, &graphic);
	if (code != 0) {
		zcf_hb_mem_unref();
		return zcf_hb_mem_fail("hb_mem_alloc_graph_buf", code);
	}
	error = hold(hb_mem, &graphic, true, ret_buffer);
	if (error < 0) {
		hb_mem->free_buf(graphic.fd[0]);
		zcf_hb_mem_unref();
	}
	return error;
}

static int hbmem_adopt(const void *handle, size_t handle_size, struct zcf_backend_buffer *ret_buffer)
{
	const struct zcf_hb_mem *hb_mem = NULL;
	struct zcf_hb_mem_graphic graphic;

	if (handle_size != sizeof(graphic))
		return zcf_fail(-EINVAL, "a buffer of kind hbmem is described by %zu bytes, not %zu", sizeof(graphic),
				handle_size);
	memcpy(&graphic, handle, sizeof(graphic));
	int error = zcf_hb_mem_ref(&hb_mem);
	if (error < 0)
		return error;
	error = hold(hb_mem, &graphic, false, ret_buffer);
	if (error < 0)
		zcf_hb_mem_unref();
	return error;
}

static void hbmem_destroy(struct zcf_backend_buffer *buffer)
{
	struct hbmem_buffer *own = buffer->private_data;

	if (own->owned)
		own->hb_mem->free_buf(own->graphic.fd[0]);
	free(own);
	zcf_hb_mem_unref();
}

/* What the CPU wrote must reach the memory before another process, or the hardware, reads it. */
static int hbmem_end_write(const struct zcf_backend_buffer *buffer)
{
	const struct hbmem_buffer *own = buffer->private_data;

	if (!own->owned || !(own->graphic.flags & ZCF_HB_MEM_CACHED))
		return 0; /* the hardware wrote it */
	for (int32_t i = 0; i < own->graphic.plane_count; i++) {
		int32_t code = own->hb_mem->flush_buf_with_vaddr((uint64_t)(uintptr_t)own->graphic.virt_addr[i],
								 own->graphic.size[i]);
		if (code != 0)
			return zcf_hb_mem_fail("hb_mem_flush_buf_with_vaddr", code);
	}
	return 0;
}

static int hbmem_import(const struct zcf_buffer_record *record, int fd, struct zcf_backend_mapping *ret_mapping)
{
	struct zcf_backend_mapping mapping = {0};
	struct hbmem_buffer *own = calloc(1, sizeof(*own));
	struct zcf_hb_mem_graphic wanted;
	struct zcf_format format;
	int32_t code;

	(void)fd;
	int error = own ? zcf_hb_mem_ref(&own->hb_mem) : zcf_fail(-ENOMEM, "out of memory");
	if (error < 0) {
		free(own);
		return error;
	}
	if (record->handle_size != sizeof(wanted))
		error = zcf_fail(-EPROTO, "the producer's description of a buffer of kind hbmem has %u bytes, not %zu",
				 record->handle_size, sizeof(wanted));
	if (error < 0)
		goto fail;
	memcpy(&wanted, record->handle, sizeof(wanted));
	wanted.flags &= ~ZCF_HB_MEM_WRITE_MASK; /* a mapping that faults on writes, */
	wanted.flags |= ZCF_HB_MEM_CPU_READ;    /* and not on reads, whatever the description says */
	code = own->hb_mem->import_graph_buf(&wanted, &own->graphic);
	if (code != 0) {
		error = zcf_hb_mem_fail("hb_mem_import_graph_buf", code);
		goto fail;
	}
	own->owned = true;
	error = describe(&own->graphic, &format);
	if (error < 0)
		goto fail;
	mapping.base = own->graphic.virt_addr[0];
	mapping.size_bytes = format.size_bytes;
	mapping.private_data = own;
	for (uint32_t i = 0; !own->graphic.is_contiguous && i < format.plane_count; i++)
		mapping.planes[i] = own->graphic.virt_addr[i];
	*ret_mapping = mapping;
	return 0;

fail:
	if (own->owned)
		own->hb_mem->free_buf(own->graphic.fd[0]);
	free(own);
	zcf_hb_mem_unref();
	return error;
}

static void hbmem_release(struct zcf_backend_mapping *mapping)
{
	struct hbmem_buffer *own = mapping->private_data;

	own->hb_mem->free_buf(own->graphic.fd[0]);
	free(own);
	zcf_hb_mem_unref();
}

/* The camera wrote the memory behind this processor's cache: what the cache still has of it is old. */
static int hbmem_begin_read(const struct zcf_backend_mapping *mapping)
{
	const struct hbmem_buffer *own = mapping->private_data;

	if (!(own->graphic.flags & ZCF_HB_MEM_CACHED))
		return 0;
	for (int32_t i = 0; i < own->graphic.plane_count; i++) {
		int32_t code = own->hb_mem->invalidate_buf_with_vaddr((uint64_t)(uintptr_t)own->graphic.virt_addr[i],
								      own->graphic.size[i]);
		if (code != 0)
			return zcf_hb_mem_fail("hb_mem_invalidate_buf_with_vaddr", code);
	}
	return 0;
}

/* A consumer's own buffer, for copies by the DMA engine. */
struct hbmem_copy {
	const struct zcf_hb_mem *hb_mem;
	struct zcf_hb_mem_common common;
};

static int hbmem_copy_create(uint64_t size_bytes, struct zcf_backend_copy *ret_copy)
{
	struct hbmem_copy *own = calloc(1, sizeof(*own));
	int error;

	if (!own)
		return zcf_fail(-ENOMEM, "out of memory");
	error = zcf_hb_mem_ref(&own->hb_mem);
	if (error < 0) {
		free(own);
		return error;
	}
	int32_t code = own->hb_mem->alloc_com_buf(
		size_bytes, ZCF_HB_MEM_CPU_READ | ZCF_HB_MEM_CPU_WRITE | ZCF_HB_MEM_CACHED, &own->common);
	if (code != 0) {
		free(own);
		zcf_hb_mem_unref();
		return zcf_hb_mem_fail("hb_mem_alloc_com_buf", code);
	}
	*ret_copy = (struct zcf_backend_copy){own->common.virt_addr, own->common.size, own};
	/* cppcheck-suppress memleak ; ret_copy has it now */
	return 0;
}

static void hbmem_copy_destroy(struct zcf_backend_copy *copy)
{
	struct hbmem_copy *own = copy->private_data;

	own->hb_mem->free_buf(own->common.fd);
	free(own);
	zcf_hb_mem_unref();
}

static int hbmem_copy_bytes(void *to, const void *from, uint64_t size_bytes, const struct zcf_backend_copy *copy)
{
	const struct hbmem_copy *own = copy->private_data;
	int32_t code = own->hb_mem->dma_copy((uint64_t)(uintptr_t)to, (uint64_t)(uintptr_t)from, size_bytes);

	if (code != 0)
		return zcf_hb_mem_fail("hb_mem_dma_copy", code);
	/* What this processor's cache has of the copy's memory is that of the frame before. */
	code = own->hb_mem->invalidate_buf_with_vaddr((uint64_t)(uintptr_t)to, size_bytes);
	return code == 0 ? 0 : zcf_hb_mem_fail("hb_mem_invalidate_buf_with_vaddr", code);
}

const struct zcf_backend zcf_backend_hbmem = {
	.name = "hbmem",
	.sends_fds = false,
	.create = hbmem_create,
	.adopt = hbmem_adopt,
	.destroy = hbmem_destroy,
	.end_write = hbmem_end_write,
	.import = hbmem_import,
	.release = hbmem_release,
	.begin_read = hbmem_begin_read,
	.copy_create = hbmem_copy_create,
	.copy_destroy = hbmem_copy_destroy,
	.copy_bytes = hbmem_copy_bytes,
};
