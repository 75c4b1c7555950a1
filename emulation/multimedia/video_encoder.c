/* SPDX-License-Identifier: Apache-2.0 */
/* libavcodec in the hardware's place: as the board does, one picture in, one out, parameter sets apart. */
#include "video_encoder.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libyuv.h>
#include <stdlib.h>

struct video_encoder {
	AVCodecContext *context;
	AVFrame *frame;
	AVPacket *packet;
};

static const AVCodec *find_codec(media_codec_id_t codec_id)
{
	static const char *const h264[] = {"libx264", "libopenh264", NULL};
	static const char *const h265[] = {"libx265", NULL};
	const AVCodec *codec = NULL;
	for (const char *const *name = codec_id == MEDIA_CODEC_ID_H265 ? h265 : h264; !codec && *name; name++)
		codec = avcodec_find_encoder_by_name(*name);
	return codec;
}

static void set_rate(AVCodecContext *context, const mc_h264_cbr_params_t *rate)
{
	int64_t bits_per_second = (int64_t)rate->bit_rate * 1000;
	context->bit_rate = bits_per_second;
	context->rc_max_rate = bits_per_second;
	/* The board's buffer in milliseconds may be smaller than x264 can keep. */
	int64_t buffer = bits_per_second * (rate->vbv_buffer_size > 500 ? rate->vbv_buffer_size : 500) / 1000;
	context->rc_buffer_size = buffer < INT32_MAX ? (int)buffer : INT32_MAX;
}

static void set_stream(AVCodecContext *context, const mc_video_codec_enc_params_t *params,
		       const mc_h264_cbr_params_t *rate)
{
	context->width = params->width;
	context->height = params->height;
	context->time_base = (AVRational){1, (int)rate->frame_rate};
	context->framerate = (AVRational){(int)rate->frame_rate, 1};
	/* A period of 0: only the first picture. */
	context->gop_size = params->gop_params.gop_preset_idx == 1 ? 1 : (int)rate->intra_period;
	if (context->gop_size == 0)
		context->gop_size = INT32_MAX;
	context->max_b_frames = 0;
	context->thread_count = 1;
	context->flags |= AV_CODEC_FLAG_LOW_DELAY | AV_CODEC_FLAG_GLOBAL_HEADER;
	set_rate(context, rate);
}

static bool open_context(struct video_encoder *encoder, const AVCodec *codec, const mc_video_codec_enc_params_t *params)
{
	AVCodecContext *context = encoder->context = avcodec_alloc_context3(codec);
	encoder->frame = av_frame_alloc();
	encoder->packet = av_packet_alloc();
	if (!context || !encoder->frame || !encoder->packet)
		return false;
	context->log_level_offset = AV_LOG_INFO - AV_LOG_ERROR; /* errors only */
	set_stream(context, params, &params->rc_params.h264_cbr_params);
	context->pix_fmt = codec->id == AV_CODEC_ID_HEVC ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_NV12;
	av_opt_set(context->priv_data, "preset", "ultrafast", 0);
	av_opt_set(context->priv_data, "tune", "zerolatency", 0);
	av_opt_set(context->priv_data, "forced-idr", "1", 0);
	av_opt_set(context->priv_data, "x265-params", "log-level=error:pools=none:frame-threads=1:open-gop=0", 0);
	if (avcodec_open2(context, codec, NULL) < 0)
		return false;
	encoder->frame->format = context->pix_fmt;
	encoder->frame->width = context->width;
	encoder->frame->height = context->height;
	encoder->frame->pts = -1;
	return av_frame_get_buffer(encoder->frame, 0) >= 0;
}

struct video_encoder *video_encoder_open(media_codec_id_t codec_id, const mc_video_codec_enc_params_t *params)
{
	const AVCodec *codec = find_codec(codec_id);
	struct video_encoder *encoder = codec ? calloc(1, sizeof(*encoder)) : NULL;
	if (!encoder)
		return NULL;
	if (open_context(encoder, codec, params))
		return encoder;
	video_encoder_close(encoder);
	return NULL;
}

void video_encoder_close(struct video_encoder *encoder)
{
	if (!encoder)
		return;
	avcodec_free_context(&encoder->context);
	av_frame_free(&encoder->frame);
	av_packet_free(&encoder->packet);
	free(encoder);
}

const uint8_t *video_encoder_headers(const struct video_encoder *encoder, size_t *size)
{
	*size = (size_t)encoder->context->extradata_size;
	return encoder->context->extradata;
}

void video_encoder_set_rate(struct video_encoder *encoder, const mc_h264_cbr_params_t *rate)
{
	set_rate(encoder->context, rate);
}

static bool load(AVFrame *frame, const uint8_t *y, const uint8_t *uv, int stride)
{
	uint8_t **data = frame->data;
	const int *pitch = frame->linesize;
	if (av_frame_make_writable(frame) < 0)
		return false;
	if (frame->format == AV_PIX_FMT_NV12)
		return NV12Copy(y, stride, uv, stride, data[0], pitch[0], data[1], pitch[1], frame->width,
				frame->height) == 0;
	return NV12ToI420(y, stride, uv, stride, data[0], pitch[0], data[1], pitch[1], data[2], pitch[2], frame->width,
			  frame->height) == 0;
}

bool video_encoder_encode(struct video_encoder *encoder, const uint8_t *y, const uint8_t *uv, int stride, bool key,
			  struct encoded_picture *encoded)
{
	av_packet_unref(encoder->packet);
	if (!load(encoder->frame, y, uv, stride))
		return false;
	encoder->frame->pts++;
	encoder->frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	if (avcodec_send_frame(encoder->context, encoder->frame) < 0 ||
	    avcodec_receive_packet(encoder->context, encoder->packet) < 0)
		return false;
	*encoded = (struct encoded_picture){
		.data = encoder->packet->data,
		.size = (size_t)encoder->packet->size,
		.key = (encoder->packet->flags & AV_PKT_FLAG_KEY) != 0,
	};
	return true;
}
