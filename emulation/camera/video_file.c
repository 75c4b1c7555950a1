/* SPDX-License-Identifier: Apache-2.0 */
#include "footage.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libyuv.h>
#include <stdio.h>
#include <stdlib.h>

struct video_file {
	struct footage footage;
	AVFormatContext *container;
	AVCodecContext *decoder;
	AVPacket *packet;
	AVFrame *frame;
	int stream;
	struct scratch_picture scratch;
};

static void close_video(struct footage *footage)
{
	struct video_file *video = (struct video_file *)footage;
	avcodec_free_context(&video->decoder);
	avformat_close_input(&video->container);
	av_packet_free(&video->packet);
	av_frame_free(&video->frame);
	scratch_picture_free(&video->scratch);
	free(video);
}

/** Feed the decoder the next packet of our stream; at the end of the file, drain it. */
static bool feed(struct video_file *video)
{
	while (av_read_frame(video->container, video->packet) >= 0) {
		bool ours = video->packet->stream_index == video->stream;
		int error = ours ? avcodec_send_packet(video->decoder, video->packet) : 0;
		av_packet_unref(video->packet);
		if (ours && error != AVERROR_INVALIDDATA)
			return error == 0;
	}
	return avcodec_send_packet(video->decoder, NULL) == 0;
}

static bool rewind_video(struct video_file *video)
{
	avcodec_flush_buffers(video->decoder);
	return av_seek_frame(video->container, video->stream, 0, AVSEEK_FLAG_BACKWARD) >= 0;
}

static bool decode(struct video_file *video)
{
	for (int rewinds = 0; rewinds < 2;) {
		int result = avcodec_receive_frame(video->decoder, video->frame);
		if (!result)
			return true;
		if (result == AVERROR(EAGAIN) && feed(video))
			continue;
		rewinds++;
		if (!rewind_video(video))
			return false;
	}
	return false;
}

static bool convert(const AVFrame *frame, const struct picture *target)
{
	uint8_t *const *data = frame->data;
	const int *stride = frame->linesize;
	switch (frame->format) {
	case AV_PIX_FMT_YUV420P:
	case AV_PIX_FMT_YUVJ420P:
		return I420ToNV12(data[0], stride[0], data[1], stride[1], data[2], stride[2], target->y, target->stride,
				  target->uv, target->stride, target->width, target->height) == 0;
	case AV_PIX_FMT_YUV422P:
	case AV_PIX_FMT_YUVJ422P: /* with U and V changed round, NV21 is NV12 */
		return I422ToNV21(data[0], stride[0], data[2], stride[2], data[1], stride[1], target->y, target->stride,
				  target->uv, target->stride, target->width, target->height) == 0;
	case AV_PIX_FMT_YUV444P:
	case AV_PIX_FMT_YUVJ444P:
		return I444ToNV12(data[0], stride[0], data[1], stride[1], data[2], stride[2], target->y, target->stride,
				  target->uv, target->stride, target->width, target->height) == 0;
	case AV_PIX_FMT_NV12:
		return NV12Copy(data[0], stride[0], data[1], stride[1], target->y, target->stride, target->uv,
				target->stride, target->width, target->height) == 0;
	default:
		return false;
	}
}

static bool next(struct footage *footage, uint32_t number, struct picture *picture)
{
	struct video_file *video = (struct video_file *)footage;
	(void)number;
	if (!decode(video))
		return false;
	bool converted = scratch_picture_resize(&video->scratch, video->frame->width & ~1, video->frame->height & ~1) &&
			 convert(video->frame, &video->scratch.picture);
	av_frame_unref(video->frame);
	*picture = video->scratch.picture;
	return converted;
}

static bool open_decoder(struct video_file *video)
{
	const AVCodecParameters *parameters;
	const AVCodec *codec;
	video->stream = av_find_best_stream(video->container, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (video->stream < 0)
		return false;
	parameters = video->container->streams[video->stream]->codecpar;
	codec = avcodec_find_decoder(parameters->codec_id);
	if (!codec)
		return false;
	video->decoder = avcodec_alloc_context3(codec);
	video->packet = av_packet_alloc();
	video->frame = av_frame_alloc();
	if (!video->decoder || !video->packet || !video->frame)
		return false;
	return avcodec_parameters_to_context(video->decoder, parameters) >= 0 &&
	       avcodec_open2(video->decoder, codec, NULL) >= 0;
}

struct footage *footage_open_file(const char *path)
{
	struct picture first;
	struct video_file *video = calloc(1, sizeof(*video));
	if (!video)
		return NULL;
	video->footage = (struct footage){next, close_video};
	if (avformat_open_input(&video->container, path, NULL, NULL) < 0 ||
	    avformat_find_stream_info(video->container, NULL) < 0 || !open_decoder(video)) {
		fprintf(stderr, "emulation: cannot read a video from %s; check ZCF_EMULATION_CAMERA\n", path);
		close_video(&video->footage);
		return NULL;
	}
	if (!next(&video->footage, 0, &first)) {
		fprintf(stderr,
			"emulation: %s holds no picture that can be shown (pixel format %s); convert it to yuv420p\n",
			path, av_get_pix_fmt_name(video->decoder->pix_fmt));
		close_video(&video->footage);
		return NULL;
	}
	rewind_video(video);
	return &video->footage;
}
