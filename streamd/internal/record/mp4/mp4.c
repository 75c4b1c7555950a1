/* SPDX-License-Identifier: Apache-2.0 */
#include "mp4.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICKS_PER_SECOND 90000
#define BUFFER_SIZE      (64 * 1024)

struct mp4_file {
	AVFormatContext *container;
	AVIOContext *output;
	AVPacket *packet;
	int fd;
	int write_error; /* Negative errno of the first write that failed: libavformat does not keep which. */
};

static int to_errno(const struct mp4_file *file, int av_error)
{
	if (file->write_error != 0)
		return file->write_error;
	/* libav's own codes are four-character codes, far below any errno. */
	return av_error > -4096 ? av_error : -EINVAL;
}

/* FFmpeg 7.0 promises not to have it written to. */
#if LIBAVFORMAT_VERSION_MAJOR >= 61
typedef const uint8_t written_byte;
#else
typedef uint8_t written_byte;
#endif

static int write_all(void *context, written_byte *data, int size)
{
	struct mp4_file *file = context;
	int left = size;

	while (left > 0 && file->write_error == 0) {
		ssize_t written = write(file->fd, data, (size_t)left);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			file->write_error = written < 0 ? -errno : -EIO;
			break;
		}
		data += written;
		left -= (int)written;
	}
	return file->write_error != 0 ? file->write_error : size;
}

static int open_output(struct mp4_file *file)
{
	uint8_t *buffer = av_malloc(BUFFER_SIZE);
	int error = avformat_alloc_output_context2(&file->container, NULL, "mp4", NULL);

	if (error == 0 && buffer != NULL)
		file->output = avio_alloc_context(buffer, BUFFER_SIZE, 1, file, NULL, write_all, NULL);
	if (file->output == NULL) {
		av_free(buffer);
		return error < 0 ? error : AVERROR(ENOMEM);
	}
	file->output->seekable = 0;
	file->container->pb = file->output;
	file->packet = av_packet_alloc();
	return file->packet != NULL ? 0 : AVERROR(ENOMEM);
}

static int add_track(struct mp4_file *file, int width_pixels, int height_pixels, const uint8_t *parameters, size_t size)
{
	AVStream *track = avformat_new_stream(file->container, NULL);
	AVCodecParameters *codec;

	if (track == NULL)
		return AVERROR(ENOMEM);
	codec = track->codecpar;
	codec->codec_type = AVMEDIA_TYPE_VIDEO;
	codec->codec_id = AV_CODEC_ID_H264;
	codec->width = width_pixels;
	codec->height = height_pixels;
	codec->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (codec->extradata == NULL)
		return AVERROR(ENOMEM);
	memcpy(codec->extradata, parameters, size);
	codec->extradata_size = (int)size;
	track->time_base = (AVRational){1, TICKS_PER_SECOND};
	return 0;
}

static int write_head(struct mp4_file *file, const char *created)
{
	AVDictionary *options = NULL;
	int error;

	av_dict_set(&file->container->metadata, "creation_time", created, 0);
	/* A fragment when we say so, and no index at the end that a crash would cost. */
	av_dict_set(&options, "movflags", "frag_custom+empty_moov+default_base_moof", 0);
	av_dict_set_int(&options, "video_track_timescale", TICKS_PER_SECOND, 0);
	error = avformat_write_header(file->container, &options);
	av_dict_free(&options);
	if (error < 0)
		return error;
	avio_flush(file->output);
	return file->write_error;
}

int mp4_open(int fd, int width_pixels, int height_pixels, const uint8_t *parameters, size_t parameters_size_bytes,
	     const char *created, struct mp4_file **ret_file)
{
	struct mp4_file *file = calloc(1, sizeof(*file));
	int error;

	if (file == NULL)
		return -ENOMEM;
	file->fd = fd;
	error = open_output(file);
	if (error == 0)
		error = add_track(file, width_pixels, height_pixels, parameters, parameters_size_bytes);
	if (error == 0)
		error = write_head(file, created);
	if (error < 0) {
		error = to_errno(file, error);
		mp4_close(file);
		return error;
	}
	*ret_file = file;
	return 0;
}

int mp4_add(struct mp4_file *file, const uint8_t *data, size_t size_bytes, int64_t time_ticks, int64_t duration_ticks,
	    bool keyframe)
{
	int error = av_new_packet(file->packet, (int)size_bytes);

	if (error < 0)
		return to_errno(file, error);
	memcpy(file->packet->data, data, size_bytes);
	file->packet->pts = file->packet->dts = time_ticks;
	file->packet->duration = duration_ticks;
	file->packet->flags = keyframe ? AV_PKT_FLAG_KEY : 0;
	error = av_write_frame(file->container, file->packet);
	av_packet_unref(file->packet);
	return error < 0 ? to_errno(file, error) : file->write_error;
}

int mp4_flush(struct mp4_file *file)
{
	int error = av_write_frame(file->container, NULL);

	avio_flush(file->output);
	return error < 0 ? to_errno(file, error) : file->write_error;
}

void mp4_close(struct mp4_file *file)
{
	if (file == NULL)
		return;
	av_packet_free(&file->packet);
	avformat_free_context(file->container);
	if (file->output != NULL)
		av_freep(&file->output->buffer);
	avio_context_free(&file->output);
	free(file);
}
