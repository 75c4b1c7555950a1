/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the vendor's libhbmem.so.1 that the package uses, found at run time, with layouts as the vendor has them.
 */
#ifndef ZCF_GO_HBMEM_LIBRARY_H
#define ZCF_GO_HBMEM_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#define PLANES 3

/* hb_mem_common_buf_t */
struct common_buffer {
	int32_t fd;
	int32_t share_id;
	int64_t flags;
	uint64_t size;
	uint8_t *virt_addr;
	uint64_t phys_addr;
	uint64_t offset;
};

_Static_assert(sizeof(struct common_buffer) == 48, "the vendor's layout");
_Static_assert(offsetof(struct common_buffer, flags) == 8, "the vendor's layout");
_Static_assert(offsetof(struct common_buffer, phys_addr) == 32, "the vendor's layout");

/* hb_mem_graphic_buf_t */
struct graphic_buffer {
	int32_t fd[PLANES];
	int32_t plane_count;
	int32_t format;
	int32_t width;
	int32_t height;
	int32_t stride;
	int32_t vstride;
	int32_t is_contiguous;
	int32_t share_id[PLANES];
	int32_t reserved;
	int64_t flags;
	uint64_t size[PLANES];
	uint8_t *virt_addr[PLANES];
	uint64_t phys_addr[PLANES];
	uint64_t offset[PLANES];
};

_Static_assert(sizeof(struct graphic_buffer) == 160, "the vendor's layout");
_Static_assert(offsetof(struct graphic_buffer, plane_count) == 12, "the vendor's layout");
_Static_assert(offsetof(struct graphic_buffer, share_id) == 40, "the vendor's layout");
_Static_assert(offsetof(struct graphic_buffer, flags) == 56, "the vendor's layout");
_Static_assert(offsetof(struct graphic_buffer, virt_addr) == 88, "the vendor's layout");
_Static_assert(offsetof(struct graphic_buffer, phys_addr) == 112, "the vendor's layout");
_Static_assert(offsetof(struct graphic_buffer, offset) == 136, "the vendor's layout");

/* What no code of the vendor's says. Theirs are all below -16000000. */
#define NO_LIBRARY (-1)

/*
 * The library with its module open, counted: each successful call needs its hbmem_close(). Returns 0, a code of the
 * vendor's, or NO_LIBRARY with a sentence that the caller frees.
 */
int32_t hbmem_open(char **ret_detail);
void hbmem_close(void);

/* Each as the vendor's function of that name, while the module is open. */
int32_t hbmem_alloc_com_buf(uint64_t size, int64_t flags, struct common_buffer *buffer);
int32_t hbmem_alloc_graph_buf(int32_t width, int32_t height, int32_t format, int64_t flags, int32_t stride,
			      int32_t vstride, struct graphic_buffer *buffer);
int32_t hbmem_import_com_buf(struct common_buffer *in, struct common_buffer *out);
int32_t hbmem_import_graph_buf(struct graphic_buffer *in, struct graphic_buffer *out);
int32_t hbmem_free_buf(int32_t fd);
int32_t hbmem_invalidate(const uint8_t *address, uint64_t size);
int32_t hbmem_flush(const uint8_t *address, uint64_t size);

#endif
