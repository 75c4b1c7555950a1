/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_hbn.h
 * What a program sees of libvpf.so.1 on an RDK X5: nodes (sensor interface VIN, image processor ISP, scaler VSE),
 * the flows that join them, and their frames. Declared anew from the binary layout; names are the vendor's. */
#ifndef EMULATED_HBN_H
#define EMULATED_HBN_H

#include "emulated_hb_mem.h"

#include <sys/time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t hbn_vnode_handle_t;
typedef int64_t hbn_vflow_handle_t;
typedef int64_t vpf_handle_t;
typedef int32_t hobot_status;

typedef enum hb_vnode_type {
	HB_VIN = 0,
	HB_ISP = 1,
	HB_VSE = 2,
	HB_GDC = 3,
	HB_VNODE_TYPE_MAX = 13,
} hb_vnode_type;

#define AUTO_ALLOC_ID        -1
#define HBN_GETFRAME_TIMEOUT 1000
#define HBN_LAYER_MAXIMUM    6
#define VSE_OCHN_MAX         6

/** frame_format_e: not the numbers of hb_mem. */
enum emulated_frame_format { FRM_FMT_NULL = 0, FRM_FMT_RAW = 1, FRM_FMT_NV12 = 2, FRM_FMT_UYVY = 3 };

/** Functions return 0 or the negative of one of these. */
enum emulated_hbn_status {
	EMULATED_HBN_INVALID_NODE = 1,
	EMULATED_HBN_INVALID_NULL_PTR = 8,
	EMULATED_HBN_ILLEGAL_ATTR = 10,
	EMULATED_HBN_INVALID_FLOW = 11,
	EMULATED_HBN_FLOW_UNEXIST = 13,
	EMULATED_HBN_TIMEOUT = 21,
	EMULATED_HBN_NOT_SUPPORT = 23,
	EMULATED_HBN_NOMEM = 25,
	EMULATED_HBN_INVALID_VNODE_FD = 26,
	EMULATED_HBN_OPEN_OCHN_FAIL = 29,
	EMULATED_HBN_OPEN_ICHN_FAIL = 30,
	EMULATED_HBN_JSON_PARSE_FAIL = 31,
	EMULATED_HBN_REQ_BUF_FAIL = 32,
	EMULATED_HBN_NODE_START_FAIL = 36,
	EMULATED_HBN_NODE_DEQUE_ERROR = 43,
	EMULATED_HBN_ILLEGAL_BUF_INDEX = 44,
	EMULATED_HBN_NODE_QUE_ERROR = 45,
	EMULATED_HBN_FLUSH_FRAME_ERROR = 46,
	EMULATED_HBN_ADD_NODE_FAIL = 48,
	EMULATED_HBN_BIND_NODE_FAIL = 50,
	EMULATED_HBN_MEM_INIT_FAIL = 53,
	EMULATED_HBN_MEM_IMPORT_FAIL = 54,
};

typedef struct hbn_version_s {
	uint32_t major;
	uint32_t minor;
} hbn_version_t;

typedef struct hbn_frame_info_s {
	uint32_t frame_id;   /**< The sensor's, equal in all channels of one sensor frame. */
	uint64_t timestamps; /**< CLOCK_MONOTONIC_RAW, nanoseconds. */
	struct timeval tv;   /**< A hardware counter, not wall time. */
	struct timeval trig_tv;
	uint32_t frame_done;
	int32_t bufferindex; /**< In the channel's ring; all that releaseframe looks at. */
} hbn_frame_info_t;

typedef struct hbn_vnode_image_s {
	hbn_frame_info_t info;
	hb_mem_graphic_buf_t buffer;
	void *metadata;
} hbn_vnode_image_t;

typedef struct hbn_vnode_image_group_s {
	hbn_vnode_image_t image[HBN_LAYER_MAXIMUM];
	uint32_t bit_map;
	void *metadata;
} hbn_vnode_image_group_t;

typedef struct hbn_buf_alloc_attr_s {
	int64_t flags;
	uint32_t buffers_num;
	uint32_t is_contig;
} hbn_buf_alloc_attr_t;

typedef struct common_rect_s {
	uint32_t x, y, w, h;
} common_rect_t;

typedef struct frame_fps_ctrl_s {
	uint16_t src, dst;
} frame_fps_ctrl_t;

typedef struct vse_attr_s {
	frame_fps_ctrl_t fps;
} vse_attr_t;

typedef struct vse_ichn_attr_s {
	uint32_t tpg_en, width, height, fmt, bit_width;
} vse_ichn_attr_t;

typedef struct vse_ochn_attr_s {
	uint32_t chn_en;
	common_rect_t roi;
	uint32_t target_w, target_h;
	uint32_t y_stride, uv_stride;
	uint32_t fmt, bit_width;
	frame_fps_ctrl_t fps;
} vse_ochn_attr_t;

typedef struct vse_ochn_attr_ex_s {
	uint32_t src_fps, dst_fps, chn_en;
	common_rect_t roi;
	uint32_t target_w, target_h;
} vse_ochn_attr_ex_t;

typedef struct isp_attr_s {
	uint32_t input_mode, sched_mode, tile_mode, sensor_mode;
	common_rect_t crop;
} isp_attr_t;

typedef struct isp_ichn_attr_s {
	uint32_t tpg_en, width, height, fmt, bit_width;
} isp_ichn_attr_t;

typedef struct isp_ochn_attr_s {
	uint32_t ddr_en;
	common_rect_t out;
	uint32_t fmt, bit_width;
} isp_ochn_attr_t;

/** Of the vendor's long description of the sensor interface, the emulation reads only these. */
typedef struct cim_attr {
	uint32_t mipi_en;
	uint32_t mipi_rx; /**< The MIPI host that the camera is plugged into. */
	uint8_t rest[80];
} cim_attr_t;

typedef struct vin_node_attr_s {
	cim_attr_t cim_attr;
	uint8_t rest[320];
	uint32_t flow_id;
} vin_node_attr_t;

typedef struct vin_ichn_attr_s {
	uint32_t format, width, height;
} vin_ichn_attr_t;

typedef struct vin_basic_attr_s {
	uint32_t pack_mode, wstride, vstride, format;
} vin_basic_attr_t;

typedef struct vin_ochn_attr_s {
	uint32_t ddr_en, roi_en, emb_en, rawds_en, ochn_attr_type;
	vin_basic_attr_t vin_basic_attr;
	uint8_t rest[36];
} vin_ochn_attr_t;

typedef struct vin_attr_ex_s {
	uint64_t words[45];
} vin_attr_ex_t;

hobot_status hbn_vnode_open(hb_vnode_type type, uint32_t hw_id, int32_t ctx_id, hbn_vnode_handle_t *vnode);
void hbn_vnode_close(hbn_vnode_handle_t vnode);
hobot_status hbn_vnode_set_attr(hbn_vnode_handle_t vnode, void *attr);
hobot_status hbn_vnode_get_attr(hbn_vnode_handle_t vnode, void *attr);
hobot_status hbn_vnode_set_attr_ex(hbn_vnode_handle_t vnode, void *attr);
hobot_status hbn_vnode_get_attr_ex(hbn_vnode_handle_t vnode, void *attr);
hobot_status hbn_vnode_set_ichn_attr(hbn_vnode_handle_t vnode, uint32_t channel, void *attr);
hobot_status hbn_vnode_get_ichn_attr(hbn_vnode_handle_t vnode, uint32_t channel, void *attr);
hobot_status hbn_vnode_set_ichn_attr_ex(hbn_vnode_handle_t vnode, uint32_t channel, void *attr);
hobot_status hbn_vnode_set_ochn_attr(hbn_vnode_handle_t vnode, uint32_t channel, void *attr);
hobot_status hbn_vnode_get_ochn_attr(hbn_vnode_handle_t vnode, uint32_t channel, void *attr);
hobot_status hbn_vnode_set_ochn_attr_ex(hbn_vnode_handle_t vnode, uint32_t channel, void *attr);
hobot_status hbn_vnode_set_ochn_buf_attr(hbn_vnode_handle_t vnode, uint32_t channel, hbn_buf_alloc_attr_t *attr);
hobot_status hbn_vnode_start(hbn_vnode_handle_t vnode);
hobot_status hbn_vnode_stop(hbn_vnode_handle_t vnode);
hobot_status hbn_vnode_get_fd(hbn_vnode_handle_t vnode, uint32_t channel, int32_t *fd);
hobot_status hbn_vnode_getframe(hbn_vnode_handle_t vnode, uint32_t channel, uint32_t timeout_ms,
				hbn_vnode_image_t *image);
hobot_status hbn_vnode_getframe_cond(hbn_vnode_handle_t vnode, uint32_t channel, uint32_t timeout_ms, int32_t cond_ms,
				     hbn_vnode_image_t *image);
hobot_status hbn_vnode_getframe_group(hbn_vnode_handle_t vnode, uint32_t channel, uint32_t timeout_ms,
				      hbn_vnode_image_group_t *group);
hobot_status hbn_vnode_getframe_group_cond(hbn_vnode_handle_t vnode, uint32_t channel, uint32_t timeout_ms,
					   int32_t cond_ms, hbn_vnode_image_group_t *group);
hobot_status hbn_vnode_releaseframe(hbn_vnode_handle_t vnode, uint32_t channel, hbn_vnode_image_t *image);
hobot_status hbn_vnode_releaseframe_group(hbn_vnode_handle_t vnode, uint32_t channel, hbn_vnode_image_group_t *group);
/** Not in the vendor's headers, but in its library: finished frames that nobody has taken are dropped. */
hobot_status hbn_vnode_flushframe(hbn_vnode_handle_t vnode, uint32_t channel);
hobot_status hbn_vnode_sendframe(hbn_vnode_handle_t vnode, uint32_t channel, hbn_vnode_image_t *image);
hobot_status hbn_vnode_sendframe_async(hbn_vnode_handle_t vnode, uint32_t channel, hbn_vnode_image_t *image);

hobot_status hbn_vflow_create(hbn_vflow_handle_t *vflow);
void hbn_vflow_destroy(hbn_vflow_handle_t vflow);
hobot_status hbn_vflow_create_cfg(const char *config, hbn_vflow_handle_t *vflow);
hobot_status hbn_vflow_add_vnode(hbn_vflow_handle_t vflow, hbn_vnode_handle_t vnode);
hobot_status hbn_vflow_bind_vnode(hbn_vflow_handle_t vflow, hbn_vnode_handle_t source, uint32_t out_channel,
				  hbn_vnode_handle_t destination, uint32_t in_channel);
hobot_status hbn_vflow_unbind_vnode(hbn_vflow_handle_t vflow, hbn_vnode_handle_t source, uint32_t out_channel,
				    hbn_vnode_handle_t destination, uint32_t in_channel);
hobot_status hbn_vflow_start(hbn_vflow_handle_t vflow);
hobot_status hbn_vflow_stop(hbn_vflow_handle_t vflow);
hobot_status hbn_vflow_pause(hbn_vflow_handle_t vflow);
hobot_status hbn_vflow_resume(hbn_vflow_handle_t vflow);
hobot_status hbn_vflow_get_version(hbn_version_t *version);
hbn_vnode_handle_t hbn_vflow_get_vnode_handle(hbn_vflow_handle_t vflow, hb_vnode_type type, uint32_t index);

const char *hbn_err_info(int error);
const char *hbn_err_type(int error);

#ifdef __cplusplus
}
#endif

#endif
