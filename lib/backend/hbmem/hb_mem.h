/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the vendor's buffer library (libhbmem.so.1, D-Robotics RDK X5) that we use, in declarations of
 * our own, and the library itself, opened at run time: so the same program runs where there is none.
 */
#ifndef ZCF_HB_MEM_H
#define ZCF_HB_MEM_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define ZCF_HB_MEM_PLANES 3

/* The vendor's hb_mem_graphic_buf_t. */
struct zcf_hb_mem_graphic {
	int32_t fd[ZCF_HB_MEM_PLANES];
	int32_t plane_count;
	int32_t format;
	int32_t width;
	int32_t height;
	int32_t stride;  /* 0: the width */
	int32_t vstride; /* 0: the height */
	int32_t is_contiguous;
	int32_t share_id[ZCF_HB_MEM_PLANES];
	int32_t reserved;
	int64_t flags;
	uint64_t size[ZCF_HB_MEM_PLANES];
	uint8_t *virt_addr[ZCF_HB_MEM_PLANES];
	uint64_t phys_addr[ZCF_HB_MEM_PLANES];
	uint64_t offset[ZCF_HB_MEM_PLANES];
};

static_assert(sizeof(struct zcf_hb_mem_graphic) == 160, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, plane_count) == 12, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, stride) == 28, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, is_contiguous) == 36, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, share_id) == 40, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, flags) == 56, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, size) == 64, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, virt_addr) == 88, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, phys_addr) == 112, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_graphic, offset) == 136, "the vendor's layout");

/* The vendor's hb_mem_common_buf_t. */
struct zcf_hb_mem_common {
	int32_t fd;
	int32_t share_id;
	int64_t flags;
	uint64_t size;
	uint8_t *virt_addr;
	uint64_t phys_addr;
	uint64_t offset;
};

static_assert(sizeof(struct zcf_hb_mem_common) == 48, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_common, share_id) == 4, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_common, flags) == 8, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_common, virt_addr) == 24, "the vendor's layout");
static_assert(offsetof(struct zcf_hb_mem_common, phys_addr) == 32, "the vendor's layout");

enum zcf_hb_mem_pixel_format {
	ZCF_HB_MEM_NV12 = 8,
	ZCF_HB_MEM_YUV400 = 22,
};

/* Usage flags: what the CPU may do, whether it does so through its cache, and planes in one piece. */
#define ZCF_HB_MEM_CPU_READ   INT64_C(0x1)
#define ZCF_HB_MEM_CPU_WRITE  INT64_C(0x10)
#define ZCF_HB_MEM_WRITE_MASK INT64_C(0xF0)
#define ZCF_HB_MEM_CACHED     INT64_C(0x4000000)
#define ZCF_HB_MEM_CONTIGUOUS INT64_C(0x8000000)

/* The vendor's functions, each with the vendor's return value: 0 or a negative code of its own. */
struct zcf_hb_mem {
	int32_t (*get_version)(uint32_t *major, uint32_t *minor, uint32_t *patch);
	int32_t (*module_open)(void);
	int32_t (*module_close)(void);
	int32_t (*alloc_com_buf)(uint64_t size, int64_t flags, struct zcf_hb_mem_common *buffer);
	int32_t (*alloc_graph_buf)(int32_t width, int32_t height, int32_t format, int64_t flags, int32_t stride,
				   int32_t vstride, struct zcf_hb_mem_graphic *buffer);
	int32_t (*free_buf)(int32_t fd);
	int32_t (*import_com_buf)(struct zcf_hb_mem_common *in, struct zcf_hb_mem_common *out);
	int32_t (*import_graph_buf)(struct zcf_hb_mem_graphic *in, struct zcf_hb_mem_graphic *out);
	int32_t (*invalidate_buf_with_vaddr)(uint64_t virt_addr, uint64_t size);
	int32_t (*flush_buf_with_vaddr)(uint64_t virt_addr, uint64_t size);
	int32_t (*dma_copy)(uint64_t to_virt_addr, uint64_t from_virt_addr, uint64_t size);
};

/*
 * The library, opened and with its module open, for this process; counted, so each needs its own _unref().
 * Returns 0; -ENOSYS if the machine has no such library, or one that lacks a function; -EIO if it cannot
 * reach its driver. zcf_error_detail() says more.
 */
int zcf_hb_mem_ref(const struct zcf_hb_mem **ret_hb_mem);
void zcf_hb_mem_unref(void);

/* A negative errno for a code of the vendor's, with a sentence that names call, code and meaning. */
int zcf_hb_mem_fail(const char *call, int32_t code);

#endif
