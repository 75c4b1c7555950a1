/* SPDX-License-Identifier: Apache-2.0 */
/* Our declarations against the vendor's, where those are installed: nothing but checks at build time. */
#include "hbn_abi.h"

#include <hb_camera_data_config.h>
#include <hb_camera_interface.h>
#include <hb_mem_mgr.h>
#include <hbn_api.h>
#include <isp_cfg.h>
#include <vin_cfg.h>
#include <vse_cfg.h>

#define SAME_SIZE(ours, theirs) static_assert(sizeof(struct ours) == sizeof(theirs), #ours " is no " #theirs)
#define ROOM_FOR(ours, theirs)  static_assert(sizeof(struct ours) >= sizeof(theirs), #ours " has no room for " #theirs)
#define SAME_FIELD(ours, our_field, theirs, their_field)                                                               \
	static_assert(offsetof(struct ours, our_field) == offsetof(theirs, their_field),                               \
		      #ours "." #our_field " is not " #theirs "." #their_field)

SAME_SIZE(zcf_hb_mem_graphic, hb_mem_graphic_buf_t);
SAME_FIELD(zcf_hb_mem_graphic, plane_count, hb_mem_graphic_buf_t, plane_cnt);
SAME_FIELD(zcf_hb_mem_graphic, share_id, hb_mem_graphic_buf_t, share_id);
SAME_FIELD(zcf_hb_mem_graphic, flags, hb_mem_graphic_buf_t, flags);
SAME_FIELD(zcf_hb_mem_graphic, size, hb_mem_graphic_buf_t, size);
SAME_FIELD(zcf_hb_mem_graphic, virt_addr, hb_mem_graphic_buf_t, virt_addr);
SAME_FIELD(zcf_hb_mem_graphic, phys_addr, hb_mem_graphic_buf_t, phys_addr);
SAME_SIZE(zcf_hb_mem_common, hb_mem_common_buf_t);
SAME_FIELD(zcf_hb_mem_common, flags, hb_mem_common_buf_t, flags);
SAME_FIELD(zcf_hb_mem_common, phys_addr, hb_mem_common_buf_t, phys_addr);

/* One of the two that we can tell apart. */
#define IS_IMAGE(ours)                                                                                                 \
	(sizeof(struct ours) == sizeof(hbn_vnode_image_t) &&                                                           \
	 offsetof(struct ours, frame_id) == offsetof(hbn_vnode_image_t, info.frame_id) &&                              \
	 offsetof(struct ours, timestamp_ns) == offsetof(hbn_vnode_image_t, info.timestamps) &&                        \
	 offsetof(struct ours, buffer_index) == offsetof(hbn_vnode_image_t, info.bufferindex) &&                       \
	 offsetof(struct ours, buffer) == offsetof(hbn_vnode_image_t, buffer) &&                                       \
	 offsetof(struct ours, metadata) == offsetof(hbn_vnode_image_t, metadata))
static_assert(IS_IMAGE(hbn_image) || IS_IMAGE(hbn_later_image), "hbn_vnode_image_t is neither of the two known ones");
SAME_SIZE(hbn_buffers, hbn_buf_alloc_attr_t);
SAME_FIELD(hbn_buffers, count, hbn_buf_alloc_attr_t, buffers_num);
SAME_FIELD(hbn_buffers, is_contiguous, hbn_buf_alloc_attr_t, is_contig);

SAME_SIZE(hbn_vin, vin_node_attr_t);
SAME_FIELD(hbn_vin, mipi_host, vin_node_attr_t, cim_attr.mipi_rx);
SAME_FIELD(hbn_vin, virtual_channel, vin_node_attr_t, cim_attr.vc_index);
SAME_FIELD(hbn_vin, to_isp, vin_node_attr_t, cim_attr.cim_isp_flyby);
SAME_FIELD(hbn_vin, enable_frame_id, vin_node_attr_t, cim_attr.func.enable_frame_id);
SAME_SIZE(hbn_vin_input, vin_ichn_attr_t);
SAME_FIELD(hbn_vin_input, width, vin_ichn_attr_t, width);
ROOM_FOR(hbn_vin_output, vin_ochn_attr_t);
SAME_FIELD(hbn_vin_output, to_memory, vin_ochn_attr_t, ddr_en);
SAME_FIELD(hbn_vin_output, stride_bytes, vin_ochn_attr_t, vin_basic_attr.wstride);
SAME_FIELD(hbn_vin_output, format, vin_ochn_attr_t, vin_basic_attr.format);
ROOM_FOR(hbn_isp, isp_attr_t);
SAME_FIELD(hbn_isp, input_mode, isp_attr_t, input_mode);
SAME_SIZE(hbn_input, isp_ichn_attr_t);
SAME_SIZE(hbn_input, vse_ichn_attr_t);
SAME_FIELD(hbn_input, format, vse_ichn_attr_t, fmt);
SAME_SIZE(hbn_isp_output, isp_ochn_attr_t);
SAME_FIELD(hbn_isp_output, format, isp_ochn_attr_t, fmt);
SAME_SIZE(hbn_vse, vse_attr_t);
SAME_SIZE(hbn_vse_output, vse_ochn_attr_t);
SAME_FIELD(hbn_vse_output, region, vse_ochn_attr_t, roi);
SAME_FIELD(hbn_vse_output, width, vse_ochn_attr_t, target_w);
SAME_FIELD(hbn_vse_output, format, vse_ochn_attr_t, fmt);
SAME_FIELD(hbn_vse_output, rate, vse_ochn_attr_t, fps);

SAME_SIZE(hbn_mipi, mipi_config_t);
SAME_FIELD(hbn_mipi, settle, mipi_config_t, rx_attr.settle);
SAME_FIELD(hbn_mipi, channel_count, mipi_config_t, rx_attr.channel_num);
SAME_FIELD(hbn_mipi, extra_mask, mipi_config_t, rx_ex_mask);
SAME_FIELD(hbn_mipi, extra[HBN_MIPI_STOP_CHECK], mipi_config_t, rx_attr_ex.stop_check_instart);
SAME_FIELD(hbn_mipi, end_mark, mipi_config_t, end_flag);
SAME_SIZE(hbn_camera, camera_config_t);
SAME_FIELD(hbn_camera, address, camera_config_t, addr);
SAME_FIELD(hbn_camera, sensor_mode, camera_config_t, sensor_mode);
SAME_FIELD(hbn_camera, gpio_enable, camera_config_t, gpio_enable_bit);
SAME_FIELD(hbn_camera, rate, camera_config_t, fps);
SAME_FIELD(hbn_camera, format, camera_config_t, format);
SAME_FIELD(hbn_camera, mipi, camera_config_t, mipi_cfg);
SAME_FIELD(hbn_camera, tuning, camera_config_t, calib_lname);
SAME_FIELD(hbn_camera, end_mark, camera_config_t, end_flag);
