/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_hb_mem.h
 * What a program sees of libhbmem.so.1 on an RDK X5: types, numbers and functions, declared anew from their
 * binary layout. Names are the vendor's, since programs link by them; everything else is ours. A program
 * that has the vendor's own header uses that one instead: the two must not meet in one translation unit. */
#ifndef EMULATED_HB_MEM_H
#define EMULATED_HB_MEM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MAX_GRAPHIC_BUF_COMP     3
#define HB_MEM_MAXIMUM_GRAPH_BUF 8

/** Usage flags: who touches the buffer, how it is mapped, which heap it comes from. */
#define HB_MEM_USAGE_CPU_READ_NEVER         INT64_C(0x0)
#define HB_MEM_USAGE_CPU_READ_OFTEN         INT64_C(0x1)
#define HB_MEM_USAGE_CPU_READ_MASK          INT64_C(0xF)
#define HB_MEM_USAGE_CPU_WRITE_NEVER        INT64_C(0x0)
#define HB_MEM_USAGE_CPU_WRITE_OFTEN        INT64_C(0x10)
#define HB_MEM_USAGE_CPU_WRITE_MASK         INT64_C(0xF0)
#define HB_MEM_USAGE_MAP_INITIALIZED        INT64_C(0x1000000)
#define HB_MEM_USAGE_MAP_UNINITIALIZED      INT64_C(0x2000000)
#define HB_MEM_USAGE_CACHED                 INT64_C(0x4000000)
#define HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF INT64_C(0x8000000)
#define HB_MEM_USAGE_MEM_POOL               INT64_C(0x10000000)
#define HB_MEM_USAGE_MEM_SHARE_POOL         INT64_C(0x20000000)
#define HB_MEM_USAGE_PRIV_HEAP_DMA          INT64_C(0)
#define HB_MEM_USAGE_PRIV_HEAP_RESERVED     INT64_C(0x100000000)
#define HB_MEM_USAGE_PRIV_HEAP_SRAM         INT64_C(0x200000000)
#define HB_MEM_USAGE_PRIV_HEAP_2_RESERVED   INT64_C(0x400000000)
#define HB_MEM_USAGE_PRIV_MASK              INT64_C(0xFF00000000)

enum emulated_pixel_format {
	MEM_PIX_FMT_NONE = -1,
	MEM_PIX_FMT_RGB565 = 0,
	MEM_PIX_FMT_RGB24 = 1,
	MEM_PIX_FMT_BGR24 = 2,
	MEM_PIX_FMT_ARGB = 3,
	MEM_PIX_FMT_RGBA = 4,
	MEM_PIX_FMT_ABGR = 5,
	MEM_PIX_FMT_BGRA = 6,
	MEM_PIX_FMT_YUV420P = 7,
	MEM_PIX_FMT_NV12 = 8,
	MEM_PIX_FMT_NV21 = 9,
	MEM_PIX_FMT_YUV422P = 10,
	MEM_PIX_FMT_NV16 = 11,
	MEM_PIX_FMT_NV61 = 12,
	MEM_PIX_FMT_YUYV422 = 13,
	MEM_PIX_FMT_YVYU422 = 14,
	MEM_PIX_FMT_UYVY422 = 15,
	MEM_PIX_FMT_VYUY422 = 16,
	MEM_PIX_FMT_YUV444 = 17,
	MEM_PIX_FMT_YUV444P = 18,
	MEM_PIX_FMT_NV24 = 19,
	MEM_PIX_FMT_NV42 = 20,
	MEM_PIX_FMT_YUV440P = 21,
	MEM_PIX_FMT_YUV400 = 22,
	MEM_PIX_FMT_RAW8 = 23,
	MEM_PIX_FMT_RAW10 = 24,
	MEM_PIX_FMT_RAW12 = 25,
	MEM_PIX_FMT_RAW14 = 26,
	MEM_PIX_FMT_RAW16 = 27,
	MEM_PIX_FMT_RAW20 = 28,
	MEM_PIX_FMT_RAW24 = 29,
	MEM_PIX_FMT_TOTAL = 30,
};

typedef enum hb_mem_buffer_type_t {
	HB_MEM_BUFFER_TYPE_COMMON = 0,
	HB_MEM_BUFFER_TYPE_GRAPHIC = 1,
	HB_MEM_BUFFER_TYPE_GRAPHIC_GROUP = 2,
	HB_MEM_BUFFER_TYPE_MAX = 3,
} hb_mem_buffer_type_t;

/** Every function returns 0 or one of these. */
enum emulated_hb_mem_error {
	HB_MEM_ERR_UNKNOWN = -16777215,
	HB_MEM_ERR_INVALID_PARAMS = -16777214,
	HB_MEM_ERR_INVALID_FD = -16777213,
	HB_MEM_ERR_INVALID_VADDR = -16777212,
	HB_MEM_ERR_INSUFFICIENT_MEM = -16777211,
	HB_MEM_ERR_TOO_MANY_FD = -16777210,
	HB_MEM_ERR_TIMEOUT = -16777209,
	HB_MEM_ERR_MODULE_NOT_FOUND = -16777208,
	HB_MEM_ERR_MODULE_OPEN_FAIL = -16777207,
	HB_MEM_ERR_QUEUE_NOT_FOUND = -16777206,
	HB_MEM_ERR_QUEUE_DESTROYED = -16777205,
	HB_MEM_ERR_QUEUE_WRONG_SLOT = -16777204,
	HB_MEM_ERR_QUEUE_NO_AVAILABLE_SLOT = -16777203,
	HB_MEM_ERR_QUEUE_ALREADY_EXIST = -16777202,
	HB_MEM_ERR_POOL_NOT_FOUND = -16777201,
	HB_MEM_ERR_POOL_DESTROYED = -16777200,
	HB_MEM_ERR_POOL_BUSY = -16777199,
	HB_MEM_ERR_WAIT_SHARE_FAILURE = -16777198,
	HB_MEM_ERR_NOT_ALLOW = -16777197,
	HB_MEM_ERR_CHECK_VER_FAIL = -16777196,
	HB_MEM_ERR_REGISTER_FAIL = -16777195,
	HB_MEM_ERR_INVALID_GROUPID = -16777194,
};

/** A piece of physically contiguous memory. */
typedef struct hb_mem_common_buf_t {
	int32_t fd;         /**< Means something only to the process that got it. */
	int32_t share_id;   /**< The buffer's number on the whole machine, above 0. */
	int64_t flags;      /**< As asked for. */
	uint64_t size;      /**< As asked for, not rounded to pages. */
	uint8_t *virt_addr; /**< In this process. */
	uint64_t phys_addr;
	uint64_t offset; /**< 0; from a look-up by an inner address: how far in it is. */
} hb_mem_common_buf_t;

/** A picture: of one buffer (is_contig) or of a buffer for each plane. */
typedef struct hb_mem_graphic_buf_t {
	int32_t fd[MAX_GRAPHIC_BUF_COMP];
	int32_t plane_cnt;
	int32_t format;
	int32_t width;
	int32_t height;
	int32_t stride;
	int32_t vstride;
	int32_t is_contig;
	int32_t share_id[MAX_GRAPHIC_BUF_COMP];
	int64_t flags;
	uint64_t size[MAX_GRAPHIC_BUF_COMP];
	uint8_t *virt_addr[MAX_GRAPHIC_BUF_COMP];
	uint64_t phys_addr[MAX_GRAPHIC_BUF_COMP];
	uint64_t offset[MAX_GRAPHIC_BUF_COMP];
} hb_mem_graphic_buf_t;

typedef struct hb_mem_graphic_buf_group_t {
	hb_mem_graphic_buf_t graph_group[HB_MEM_MAXIMUM_GRAPH_BUF];
	int32_t group_id;
	uint32_t bit_map; /**< Which of the eight there are. */
} hb_mem_graphic_buf_group_t;

typedef struct hb_mem_buf_queue_t {
	uint64_t unique_id; /**< 0 asks for one. */
	uint32_t count;
	uint32_t item_size;
} hb_mem_buf_queue_t;

typedef struct hb_mem_pool_t {
	int64_t flags;
	uint64_t size;
	int32_t fd;
	int32_t page_size;
	int32_t total_page_cnt;
	int32_t avail_page_cnt;
	int32_t cur_client_cnt;
	int32_t reserved;
} hb_mem_pool_t;

typedef struct hb_mem_share_pool_t {
	int64_t flags;
	uint32_t size; /**< Of one buffer. */
	int32_t fd;
	int32_t total_buf_cnt;
	int32_t avail_buf_cnt;
	int32_t reserved;
} hb_mem_share_pool_t;

int32_t hb_mem_get_version(uint32_t *major, uint32_t *minor, uint32_t *patch);
int32_t hb_mem_module_open(void);
int32_t hb_mem_module_close(void);
int32_t hb_mem_strerror(int32_t error, char *text, int32_t size);

int32_t hb_mem_alloc_com_buf(uint64_t size, int64_t flags, hb_mem_common_buf_t *buffer);
int32_t hb_mem_alloc_graph_buf(int32_t width, int32_t height, int32_t format, int64_t flags, int32_t stride,
			       int32_t vstride, hb_mem_graphic_buf_t *buffer);
int32_t hb_mem_alloc_graph_buf_group(int32_t *width, int32_t *height, int32_t *format, int64_t *flags, int32_t *stride,
				     int32_t *vstride, hb_mem_graphic_buf_group_t *group, uint32_t bitmap);
int32_t hb_mem_free_buf(int32_t fd);
int32_t hb_mem_free_buf_with_vaddr(uint64_t virt_addr);

int32_t hb_mem_get_com_buf(int32_t fd, hb_mem_common_buf_t *buffer);
int32_t hb_mem_get_graph_buf(int32_t fd, hb_mem_graphic_buf_t *buffer);
int32_t hb_mem_get_graph_buf_group(int32_t fd, hb_mem_graphic_buf_group_t *group);
int32_t hb_mem_get_com_buf_with_vaddr(uint64_t virt_addr, hb_mem_common_buf_t *buffer);
int32_t hb_mem_get_graph_buf_with_vaddr(uint64_t virt_addr, hb_mem_graphic_buf_t *buffer);
int32_t hb_mem_get_graph_buf_group_with_vaddr(uint64_t virt_addr, hb_mem_graphic_buf_group_t *group);
int32_t hb_mem_get_phys_addr(uint64_t virt_addr, uint64_t *phys_addr);
int32_t hb_mem_get_buf_info(uint64_t virt_addr, uint64_t *start, uint64_t *size, int64_t *flags);
int32_t hb_mem_is_valid_buf(uint64_t virt_addr, uint64_t size, int32_t *valid);
int32_t hb_mem_get_buf_type_with_vaddr(uint64_t virt_addr, hb_mem_buffer_type_t *type);
int32_t hb_mem_get_buf_type_and_buf_with_vaddr(uint64_t virt_addr, hb_mem_buffer_type_t *type,
					       hb_mem_common_buf_t *common, hb_mem_graphic_buf_t *graphic);
int32_t hb_mem_get_buf_and_type_with_vaddr(uint64_t virt_addr, hb_mem_buffer_type_t *type, hb_mem_common_buf_t *common,
					   hb_mem_graphic_buf_t *graphic, hb_mem_graphic_buf_group_t *group);
int32_t hb_mem_get_buffer_process_info(uint64_t virt_addr, int32_t *pid, int32_t num, int32_t *ret_num);
int32_t hb_mem_get_buffer_process_info_with_share_id(int32_t share_id, int32_t *pid, int32_t num, int32_t *ret_num);

int32_t hb_mem_flush_buf(int32_t fd, uint64_t offset, uint64_t size);
int32_t hb_mem_invalidate_buf(int32_t fd, uint64_t offset, uint64_t size);
int32_t hb_mem_flush_buf_with_vaddr(uint64_t virt_addr, uint64_t size);
int32_t hb_mem_invalidate_buf_with_vaddr(uint64_t virt_addr, uint64_t size);
int32_t hb_mem_dma_copy(uint64_t destination, uint64_t source, uint64_t size);

int32_t hb_mem_import_com_buf(hb_mem_common_buf_t *in, hb_mem_common_buf_t *out);
int32_t hb_mem_import_graph_buf(hb_mem_graphic_buf_t *in, hb_mem_graphic_buf_t *out);
int32_t hb_mem_import_graph_buf_group(hb_mem_graphic_buf_group_t *in, hb_mem_graphic_buf_group_t *out);
int32_t hb_mem_import_com_buf_with_paddr(uint64_t phys_addr, uint64_t size, int64_t flags, hb_mem_common_buf_t *out);

int32_t hb_mem_get_share_info(int32_t fd, int32_t *count);
int32_t hb_mem_get_share_info_with_vaddr(uint64_t virt_addr, int32_t *count);
int32_t hb_mem_wait_share_status(int32_t fd, int32_t target, int64_t timeout_ms);
int32_t hb_mem_wait_share_status_with_vaddr(uint64_t virt_addr, int32_t target, int64_t timeout_ms);

int32_t hb_mem_inc_com_buf_consume_cnt(hb_mem_common_buf_t *buffer);
int32_t hb_mem_inc_graph_buf_consume_cnt(hb_mem_graphic_buf_t *buffer);
int32_t hb_mem_inc_graph_buf_group_consume_cnt(hb_mem_graphic_buf_group_t *group);
int32_t hb_mem_dec_consume_cnt(int32_t fd);
int32_t hb_mem_dec_consume_cnt_with_vaddr(uint64_t virt_addr);
int32_t hb_mem_get_consume_info(int32_t fd, int32_t *count);
int32_t hb_mem_get_consume_info_with_vaddr(uint64_t virt_addr, int32_t *count);
int32_t hb_mem_wait_consume_status(int32_t fd, int32_t target, int64_t timeout_ms);
int32_t hb_mem_wait_consume_status_with_vaddr(uint64_t virt_addr, int32_t target, int64_t timeout_ms);

int32_t hb_mem_inc_user_consume_cnt(int32_t fd);
int32_t hb_mem_dec_user_consume_cnt(int32_t fd);
int32_t hb_mem_inc_user_consume_cnt_with_vaddr(uint64_t virt_addr);
int32_t hb_mem_dec_user_consume_cnt_with_vaddr(uint64_t virt_addr);

int32_t hb_mem_create_buf_queue(hb_mem_buf_queue_t *queue);
int32_t hb_mem_destroy_buf_queue(hb_mem_buf_queue_t *queue);
int32_t hb_mem_dequeue_buf(hb_mem_buf_queue_t *queue, int32_t *slot, void *item, int64_t timeout_ms);
int32_t hb_mem_queue_buf(hb_mem_buf_queue_t *queue, int32_t slot, const void *item);
int32_t hb_mem_request_buf(hb_mem_buf_queue_t *queue, int32_t *slot, void *item, int64_t timeout_ms);
int32_t hb_mem_release_buf(hb_mem_buf_queue_t *queue, int32_t slot);
int32_t hb_mem_cancel_buf(hb_mem_buf_queue_t *queue, int32_t slot);

int32_t hb_mem_pool_create(uint64_t size, int64_t flags, hb_mem_pool_t *pool);
int32_t hb_mem_pool_destroy(int32_t fd);
int32_t hb_mem_pool_alloc_buf(int32_t fd, uint64_t size, hb_mem_common_buf_t *buffer);
int32_t hb_mem_pool_free_buf(uint64_t virt_addr);
int32_t hb_mem_pool_get_info(int32_t fd, hb_mem_pool_t *pool);

int32_t hb_mem_share_pool_create(uint32_t num, uint64_t size, int64_t flags, hb_mem_share_pool_t *pool);
int32_t hb_mem_share_pool_destroy(int32_t fd);
int32_t hb_mem_share_pool_alloc_buf(int32_t fd, hb_mem_common_buf_t *buffer);
int32_t hb_mem_share_pool_free_buf(uint64_t virt_addr);
int32_t hb_mem_share_pool_get_info(int32_t fd, hb_mem_share_pool_t *pool);

#ifdef __cplusplus
}
#endif

#endif
