/* SPDX-License-Identifier: Apache-2.0 */
#include "media.h"

#include "app/log.h"
#include "media_open.h"

#include <errno.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>
#include <string.h>

/* Packets that one call may go through without a picture: bounds the time that damaged data takes from the
 * event loop. */
#define PACKETS_PER_CALL 256

static const AVRational nanoseconds = {1, 1000000000};

int media_open(const char *path, struct media **ret_media, char *why, size_t why_size)
{
	struct media *media = calloc(1, sizeof(*media));
	int error;

	if (media == NULL || (media->path = strdup(path)) == NULL) {
		snprintf(why, why_size, "out of memory");
		free(media);
		return -ENOMEM;
	}
	error = media_open_streams(media, why, why_size);
	if (error != 0) {
		media_close(media);
		return error;
	}
	*ret_media = media;
	return 0;
}

void media_close(struct media *media)
{
	if (media == NULL)
		return;
	media_close_streams(media);
	free(media->path);
	free(media);
}

const struct media_info *media_get_info(const struct media *media)
{
	return &media->info;
}

const struct media_damage *media_get_damage(const struct media *media)
{
	return &media->damage;
}

void media_set_allocator(struct media *media, int (*get_buffer)(AVCodecContext *, AVFrame *, int), void *context)
{
	media->get_buffer = get_buffer;
	media->get_buffer_context = context;
	media->decoder->get_buffer2 = get_buffer;
	media->decoder->opaque = context;
}

/* FFmpeg 6.0 gave it another name, 7.0 took the first one away. */
static int64_t duration_of(const AVFrame *frame)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
	return frame->duration;
#else
	return frame->pkt_duration;
#endif
}

static void describe_time(struct media *media, const AVFrame *frame, int64_t *ret_time_ns, int64_t *ret_duration_ns)
{
	AVRational time_base = media->container->streams[media->stream_index]->time_base;
	int64_t time = frame->best_effort_timestamp, duration = duration_of(frame);

	*ret_time_ns = -1;
	if (time != AV_NOPTS_VALUE) {
		if (media->first_time == AV_NOPTS_VALUE)
			media->first_time = time;
		*ret_time_ns = av_rescale_q(time - media->first_time, time_base, nanoseconds);
	}
	*ret_duration_ns = duration > 0 ? av_rescale_q(duration, time_base, nanoseconds) : 0;
}

/* The next packet of our stream. @return 0 or libav's error. */
static int read_packet(struct media *media)
{
	int result;

	while ((result = av_read_frame(media->container, media->packet)) >= 0) {
		if (media->packet->stream_index == media->stream_index)
			break;
		av_packet_unref(media->packet);
	}
	if (result >= 0 && media->first_packet_size == 0) {
		media->first_packet_position = media->packet->pos;
		media->first_packet_size = media->packet->size;
	}
	return result < 0 ? result : 0;
}

static void decode_packet(struct media *media)
{
	if (avcodec_send_packet(media->decoder, media->packet) < 0)
		media->damage.packets_skipped++;
	av_packet_unref(media->packet);
}

/* Hands the decoder one packet, or the news that there are no more. */
static void feed(struct media *media)
{
	int result = read_packet(media);

	if (result == 0) {
		decode_packet(media);
		return;
	}
	/* A read error ends the file as its end does: what comes after it cannot be found. */
	if (result != AVERROR_EOF)
		media->damage.packets_skipped++;
	avcodec_send_packet(media->decoder, NULL);
}

int media_next(struct media *media, AVFrame *frame, int64_t *ret_time_ns, int64_t *ret_duration_ns)
{
	for (int packets = 0; packets < PACKETS_PER_CALL;) {
		int result = avcodec_receive_frame(media->decoder, frame);

		if (result == 0) {
			if (frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0)
				media->damage.pictures_concealed++;
			describe_time(media, frame, ret_time_ns, ret_duration_ns);
			return 0;
		}
		if (result == AVERROR_EOF)
			return -ENODATA;
		if (result == AVERROR(ENOMEM))
			return -ENOMEM;
		if (result != AVERROR(EAGAIN))
			media->damage.packets_skipped++;
		feed(media);
		packets++;
	}
	return -EAGAIN;
}

/* Seeks, and takes the first packet. Containers without an index (such as MPEG-TS) find some other one, and would
 * leave out the beginning. */
static bool seek_to_first_packet(struct media *media)
{
	const AVStream *stream = media->container->streams[media->stream_index];
	int64_t start = stream->start_time != AV_NOPTS_VALUE ? stream->start_time : 0;

	if (av_seek_frame(media->container, media->stream_index, start, AVSEEK_FLAG_BACKWARD) < 0 ||
	    read_packet(media) != 0)
		return false;
	if (media->packet->pos == media->first_packet_position && media->packet->size == media->first_packet_size)
		return true;
	av_packet_unref(media->packet);
	return false;
}

int media_rewind(struct media *media)
{
	char why[256], quoted[512];
	int error;

	if (seek_to_first_packet(media)) {
		avcodec_flush_buffers(media->decoder);
		decode_packet(media);
		return 0;
	}
	/* Takes a little longer, and always works. */
	media_close_streams(media);
	error = media_open_streams(media, why, sizeof(why));
	if (error != 0)
		app_log(APP_LOG_ERROR, "the file cannot be opened again", "reason=%s",
			app_log_quote(quoted, sizeof(quoted), why));
	return error;
}

void media_drop_half_picture(struct media *media)
{
	avcodec_flush_buffers(media->decoder);
}
