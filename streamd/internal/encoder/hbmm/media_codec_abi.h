/* SPDX-License-Identifier: Apache-2.0 */
/** @file media_codec_abi.h
 * The part of the vendor's libmultimedia.so.1 and libhbmem.so.1 that the encoder uses: layouts as the vendor has them,
 * since both libraries are found at run time. */
#ifndef ZCFRAME_STREAMD_MEDIA_CODEC_ABI_H
#define ZCFRAME_STREAMD_MEDIA_CODEC_ABI_H

#include <stddef.h>
#include <stdint.h>

enum {
	CODEC_H264 = 0,
	RATE_CONTROL_H264_CBR = 0,
	PIXEL_FORMAT_NV12 = 1, /* libmultimedia's number; libhbmem's is 8 */
	BUFFER_IS_FRAME = 0,
	GOP_CONSECUTIVE_P = 9, /* one I picture, then P, each with one reference */
	REFRESH_BY_IDR = 2,
	CODEC_WAIT_TIMEOUT = -268435443,
};

/* mc_h264_cbr_params_t */
struct codec_constant_rate {
	uint32_t intra_period; /* pictures */
	uint32_t intra_qp;
	uint32_t bit_rate; /* kbit/s */
	uint32_t frame_rate;
	uint32_t initial_qp;
	int32_t vbv_buffer_ms;
	uint32_t macroblock_level;
	uint32_t min_qp_i, max_qp_i, min_qp_p, max_qp_p, min_qp_b, max_qp_b;
	uint32_t hvs_qp_enable;
	int32_t hvs_qp_scale;
	uint32_t max_delta_qp;
	int32_t qp_map_enable;
};

/* mc_rate_control_params_t */
struct codec_rate_control {
	int32_t mode;
	int32_t reserved;
	union {
		struct codec_constant_rate constant;
		uint64_t all_modes[9];
	};
};

/* mc_video_codec_enc_params_t */
struct codec_encoder_params {
	int32_t width;
	int32_t height;
	int32_t pixel_format;
	uint32_t frame_buffer_count;
	int32_t external_frame_buffers; /* 1: the caller brings the memory */
	uint32_t stream_buffer_count;
	uint32_t stream_buffer_bytes;
	uint32_t reserved;
	struct codec_rate_control rate_control;
	uint32_t decoding_refresh_type;
	uint32_t gop_preset;
	uint8_t gop_custom[228];
	uint32_t rotation;
	uint32_t mirror;
	uint32_t crop[5];
	int32_t enable_user_pts;
	uint8_t codec_config[628];
};

/* media_codec_context_t */
struct codec_context {
	int32_t codec_id;
	int32_t encoder; /* 1: encode */
	int32_t instance_index;
	int32_t reserved;
	struct codec_encoder_params params;
	void *vpf_context;
	int32_t priority;
	int32_t reserved_too;
};

/* mc_video_frame_buffer_info_t */
struct codec_frame_buffer {
	const uint8_t *virt_addr[3];
	uint64_t phys_addr[3];
	uint32_t size;
	uint32_t component_size[3];
	int32_t width;
	int32_t height;
	int32_t pixel_format;
	int32_t stride;
	int32_t vstride;
	int32_t fd[3];
	uint64_t pts;
	int32_t slot;
	int32_t frame_end;
	uint8_t qp_map[24];
};

/* mc_video_stream_buffer_info_t */
struct codec_stream_buffer {
	const uint8_t *virt_addr;
	uint64_t phys_addr;
	uint32_t size;
	uint32_t reserved;
	uint64_t pts;
	int32_t fd;
	int32_t slot;
	int32_t stream_end;
};

/* media_codec_buffer_t */
struct codec_buffer {
	int32_t type;
	int32_t reserved;
	union {
		struct codec_frame_buffer frame;
		struct codec_stream_buffer stream;
	};
	void *user_data;
};

/* media_codec_output_buffer_info_t */
struct codec_output_info {
	uint64_t fields[17];
};

/* mc_av_codec_startup_params_t */
struct codec_startup {
	uint32_t receive_frame_number; /* 0: no limit */
};

/* hb_mem_graphic_buf_t */
struct memory_picture {
	int32_t fd[3];
	int32_t plane_count;
	int32_t format;
	int32_t width;
	int32_t height;
	int32_t stride;  /* 0: the width */
	int32_t vstride; /* 0: the height */
	int32_t is_contiguous;
	int32_t share_id[3];
	int32_t reserved;
	int64_t flags;
	uint64_t size[3];
	uint8_t *virt_addr[3];
	uint64_t phys_addr[3];
	uint64_t offset[3];
};

#define MEMORY_FORMAT_NV12               8

#define VENDOR_SIZE(type, bytes)         _Static_assert(sizeof(type) == (bytes), "the vendor's layout")
#define VENDOR_OFFSET(type, field, byte) _Static_assert(offsetof(type, field) == (byte), "the vendor's layout")

VENDOR_SIZE(struct codec_context, 1040);
VENDOR_OFFSET(struct codec_context, params, 16);
VENDOR_OFFSET(struct codec_context, vpf_context, 1024);
VENDOR_SIZE(struct codec_encoder_params, 1008);
VENDOR_OFFSET(struct codec_encoder_params, external_frame_buffers, 16);
VENDOR_OFFSET(struct codec_encoder_params, rate_control, 32);
VENDOR_OFFSET(struct codec_encoder_params, decoding_refresh_type, 112);
VENDOR_OFFSET(struct codec_encoder_params, rotation, 348);
VENDOR_OFFSET(struct codec_encoder_params, enable_user_pts, 376);
VENDOR_SIZE(struct codec_rate_control, 80);
VENDOR_OFFSET(struct codec_rate_control, constant, 8);
VENDOR_SIZE(struct codec_buffer, 152);
VENDOR_OFFSET(struct codec_buffer, frame, 8);
VENDOR_OFFSET(struct codec_buffer, user_data, 144);
VENDOR_SIZE(struct codec_frame_buffer, 136);
VENDOR_OFFSET(struct codec_frame_buffer, size, 48);
VENDOR_OFFSET(struct codec_frame_buffer, width, 64);
VENDOR_OFFSET(struct codec_frame_buffer, fd, 84);
VENDOR_OFFSET(struct codec_frame_buffer, pts, 96);
VENDOR_OFFSET(struct codec_frame_buffer, slot, 104);
VENDOR_SIZE(struct codec_stream_buffer, 48);
VENDOR_OFFSET(struct codec_stream_buffer, pts, 24);
VENDOR_OFFSET(struct codec_stream_buffer, slot, 36);
VENDOR_SIZE(struct codec_output_info, 136);
VENDOR_SIZE(struct codec_startup, 4);
VENDOR_SIZE(struct memory_picture, 160);
VENDOR_OFFSET(struct memory_picture, virt_addr, 88);
VENDOR_OFFSET(struct memory_picture, phys_addr, 112);

#endif
