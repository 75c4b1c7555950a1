/* SPDX-License-Identifier: Apache-2.0 */
#include "test_video.h"

#include "test.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void test_video_write_y4m(const char *path, const struct test_video *video)
{
	size_t luma = (size_t)video->width_pixels * video->height_pixels;
	size_t chroma = (size_t)((video->width_pixels + 1) / 2) * ((video->height_pixels + 1) / 2);
	uint8_t *picture = malloc(luma + 2 * chroma);
	FILE *file = fopen(path, "we");

	REQUIRE(file != NULL && picture != NULL);
	fprintf(file, "YUV4MPEG2 W%u H%u F%u:1 Ip A1:1 C420jpeg\n", video->width_pixels, video->height_pixels,
		video->rate);
	for (uint32_t i = 0; i < video->picture_count; i++) {
		memset(picture, TEST_VIDEO_LUMA(i), luma);
		memset(picture + luma, 100, chroma);
		memset(picture + luma + chroma, 200, chroma);
		fputs("FRAME\n", file);
		REQUIRE_EQUAL(fwrite(picture, 1, luma + 2 * chroma, file), luma + 2 * chroma);
	}
	REQUIRE_EQUAL(fclose(file), 0);
	free(picture);
}

struct writer {
	AVFormatContext *container;
	AVCodecContext *encoder;
	AVStream *stream;
	AVFrame *frame;
	AVPacket *packet;
};

static void writer_open(struct writer *writer, const char *path, const char *container, enum AVCodecID codec_id,
			const struct test_video *video)
{
	const AVCodec *codec = avcodec_find_encoder(codec_id);

	REQUIRE(codec != NULL);
	REQUIRE(avformat_alloc_output_context2(&writer->container, NULL, container, path) >= 0);
	writer->encoder = avcodec_alloc_context3(codec);
	writer->encoder->width = (int)video->width_pixels;
	writer->encoder->height = (int)video->height_pixels;
	writer->encoder->time_base = (AVRational){1, (int)video->rate};
	writer->encoder->framerate = (AVRational){(int)video->rate, 1};
	writer->encoder->pix_fmt = codec_id == AV_CODEC_ID_MJPEG ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
	writer->encoder->gop_size = 100;
	writer->encoder->flags |= AV_CODEC_FLAG_QSCALE;
	writer->encoder->global_quality = FF_QP2LAMBDA * 2;
	REQUIRE(avcodec_open2(writer->encoder, codec, NULL) == 0);
	writer->stream = avformat_new_stream(writer->container, NULL);
	writer->stream->time_base = writer->encoder->time_base;
	writer->stream->avg_frame_rate = writer->encoder->framerate;
	REQUIRE(avcodec_parameters_from_context(writer->stream->codecpar, writer->encoder) >= 0);
	REQUIRE(avio_open(&writer->container->pb, path, AVIO_FLAG_WRITE) >= 0);
	REQUIRE(avformat_write_header(writer->container, NULL) >= 0);
	writer->frame = av_frame_alloc();
	writer->frame->format = writer->encoder->pix_fmt;
	writer->frame->width = writer->encoder->width;
	writer->frame->height = writer->encoder->height;
	REQUIRE(av_frame_get_buffer(writer->frame, 0) == 0);
	writer->packet = av_packet_alloc();
}

static void writer_encode(struct writer *writer, const AVFrame *frame)
{
	REQUIRE(avcodec_send_frame(writer->encoder, frame) == 0);
	while (avcodec_receive_packet(writer->encoder, writer->packet) == 0) {
		av_packet_rescale_ts(writer->packet, writer->encoder->time_base, writer->stream->time_base);
		REQUIRE(av_write_frame(writer->container, writer->packet) >= 0);
		av_packet_unref(writer->packet);
	}
}

static void writer_close(struct writer *writer)
{
	writer_encode(writer, NULL);
	REQUIRE(av_write_trailer(writer->container) == 0);
	avio_closep(&writer->container->pb);
	av_packet_free(&writer->packet);
	av_frame_free(&writer->frame);
	avcodec_free_context(&writer->encoder);
	avformat_free_context(writer->container);
}

static void paint(AVFrame *frame, uint8_t luma)
{
	for (int y = 0; y < frame->height; y++) {
		memset(frame->data[0] + (ptrdiff_t)y * frame->linesize[0], luma, (size_t)frame->width);
		memset(frame->data[0] + (ptrdiff_t)y * frame->linesize[0], 16, (size_t)frame->width / 2);
	}
	for (int y = 0; y < (frame->height + 1) / 2; y++) {
		memset(frame->data[1] + (ptrdiff_t)y * frame->linesize[1], 100, (size_t)(frame->width + 1) / 2);
		memset(frame->data[2] + (ptrdiff_t)y * frame->linesize[2], 200, (size_t)(frame->width + 1) / 2);
	}
}

static void write_video(const char *path, const struct test_video *video, const char *container,
			enum AVCodecID codec_id)
{
	struct writer writer = {0};

	writer_open(&writer, path, container, codec_id, video);
	for (uint32_t i = 0; i < video->picture_count; i++) {
		REQUIRE(av_frame_make_writable(writer.frame) == 0);
		paint(writer.frame, TEST_VIDEO_LUMA(i));
		writer.frame->pts = i;
		writer.frame->quality = writer.encoder->global_quality;
		writer_encode(&writer, writer.frame);
	}
	writer_close(&writer);
}

void test_video_write_mjpeg(const char *path, const struct test_video *video)
{
	write_video(path, video, "avi", AV_CODEC_ID_MJPEG);
}

void test_video_write_mpeg4(const char *path, const struct test_video *video)
{
	write_video(path, video, "avi", AV_CODEC_ID_MPEG4);
}

void test_video_write_mpegts(const char *path, const struct test_video *video)
{
	write_video(path, video, "mpegts", AV_CODEC_ID_MPEG4);
}

void test_video_truncate(const char *path, size_t size_bytes)
{
	REQUIRE_EQUAL(truncate(path, (off_t)size_bytes), 0);
}

void test_video_spoil(const char *path, size_t from_byte, size_t byte_count)
{
	FILE *file = fopen(path, "r+e");
	uint32_t noise = 12345;

	REQUIRE(file != NULL);
	REQUIRE_EQUAL(fseek(file, (long)from_byte, SEEK_SET), 0);
	for (size_t i = 0; i < byte_count; i++) {
		noise = noise * 1664525 + 1013904223;
		fputc((int)(noise >> 24), file);
	}
	REQUIRE_EQUAL(fclose(file), 0);
}

size_t test_video_size(const char *path)
{
	struct stat status;

	REQUIRE_EQUAL(stat(path, &status), 0);
	return (size_t)status.st_size;
}
