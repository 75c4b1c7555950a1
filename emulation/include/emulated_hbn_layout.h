/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_hbn_layout.h
 * The sizes and offsets that the vendor's libvpf 1.0.0 has. Include after emulated_hbn.h or the vendor's headers; after
 * headers that have hbn_frame_info_t.sys_timestamps, with EMULATED_LATER_HEADERS defined. */
#ifndef EMULATED_HBN_LAYOUT_H
#define EMULATED_HBN_LAYOUT_H

#include "emulated_hb_mem_layout.h"

/** What later headers have more. */
#ifdef EMULATED_LATER_HEADERS
#define EMULATED_LATER(bytes) (bytes)
#else
#define EMULATED_LATER(bytes) 0
#endif

EMULATED_SIZE(hbn_version_t, 8);
EMULATED_SIZE(hbn_vnode_handle_t, 8);
EMULATED_SIZE(hbn_vflow_handle_t, 8);

EMULATED_SIZE(hbn_frame_info_t, 56 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_frame_info_t, frame_id, 0);
EMULATED_OFFSET(hbn_frame_info_t, timestamps, 8);
EMULATED_OFFSET(hbn_frame_info_t, tv, 16 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_frame_info_t, trig_tv, 32 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_frame_info_t, frame_done, 48 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_frame_info_t, bufferindex, 52 + EMULATED_LATER(8));

EMULATED_SIZE(hbn_vnode_image_t, 224 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, info, 0);
EMULATED_OFFSET(hbn_vnode_image_t, buffer, 56 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.plane_cnt, 68 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.is_contig, 92 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.share_id, 96 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.flags, 112 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.size, 120 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.virt_addr, 144 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.phys_addr, 168 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, buffer.offset, 192 + EMULATED_LATER(8));
EMULATED_OFFSET(hbn_vnode_image_t, metadata, 216 + EMULATED_LATER(8));

EMULATED_SIZE(hbn_vnode_image_group_t, 1360 + EMULATED_LATER(48));
EMULATED_OFFSET(hbn_vnode_image_group_t, bit_map, 1344 + EMULATED_LATER(48));
EMULATED_OFFSET(hbn_vnode_image_group_t, metadata, 1352 + EMULATED_LATER(48));

EMULATED_SIZE(hbn_buf_alloc_attr_t, 16);
EMULATED_OFFSET(hbn_buf_alloc_attr_t, flags, 0);
EMULATED_OFFSET(hbn_buf_alloc_attr_t, buffers_num, 8);
EMULATED_OFFSET(hbn_buf_alloc_attr_t, is_contig, 12);

EMULATED_SIZE(common_rect_t, 16);
EMULATED_SIZE(frame_fps_ctrl_t, 4);
EMULATED_SIZE(vse_attr_t, 4);
EMULATED_SIZE(vse_ichn_attr_t, 20);
EMULATED_OFFSET(vse_ichn_attr_t, width, 4);
EMULATED_OFFSET(vse_ichn_attr_t, bit_width, 16);
EMULATED_SIZE(vse_ochn_attr_t, 48);
EMULATED_OFFSET(vse_ochn_attr_t, roi, 4);
EMULATED_OFFSET(vse_ochn_attr_t, target_w, 20);
EMULATED_OFFSET(vse_ochn_attr_t, target_h, 24);
EMULATED_OFFSET(vse_ochn_attr_t, y_stride, 28);
EMULATED_OFFSET(vse_ochn_attr_t, uv_stride, 32);
EMULATED_OFFSET(vse_ochn_attr_t, fmt, 36);
EMULATED_OFFSET(vse_ochn_attr_t, bit_width, 40);
EMULATED_OFFSET(vse_ochn_attr_t, fps, 44);
EMULATED_SIZE(vse_ochn_attr_ex_t, 36);
EMULATED_OFFSET(vse_ochn_attr_ex_t, chn_en, 8);
EMULATED_OFFSET(vse_ochn_attr_ex_t, roi, 12);
EMULATED_OFFSET(vse_ochn_attr_ex_t, target_w, 28);
EMULATED_SIZE(isp_attr_t, 32 + EMULATED_LATER(16));
EMULATED_OFFSET(isp_attr_t, crop, 16 + EMULATED_LATER(16));
EMULATED_SIZE(isp_ichn_attr_t, 20);
EMULATED_SIZE(isp_ochn_attr_t, 28);
EMULATED_OFFSET(isp_ochn_attr_t, out, 4);
EMULATED_OFFSET(isp_ochn_attr_t, fmt, 20);
EMULATED_SIZE(vin_node_attr_t, 412);
EMULATED_OFFSET(vin_node_attr_t, cim_attr.mipi_rx, 4);
EMULATED_OFFSET(vin_node_attr_t, flow_id, 408);
EMULATED_SIZE(vin_ichn_attr_t, 12);
EMULATED_SIZE(vin_ochn_attr_t, 72 + EMULATED_LATER(4));
EMULATED_OFFSET(vin_ochn_attr_t, vin_basic_attr, 20);
EMULATED_SIZE(vin_attr_ex_t, 360 + EMULATED_LATER(8));

#endif
