/* SPDX-License-Identifier: Apache-2.0 */
#include "media_open.h"

#include "app/log.h"

#include <errno.h>
#include <libavutil/pixdesc.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zcframe/types.h>

/* Decoding of larger pictures is spread over the processors; smaller ones do not gain from it. */
#define THREADS_FROM_PIXELS (1280 * 720 + 1)
#define THREADS_AT_MOST     4

/* libav's own messages, for those who debug a file; what matters of them is in our errors. */
static void log_for_libav(void *context, int level, const char *format, va_list arguments)
{
	char line[256], quoted[512];
	int print_prefix = 1;

	if (level > AV_LOG_ERROR)
		return;
	av_log_format_line2(context, level, format, arguments, line, sizeof(line), &print_prefix);
	line[strcspn(line, "\n")] = '\0';
	app_log(APP_LOG_DEBUG, "libav", "message=%s", app_log_quote(quoted, sizeof(quoted), line));
}

static int to_errno(int av_error)
{
	/* libav's own codes are four-character codes, far below any errno. */
	return av_error > -4096 ? av_error : -EINVAL;
}

static int check_file(const char *path, char *why, size_t why_size)
{
	struct stat status;

	if (stat(path, &status) != 0) {
		int error = errno;

		snprintf(why, why_size, "%s: %s", path, strerror(error));
		return -error;
	}
	/* A pipe or device would block the daemon and cannot be played again. */
	if (!S_ISREG(status.st_mode)) {
		snprintf(why, why_size, "%s is a %s, not a file", path,
			 S_ISDIR(status.st_mode) ? "directory" : "pipe, socket or device");
		return -EINVAL;
	}
	if (status.st_size == 0) {
		snprintf(why, why_size, "%s is empty", path);
		return -EINVAL;
	}
	if (access(path, R_OK) != 0) {
		int error = errno;

		snprintf(why, why_size, "%s may not be read by user %u: %s", path, (unsigned)geteuid(),
			 strerror(error));
		return -error;
	}
	return 0;
}

static int open_container(struct media *media, char *why, size_t why_size)
{
	AVDictionary *options = NULL;
	char url[4096 + 8];
	int result;

	/* Named as a file, so that a colon in the path is no protocol; and a playlist may not lead elsewhere. */
	if (snprintf(url, sizeof(url), "file:%s", media->path) >= (int)sizeof(url)) {
		snprintf(why, why_size, "the path is too long");
		return -ENAMETOOLONG;
	}
	av_dict_set(&options, "protocol_whitelist", "file", 0);
	/* A % in the name of an image is a %, not a counter of images. */
	av_dict_set(&options, "pattern_type", "none", 0);
	result = avformat_open_input(&media->container, url, NULL, &options);
	av_dict_free(&options);
	if (result >= 0)
		result = avformat_find_stream_info(media->container, NULL);
	if (result < 0) {
		snprintf(why, why_size, "%s is no video or image that libavformat can read: %s", media->path,
			 av_err2str(result));
		return to_errno(result);
	}
	return 0;
}

/* Finds the stream and names what stands in its way. */
static int choose_stream(struct media *media, const AVCodec **ret_codec, char *why, size_t why_size)
{
	AVFormatContext *container = media->container;
	const AVCodecParameters *parameters;

	media->stream_index = av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (media->stream_index < 0) {
		snprintf(why, why_size, "%s has no video stream (%s, %u other streams)", media->path,
			 container->iformat->name, container->nb_streams);
		return -EINVAL;
	}
	parameters = container->streams[media->stream_index]->codecpar;
	*ret_codec = avcodec_find_decoder(parameters->codec_id);
	if (*ret_codec == NULL) {
		snprintf(why, why_size, "the video of %s is coded as %s, for which this libavcodec has no decoder",
			 media->path, avcodec_get_name(parameters->codec_id));
		return -ENOTSUP;
	}
	if (parameters->width > ZCF_MAX_DIMENSION || parameters->height > ZCF_MAX_DIMENSION) {
		snprintf(why, why_size, "the picture of %s is %dx%d; at most %dx%d is possible", media->path,
			 parameters->width, parameters->height, ZCF_MAX_DIMENSION, ZCF_MAX_DIMENSION);
		return -EINVAL;
	}
	for (unsigned i = 0; i < container->nb_streams; i++) {
		if ((int)i != media->stream_index)
			container->streams[i]->discard = AVDISCARD_ALL;
	}
	return 0;
}

/* Whether one picture is all that the decoder ever looks at, and it comes out before the next goes in. */
static bool forgets_pictures(const AVCodec *codec)
{
	const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec->id);

	return descriptor != NULL && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) != 0 &&
	       (codec->capabilities & (AV_CODEC_CAP_DR1 | AV_CODEC_CAP_DELAY)) == AV_CODEC_CAP_DR1;
}

static int thread_count(const AVCodecParameters *parameters)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if ((int64_t)parameters->width * parameters->height < THREADS_FROM_PIXELS || processors < 1)
		return 1;
	return processors < THREADS_AT_MOST ? (int)processors : THREADS_AT_MOST;
}

static int open_decoder(struct media *media, const AVCodec *codec, char *why, size_t why_size)
{
	const AVCodecParameters *parameters = media->container->streams[media->stream_index]->codecpar;
	int result;

	media->decoder = avcodec_alloc_context3(codec);
	media->packet = av_packet_alloc();
	if (media->decoder == NULL || media->packet == NULL) {
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	result = avcodec_parameters_to_context(media->decoder, parameters);
	if (result >= 0) {
		media->decoder->pkt_timebase = media->container->streams[media->stream_index]->time_base;
		media->decoder->max_pixels = (int64_t)ZCF_MAX_DIMENSION * ZCF_MAX_DIMENSION;
		media->info.forgets_pictures = forgets_pictures(codec);
		media->decoder->thread_count = media->info.forgets_pictures ? 1 : thread_count(parameters);
		if (media->get_buffer != NULL) {
			media->decoder->get_buffer2 = media->get_buffer;
			media->decoder->opaque = media->get_buffer_context;
		}
		result = avcodec_open2(media->decoder, codec, NULL);
	}
	if (result < 0) {
		snprintf(why, why_size, "the %s decoder refuses the video of %s: %s", codec->name, media->path,
			 av_err2str(result));
		return to_errno(result);
	}
	return 0;
}

/* Thousandths of a frame per second, or 0 if the file says nothing sensible; images say 25. */
static uint32_t own_rate(const struct media *media)
{
	const AVStream *stream = media->container->streams[media->stream_index];
	const char *container = media->container->iformat->name;
	AVRational rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
	double millihertz;

	if (strcmp(container, "image2") == 0 || strstr(container, "_pipe") != NULL || rate.num <= 0 || rate.den <= 0)
		return 0;
	millihertz = av_q2d(rate) * 1000;
	return millihertz >= 100 && millihertz <= 1000000 ? (uint32_t)(millihertz + 0.5) : 0;
}

int media_open_streams(struct media *media, char *why, size_t why_size)
{
	const AVCodec *codec;
	int error;

	av_log_set_callback(log_for_libav);
	media->first_time = AV_NOPTS_VALUE;
	media->first_packet_size = 0;
	error = check_file(media->path, why, why_size);
	if (error == 0)
		error = open_container(media, why, why_size);
	if (error == 0)
		error = choose_stream(media, &codec, why, why_size);
	if (error == 0)
		error = open_decoder(media, codec, why, why_size);
	if (error != 0)
		return error;
	media->info.width_pixels = (uint32_t)media->decoder->width;
	media->info.height_pixels = (uint32_t)media->decoder->height;
	media->info.rate_millihertz = own_rate(media);
	media->info.codec_name = codec->name;
	media->info.container_name = media->container->iformat->name;
	return 0;
}

void media_close_streams(struct media *media)
{
	av_packet_free(&media->packet);
	avcodec_free_context(&media->decoder);
	avformat_close_input(&media->container);
}
