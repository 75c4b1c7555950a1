/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_media_codec_layout.h
 * The sizes and offsets that the vendor's libmultimedia 1.2.3 has. */
#ifndef EMULATED_MEDIA_CODEC_LAYOUT_H
#define EMULATED_MEDIA_CODEC_LAYOUT_H

#include "emulated_hb_mem_layout.h"

EMULATED_SIZE(media_codec_context_t, 1040);
EMULATED_OFFSET(media_codec_context_t, codec_id, 0);
EMULATED_OFFSET(media_codec_context_t, encoder, 4);
EMULATED_OFFSET(media_codec_context_t, instance_index, 8);
EMULATED_OFFSET(media_codec_context_t, video_enc_params, 16);
EMULATED_OFFSET(media_codec_context_t, vpf_context, 1024);
EMULATED_OFFSET(media_codec_context_t, priority, 1032);

EMULATED_SIZE(mc_video_codec_enc_params_t, 1008);
EMULATED_OFFSET(mc_video_codec_enc_params_t, pix_fmt, 8);
EMULATED_OFFSET(mc_video_codec_enc_params_t, frame_buf_count, 12);
EMULATED_OFFSET(mc_video_codec_enc_params_t, external_frame_buf, 16);
EMULATED_OFFSET(mc_video_codec_enc_params_t, bitstream_buf_count, 20);
EMULATED_OFFSET(mc_video_codec_enc_params_t, bitstream_buf_size, 24);
EMULATED_OFFSET(mc_video_codec_enc_params_t, rc_params, 32);
EMULATED_OFFSET(mc_video_codec_enc_params_t, gop_params, 112);
EMULATED_OFFSET(mc_video_codec_enc_params_t, rot_degree, 348);
EMULATED_OFFSET(mc_video_codec_enc_params_t, mir_direction, 352);
EMULATED_OFFSET(mc_video_codec_enc_params_t, frame_cropping_flag, 356);
EMULATED_OFFSET(mc_video_codec_enc_params_t, crop_rect, 360);
EMULATED_OFFSET(mc_video_codec_enc_params_t, enable_user_pts, 376);
EMULATED_OFFSET(mc_video_codec_enc_params_t, h264_enc_config, 380);

EMULATED_SIZE(mc_rate_control_params_t, 80);
EMULATED_OFFSET(mc_rate_control_params_t, h264_cbr_params, 8);
EMULATED_OFFSET(mc_h264_cbr_params_t, bit_rate, 8);
EMULATED_OFFSET(mc_h264_cbr_params_t, qp_map_enable, 64);
EMULATED_SIZE(mc_video_gop_params_t, 236);
EMULATED_OFFSET(mc_video_gop_params_t, gop_preset_idx, 4);

EMULATED_SIZE(media_codec_buffer_t, 152);
EMULATED_OFFSET(media_codec_buffer_t, vframe_buf, 8);
EMULATED_OFFSET(media_codec_buffer_t, user_ptr, 144);
EMULATED_SIZE(mc_video_frame_buffer_info_t, 136);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, phy_ptr, 24);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, size, 48);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, compSize, 52);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, width, 64);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, pix_fmt, 72);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, stride, 76);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, vstride, 80);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, fd, 84);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, pts, 96);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, src_idx, 104);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, frame_end, 108);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, qp_map_valid, 112);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, qp_map_array, 120);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, qp_map_array_count, 128);
EMULATED_OFFSET(mc_video_frame_buffer_info_t, flags, 132);
EMULATED_SIZE(mc_video_stream_buffer_info_t, 48);
EMULATED_OFFSET(mc_video_stream_buffer_info_t, size, 16);
EMULATED_OFFSET(mc_video_stream_buffer_info_t, pts, 24);
EMULATED_OFFSET(mc_video_stream_buffer_info_t, fd, 32);
EMULATED_OFFSET(mc_video_stream_buffer_info_t, src_idx, 36);
EMULATED_OFFSET(mc_video_stream_buffer_info_t, stream_end, 40);

EMULATED_SIZE(media_codec_output_buffer_info_t, 136);
EMULATED_OFFSET(mc_h264_h265_output_stream_info_t, frame_start_addr, 8);
EMULATED_OFFSET(mc_h264_h265_output_stream_info_t, frame_size, 16);
EMULATED_OFFSET(mc_h264_h265_output_stream_info_t, nalu_type, 20);
EMULATED_SIZE(media_codec_callback_t, 40);
EMULATED_OFFSET(media_codec_callback_t, on_input_buffer_consumed, 32);
EMULATED_SIZE(mc_av_codec_startup_params_t, 4);

#endif
