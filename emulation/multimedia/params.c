/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that the board's library checks, and its defaults. */
#include "instance.h"

static bool within(int64_t value, int64_t smallest, int64_t largest)
{
	return value >= smallest && value <= largest;
}

static bool size_is_right(media_codec_id_t codec_id, const mc_video_codec_enc_params_t *params)
{
	/* H.265 between 4096 and 8192 lines: the library takes neither more nor less. */
	bool height_fits =
		within(params->height, 128, codec_id == MEDIA_CODEC_ID_H265 ? 4096 : 8192) || params->height == 8192;
	return within(params->width, 256, 8192) && params->width % 8 == 0 && height_fits && params->height % 8 == 0;
}

static bool buffers_are_right(const mc_video_codec_enc_params_t *params)
{
	return within(params->frame_buf_count, 1, INPUTS_MAX) && within(params->bitstream_buf_count, 1, 65536) &&
	       within(params->external_frame_buf, 0, 1) &&
	       (!params->bitstream_buf_size ||
		(within(params->bitstream_buf_size, 65536, INT32_MAX) && params->bitstream_buf_size % 1024 == 0));
}

static bool mode_is_of(media_codec_id_t codec_id, mc_video_rate_control_mode_t mode)
{
	if (codec_id == MEDIA_CODEC_ID_H264)
		return mode == MC_AV_RC_MODE_H264CBR || mode == MC_AV_RC_MODE_H264AVBR;
	return mode == MC_AV_RC_MODE_H265CBR || mode == MC_AV_RC_MODE_H265AVBR;
}

const mc_h264_cbr_params_t *rate_control_values(const mc_rate_control_params_t *params)
{
	return &params->h264_cbr_params; /* the same for both codecs, constant and average */
}

hb_s32 rate_control_check(media_codec_id_t codec_id, const mc_rate_control_params_t *params)
{
	const mc_h264_cbr_params_t *rate = rate_control_values(params);
	if (!mode_is_of(codec_id, params->mode))
		return within(params->mode, MC_AV_RC_MODE_H264CBR, MC_AV_RC_MODE_MJPEGFIXQP)
			       ? HB_MEDIA_ERR_UNSUPPORTED_FEATURE
			       : HB_MEDIA_ERR_INVALID_PARAMS;
	if (!within(rate->intra_period, 0, 2047) || !within(rate->intra_qp, 0, 51) ||
	    !within(rate->bit_rate, 1, 700000) || !within(rate->frame_rate, 1, 240) ||
	    rate->bit_rate * UINT64_C(1024) < rate->frame_rate || !within(rate->vbv_buffer_size, 10, 3000))
		return HB_MEDIA_ERR_INVALID_PARAMS;
	return 0;
}

hb_s32 params_check(media_codec_id_t codec_id, const mc_video_codec_enc_params_t *params)
{
	hb_u32 preset = params->gop_params.gop_preset_idx;
	if (!size_is_right(codec_id, params) || !buffers_are_right(params) || (preset != 1 && preset != 9))
		return HB_MEDIA_ERR_INVALID_PARAMS;
	if (params->pix_fmt != MC_PIXEL_FORMAT_NV12 || params->rot_degree || params->mir_direction ||
	    params->frame_cropping_flag)
		return HB_MEDIA_ERR_UNSUPPORTED_FEATURE;
	return rate_control_check(codec_id, &params->rc_params);
}

void rate_control_set_defaults(mc_rate_control_params_t *params)
{
	bool average = params->mode == MC_AV_RC_MODE_H264AVBR || params->mode == MC_AV_RC_MODE_H265AVBR;
	params->h264_cbr_params = (mc_h264_cbr_params_t){
		.intra_period = 28,
		.intra_qp = 30,
		.bit_rate = 1000,
		.frame_rate = 30,
		.initial_rc_qp = 63,
		.vbv_buffer_size = average ? 3000 : 10,
		.min_qp_I = 8,
		.max_qp_I = 51,
		.min_qp_P = 8,
		.max_qp_P = 51,
		.min_qp_B = 8,
		.max_qp_B = 51,
		.hvs_qp_enable = 1,
		.hvs_qp_scale = 2,
		.max_delta_qp = 10,
	};
}

void params_set_defaults(media_codec_id_t codec_id, mc_video_codec_enc_params_t *params)
{
	*params = (mc_video_codec_enc_params_t){
		.pix_fmt = MC_PIXEL_FORMAT_YUV420P,
		.frame_buf_count = 5,
		.bitstream_buf_count = 5,
		.bitstream_buf_size = 10 * 1024 * 1024,
		.rc_params.mode = codec_id == MEDIA_CODEC_ID_H265 ? MC_AV_RC_MODE_H265CBR : MC_AV_RC_MODE_H264CBR,
		.gop_params.gop_preset_idx = 2,
	};
	rate_control_set_defaults(&params->rc_params);
}
