/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_hb_mem_layout.h
 * The sizes and offsets that the vendor's libhbmem 1.0.0 has on aarch64 (and on x86-64): a program compiled
 * against its headers must find our fields where it looks. Include after either header. */
#ifndef EMULATED_HB_MEM_LAYOUT_H
#define EMULATED_HB_MEM_LAYOUT_H

#include <stddef.h>

#define EMULATED_SIZE(type, bytes)         _Static_assert(sizeof(type) == (bytes), #type)
#define EMULATED_OFFSET(type, field, byte) _Static_assert(offsetof(type, field) == (byte), #type "." #field)

_Static_assert(sizeof(void *) == 8 && sizeof(long) == 8, "the board is LP64, and so are all layouts here");

EMULATED_SIZE(hb_mem_common_buf_t, 48);
EMULATED_OFFSET(hb_mem_common_buf_t, fd, 0);
EMULATED_OFFSET(hb_mem_common_buf_t, share_id, 4);
EMULATED_OFFSET(hb_mem_common_buf_t, flags, 8);
EMULATED_OFFSET(hb_mem_common_buf_t, size, 16);
EMULATED_OFFSET(hb_mem_common_buf_t, virt_addr, 24);
EMULATED_OFFSET(hb_mem_common_buf_t, phys_addr, 32);
EMULATED_OFFSET(hb_mem_common_buf_t, offset, 40);

EMULATED_SIZE(hb_mem_graphic_buf_t, 160);
EMULATED_OFFSET(hb_mem_graphic_buf_t, fd, 0);
EMULATED_OFFSET(hb_mem_graphic_buf_t, plane_cnt, 12);
EMULATED_OFFSET(hb_mem_graphic_buf_t, format, 16);
EMULATED_OFFSET(hb_mem_graphic_buf_t, width, 20);
EMULATED_OFFSET(hb_mem_graphic_buf_t, height, 24);
EMULATED_OFFSET(hb_mem_graphic_buf_t, stride, 28);
EMULATED_OFFSET(hb_mem_graphic_buf_t, vstride, 32);
EMULATED_OFFSET(hb_mem_graphic_buf_t, is_contig, 36);
EMULATED_OFFSET(hb_mem_graphic_buf_t, share_id, 40);
EMULATED_OFFSET(hb_mem_graphic_buf_t, flags, 56);
EMULATED_OFFSET(hb_mem_graphic_buf_t, size, 64);
EMULATED_OFFSET(hb_mem_graphic_buf_t, virt_addr, 88);
EMULATED_OFFSET(hb_mem_graphic_buf_t, phys_addr, 112);
EMULATED_OFFSET(hb_mem_graphic_buf_t, offset, 136);

EMULATED_SIZE(hb_mem_graphic_buf_group_t, 1288);
EMULATED_OFFSET(hb_mem_graphic_buf_group_t, graph_group, 0);
EMULATED_OFFSET(hb_mem_graphic_buf_group_t, group_id, 1280);
EMULATED_OFFSET(hb_mem_graphic_buf_group_t, bit_map, 1284);

EMULATED_SIZE(hb_mem_buf_queue_t, 16);
EMULATED_OFFSET(hb_mem_buf_queue_t, unique_id, 0);
EMULATED_OFFSET(hb_mem_buf_queue_t, count, 8);
EMULATED_OFFSET(hb_mem_buf_queue_t, item_size, 12);

EMULATED_SIZE(hb_mem_pool_t, 40);
EMULATED_OFFSET(hb_mem_pool_t, flags, 0);
EMULATED_OFFSET(hb_mem_pool_t, size, 8);
EMULATED_OFFSET(hb_mem_pool_t, fd, 16);
EMULATED_OFFSET(hb_mem_pool_t, page_size, 20);
EMULATED_OFFSET(hb_mem_pool_t, total_page_cnt, 24);
EMULATED_OFFSET(hb_mem_pool_t, avail_page_cnt, 28);
EMULATED_OFFSET(hb_mem_pool_t, cur_client_cnt, 32);
EMULATED_OFFSET(hb_mem_pool_t, reserved, 36);

EMULATED_SIZE(hb_mem_share_pool_t, 32);
EMULATED_OFFSET(hb_mem_share_pool_t, flags, 0);
EMULATED_OFFSET(hb_mem_share_pool_t, size, 8);
EMULATED_OFFSET(hb_mem_share_pool_t, fd, 12);
EMULATED_OFFSET(hb_mem_share_pool_t, total_buf_cnt, 16);
EMULATED_OFFSET(hb_mem_share_pool_t, avail_buf_cnt, 20);
EMULATED_OFFSET(hb_mem_share_pool_t, reserved, 24);

EMULATED_SIZE(hb_mem_buffer_type_t, 4);

#endif
