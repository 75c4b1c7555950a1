/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_decoder.h"

#include <libavcodec/avcodec.h>
#include <stdlib.h>

struct stream_decoder {
	AVCodecContext *context;
	AVPacket *packet;
	AVFrame *frame;
};

struct stream_decoder *stream_decoder_open(media_codec_id_t codec_id)
{
	const AVCodec *codec =
		avcodec_find_decoder(codec_id == MEDIA_CODEC_ID_H265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264);
	struct stream_decoder *decoder = codec ? calloc(1, sizeof(*decoder)) : NULL;
	if (!decoder)
		return NULL;
	decoder->context = avcodec_alloc_context3(codec);
	decoder->packet = av_packet_alloc();
	decoder->frame = av_frame_alloc();
	decoder->context->thread_count = 1;
	decoder->context->flags |= AV_CODEC_FLAG_LOW_DELAY;
	if (avcodec_open2(decoder->context, codec, NULL) == 0)
		return decoder;
	stream_decoder_close(decoder);
	return NULL;
}

void stream_decoder_close(struct stream_decoder *decoder)
{
	avcodec_free_context(&decoder->context);
	av_packet_free(&decoder->packet);
	av_frame_free(&decoder->frame);
	free(decoder);
}

bool stream_decoder_decode(struct stream_decoder *decoder, const uint8_t *data, size_t size,
			   struct decoded_picture *picture)
{
	decoder->packet->data = (uint8_t *)data;
	decoder->packet->size = (int)size;
	av_frame_unref(decoder->frame);
	if (avcodec_send_packet(decoder->context, decoder->packet) < 0 ||
	    avcodec_receive_frame(decoder->context, decoder->frame) < 0)
		return false;
	*picture = (struct decoded_picture){
		.y = decoder->frame->data[0],
		.width = decoder->frame->width,
		.height = decoder->frame->height,
		.stride = decoder->frame->linesize[0],
	};
	return true;
}
