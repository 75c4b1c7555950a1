/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_media_codec.h
 * What a program sees of libmultimedia.so.1 on an RDK X5: the hardware video encoder. Declared anew from the binary
 * layout; names are the vendor's. Only what an encoder of H.264 and H.265 needs: not the decoders, JPEG and audio. */
#ifndef EMULATED_MEDIA_CODEC_H
#define EMULATED_MEDIA_CODEC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t hb_s32;
typedef uint32_t hb_u32;
typedef int32_t hb_bool;
typedef void *hb_ptr;

enum emulated_media_error {
	HB_MEDIA_ERR_UNKNOWN = -268435455,
	HB_MEDIA_ERR_CODEC_NOT_FOUND = -268435454,
	HB_MEDIA_ERR_CODEC_OPEN_FAIL = -268435453,
	HB_MEDIA_ERR_CODEC_RESPONSE_TIMEOUT = -268435452,
	HB_MEDIA_ERR_CODEC_INIT_FAIL = -268435451,
	HB_MEDIA_ERR_OPERATION_NOT_ALLOWED = -268435450,
	HB_MEDIA_ERR_INSUFFICIENT_RES = -268435449,
	HB_MEDIA_ERR_NO_FREE_INSTANCE = -268435448,
	HB_MEDIA_ERR_INVALID_PARAMS = -268435447,
	HB_MEDIA_ERR_INVALID_INSTANCE = -268435446,
	HB_MEDIA_ERR_INVALID_BUFFER = -268435445,
	HB_MEDIA_ERR_INVALID_COMMAND = -268435444,
	HB_MEDIA_ERR_WAIT_TIMEOUT = -268435443,
	HB_MEDIA_ERR_FILE_OPERATION_FAILURE = -268435442,
	HB_MEDIA_ERR_PARAMS_SET_FAILURE = -268435441,
	HB_MEDIA_ERR_PARAMS_GET_FAILURE = -268435440,
	HB_MEDIA_ERR_CODING_FAILED = -268435439,
	HB_MEDIA_ERR_OUTPUT_BUF_FULL = -268435438,
	HB_MEDIA_ERR_UNSUPPORTED_FEATURE = -268435437,
	HB_MEDIA_ERR_INVALID_PRIORITY = -268435436,
};

typedef enum emulated_codec_state {
	MEDIA_CODEC_STATE_NONE = -1,
	MEDIA_CODEC_STATE_UNINITIALIZED = 0,
	MEDIA_CODEC_STATE_INITIALIZED = 1,
	MEDIA_CODEC_STATE_CONFIGURED = 2,
	MEDIA_CODEC_STATE_STARTED = 3,
	MEDIA_CODEC_STATE_PAUSED = 4,
	MEDIA_CODEC_STATE_FLUSHING = 5,
	MEDIA_CODEC_STATE_ERROR = 6,
} media_codec_state_t;

typedef enum emulated_codec_id {
	MEDIA_CODEC_ID_NONE = -1,
	MEDIA_CODEC_ID_H264 = 0,
	MEDIA_CODEC_ID_H265 = 1,
	MEDIA_CODEC_ID_MJPEG = 2,
	MEDIA_CODEC_ID_JPEG = 3,
} media_codec_id_t;

typedef enum emulated_codec_pixel_format {
	MC_PIXEL_FORMAT_NONE = -1,
	MC_PIXEL_FORMAT_YUV420P = 0,
	MC_PIXEL_FORMAT_NV12 = 1,
	MC_PIXEL_FORMAT_NV21 = 2,
} mc_pixel_format_t;

typedef enum emulated_rate_control_mode {
	MC_AV_RC_MODE_NONE = -1,
	MC_AV_RC_MODE_H264CBR = 0,
	MC_AV_RC_MODE_H264VBR = 1,
	MC_AV_RC_MODE_H264AVBR = 2,
	MC_AV_RC_MODE_H264FIXQP = 3,
	MC_AV_RC_MODE_H264QPMAP = 4,
	MC_AV_RC_MODE_H265CBR = 5,
	MC_AV_RC_MODE_H265VBR = 6,
	MC_AV_RC_MODE_H265AVBR = 7,
	MC_AV_RC_MODE_H265FIXQP = 8,
	MC_AV_RC_MODE_H265QPMAP = 9,
	MC_AV_RC_MODE_MJPEGFIXQP = 10,
} mc_video_rate_control_mode_t;

typedef enum emulated_codec_buffer_type {
	MC_VIDEO_FRAME_BUFFER = 0,
	MC_VIDEO_STREAM_BUFFER = 1,
} media_codec_buffer_type_t;

enum emulated_nal_unit_type {
	MC_H264_NALU_TYPE_P = 1,
	MC_H264_NALU_TYPE_IDR = 5,
	MC_H265_NALU_TYPE_P = 1,
	MC_H265_NALU_TYPE_IDR = 19,
};

/** Constant bit rate, the same for H.264 and H.265; the vendor's spelling. */
typedef struct emulated_cbr_params {
	hb_u32 intra_period; /**< From one IDR picture to the next, 0..2047. */
	hb_u32 intra_qp;     /**< 0..51 */
	hb_u32 bit_rate;     /**< kbit/s, 1..700000 */
	hb_u32 frame_rate;   /**< 1..240 */
	hb_u32 initial_rc_qp;
	hb_s32 vbv_buffer_size; /**< ms, 10..3000 */
	hb_u32 mb_level_rc_enalbe;
	hb_u32 min_qp_I, max_qp_I, min_qp_P, max_qp_P, min_qp_B, max_qp_B;
	hb_u32 hvs_qp_enable;
	hb_s32 hvs_qp_scale;
	hb_u32 max_delta_qp;
	hb_bool qp_map_enable;
} mc_h264_cbr_params_t, mc_h265_cbr_params_t, mc_h264_avbr_params_t, mc_h265_avbr_params_t;

typedef struct emulated_rate_control_params {
	mc_video_rate_control_mode_t mode;
	union {
		mc_h264_cbr_params_t h264_cbr_params;
		mc_h264_avbr_params_t h264_avbr_params;
		mc_h265_cbr_params_t h265_cbr_params;
		mc_h265_avbr_params_t h265_avbr_params;
		uint64_t size_of_all_modes[9];
	};
} mc_rate_control_params_t;

typedef struct emulated_gop_params {
	hb_u32 decoding_refresh_type; /**< 2: IDR */
	hb_u32 gop_preset_idx;        /**< 1: all intra, 9: one I, then P; the board takes no other. */
	hb_s32 custom_gop_size;
	uint32_t custom_gop_pictures[56];
} mc_video_gop_params_t;

typedef struct emulated_codec_rect {
	hb_u32 x_pos, y_pos, width, height;
} mc_av_codec_rect_t;

typedef struct emulated_video_encoder_params {
	hb_s32 width, height;
	mc_pixel_format_t pix_fmt;
	hb_u32 frame_buf_count;
	hb_bool external_frame_buf; /**< 1: the caller brings the memory of each picture. */
	hb_u32 bitstream_buf_count;
	hb_u32 bitstream_buf_size; /**< Bytes; 0: the library decides. */
	mc_rate_control_params_t rc_params;
	mc_video_gop_params_t gop_params;
	hb_u32 rot_degree;
	hb_u32 mir_direction;
	hb_u32 frame_cropping_flag;
	mc_av_codec_rect_t crop_rect;
	hb_bool enable_user_pts;
	/** Of the codec; zeros are the defaults. */
	union {
		uint32_t h264_enc_config[3];
		uint32_t size_of_all_codecs[157];
	};
} mc_video_codec_enc_params_t;

typedef struct emulated_codec_context {
	media_codec_id_t codec_id;
	hb_bool encoder;
	hb_s32 instance_index; /**< Written by hb_mm_mc_initialize(). */
	mc_video_codec_enc_params_t video_enc_params;
	void *vpf_context;
	hb_s32 priority;
} media_codec_context_t;

typedef struct emulated_codec_startup_params {
	hb_u32 receive_frame_number; /**< 0: no limit. */
} mc_av_codec_startup_params_t;

typedef struct emulated_frame_buffer_info {
	uint8_t *vir_ptr[3];
	uint64_t phy_ptr[3];
	hb_u32 size;
	hb_u32 compSize[3];
	hb_s32 width, height;
	mc_pixel_format_t pix_fmt;
	hb_s32 stride, vstride;
	hb_s32 fd[3];
	uint64_t pts;
	hb_s32 src_idx;
	hb_bool frame_end;
	hb_bool qp_map_valid;
	uint8_t *qp_map_array;
	hb_u32 qp_map_array_count;
	hb_u32 flags;
} mc_video_frame_buffer_info_t;

typedef struct emulated_stream_buffer_info {
	uint8_t *vir_ptr;
	uint64_t phy_ptr;
	hb_u32 size;
	uint64_t pts;
	hb_s32 fd;
	hb_s32 src_idx;
	hb_bool stream_end;
} mc_video_stream_buffer_info_t;

typedef struct emulated_codec_buffer {
	media_codec_buffer_type_t type;
	union {
		mc_video_frame_buffer_info_t vframe_buf;
		mc_video_stream_buffer_info_t vstream_buf;
	};
	hb_ptr user_ptr;
} media_codec_buffer_t;

typedef struct emulated_stream_info {
	hb_s32 frame_index;
	uint64_t frame_start_addr;
	hb_u32 frame_size;
	hb_s32 nalu_type;
} mc_h264_h265_output_stream_info_t;

typedef struct emulated_output_buffer_info {
	union {
		mc_h264_h265_output_stream_info_t video_stream_info;
		uint64_t size_of_all_codecs[17];
	};
} media_codec_output_buffer_info_t;

typedef struct emulated_codec_callback {
	void (*on_input_buffer_available)(hb_ptr userdata, media_codec_buffer_t *buffer);
	void (*on_output_buffer_available)(hb_ptr userdata, media_codec_buffer_t *buffer,
					   media_codec_output_buffer_info_t *info);
	void (*on_media_codec_message)(hb_ptr userdata, hb_s32 error);
	void (*on_vlc_buffer_message)(hb_ptr userdata, hb_s32 *size);
	void (*on_input_buffer_consumed)(hb_ptr userdata, media_codec_buffer_t *buffer);
} media_codec_callback_t;

hb_s32 hb_mm_mc_get_default_context(media_codec_id_t codec_id, hb_bool encoder, media_codec_context_t *context);
hb_s32 hb_mm_mc_initialize(media_codec_context_t *context);
hb_s32 hb_mm_mc_set_input_buffer_listener(media_codec_context_t *context, const media_codec_callback_t *callback,
					  hb_ptr userdata);
hb_s32 hb_mm_mc_configure(media_codec_context_t *context);
hb_s32 hb_mm_mc_start(media_codec_context_t *context, const mc_av_codec_startup_params_t *params);
hb_s32 hb_mm_mc_pause(media_codec_context_t *context);
hb_s32 hb_mm_mc_flush(media_codec_context_t *context);
hb_s32 hb_mm_mc_stop(media_codec_context_t *context);
hb_s32 hb_mm_mc_release(media_codec_context_t *context);
hb_s32 hb_mm_mc_get_state(media_codec_context_t *context, media_codec_state_t *state);
hb_s32 hb_mm_mc_dequeue_input_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer, hb_s32 timeout_ms);
hb_s32 hb_mm_mc_queue_input_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer, hb_s32 timeout_ms);
hb_s32 hb_mm_mc_dequeue_output_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer,
				      media_codec_output_buffer_info_t *info, hb_s32 timeout_ms);
hb_s32 hb_mm_mc_queue_output_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer, hb_s32 timeout_ms);
hb_s32 hb_mm_mc_get_rate_control_config(media_codec_context_t *context, mc_rate_control_params_t *params);
hb_s32 hb_mm_mc_set_rate_control_config(media_codec_context_t *context, const mc_rate_control_params_t *params);
hb_s32 hb_mm_mc_request_idr_frame(media_codec_context_t *context);
hb_s32 hb_mm_mc_request_idr_header(media_codec_context_t *context, hb_u32 force_header);
hb_s32 hb_mm_strerror(hb_s32 error, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
