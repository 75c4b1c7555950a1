/* SPDX-License-Identifier: Apache-2.0 */
/* libavcodec copies a picture that has no reference count, so ours has: a buffer over the camera's memory
 * that frees nothing. libx264 still copies each picture into a frame of its own, padded for motion search:
 * that is the one copy. The encoders of hardware load it into their memory: also one. Those that want U and V
 * in planes of their own (libopenh264) have them split by us, on top of their own copy; Y stays where it is. */
#include "h264.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
#include <libyuv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Time stamps are those of RTP. */
#define CLOCK_RATE 90000

struct h264_encoder {
	AVCodecContext *context;
	AVFrame *frame;   /* The picture, where the camera wrote it. */
	AVFrame *surface; /* For hardware that has memory of its own; NULL: reads the frame. */
	AVPacket *packet;
	AVBufferRef *u, *v; /* For encoders that want them apart; NULL: it takes NV12. */
	int64_t first_time_ns;
	int64_t last_stamp;
	bool started;
};

static int64_t to_stamp(const struct h264_encoder *encoder, int64_t time_ns)
{
	return (time_ns - encoder->first_time_ns) / 100 * 9 / 1000;
}

/* libav's own words on what went wrong in this thread: its error codes alone say little. */
static _Thread_local char last_complaint[192];

static void keep_complaint(void *context, int level, const char *format, va_list arguments)
{
	int print_prefix = 0;

	if (level > AV_LOG_ERROR)
		return;
	av_log_format_line2(context, level, format, arguments, last_complaint, sizeof(last_complaint), &print_prefix);
	last_complaint[strcspn(last_complaint, "\n")] = '\0';
}

static int fail(int av_error, const char *what, char *why, size_t why_size)
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";

	snprintf(why, why_size, "%s: %s%s%s", what, av_make_error_string(text, sizeof(text), av_error),
		 last_complaint[0] != '\0' ? ": " : "", last_complaint);
	/* libav's own codes are four-character codes, far below any errno. */
	return av_error > -4096 ? av_error : -EINVAL;
}

static void keep_memory(void *opaque, uint8_t *data)
{
	(void)opaque;
	(void)data;
}

/* A plane as libav wants it. It may be read only, and is not libav's to free. */
static AVBufferRef *borrow(const uint8_t *data, size_t size_bytes)
{
	return av_buffer_create((uint8_t *)data, size_bytes, keep_memory, NULL, AV_BUFFER_FLAG_READONLY);
}

static void set_stream(AVCodecContext *context, const struct h264_settings *settings)
{
	context->width = settings->width_pixels;
	context->height = settings->height_pixels;
	context->pix_fmt = AV_PIX_FMT_NV12;
	context->time_base = (AVRational){1, CLOCK_RATE};
	context->framerate = av_d2q(settings->frame_rate_hz > 0 ? settings->frame_rate_hz : 30, 1000000);
	context->bit_rate = settings->bit_rate;
	/* Half a second of bits may come in a burst: a keyframe, and little else. */
	context->rc_max_rate = settings->bit_rate;
	context->rc_buffer_size = (int)(settings->bit_rate / 2 < INT32_MAX ? settings->bit_rate / 2 : INT32_MAX);
	context->gop_size = settings->keyframe_interval_frames;
	context->max_b_frames = 0;
	context->thread_count = settings->threads > 0 ? settings->threads : 1;
	/* What a picture costs in delay is one of its slices, not a picture for each thread. */
	context->thread_type = FF_THREAD_SLICE;
	context->color_range = settings->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
	context->colorspace = AVCOL_SPC_SMPTE170M;
	/* What every browser decodes. */
	context->profile = FF_PROFILE_H264_CONSTRAINED_BASELINE;
}

static void set_private_options(AVCodecContext *context, const struct h264_settings *settings)
{
	void *options = context->priv_data;

	/* Options that an encoder does not have are refused, and that is right. */
	if (strcmp(settings->name, "libx264") == 0) {
		av_opt_set(options, "preset", settings->preset != NULL ? settings->preset : "superfast", 0);
		av_opt_set(options, "tune", "zerolatency", 0);
		av_opt_set(options, "profile", "baseline", 0);
		av_opt_set_int(options, "forced-idr", 1, 0);
		return;
	}
	av_opt_set_int(options, "async_depth", 1, 0);
	av_opt_set_int(options, "idr_interval", 0, 0);
	av_opt_set(options, "rc_mode", "CBR", 0);
	av_opt_set_int(options, "allow_skip_frames", 0, 0);
}

/* Ends with AV_PIX_FMT_NONE; NULL: not known. FFmpeg 7.1 asks for it in another way. */
static const enum AVPixelFormat *formats_of(const AVCodec *codec)
{
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
	const void *formats = NULL;

	return avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &formats, NULL) < 0 ? NULL
													    : formats;
#else
	return codec->pix_fmts;
#endif
}

static bool takes(const AVCodec *codec, enum AVPixelFormat wanted)
{
	for (const enum AVPixelFormat *format = formats_of(codec); format != NULL && *format != AV_PIX_FMT_NONE;
	     format++) {
		if (*format == wanted)
			return true;
	}
	return false;
}

/* For encoders that do not take NV12, and that do not have memory of their own to load it into. */
static int open_planes(struct h264_encoder *encoder, const struct h264_settings *settings)
{
	size_t size_bytes = (size_t)(settings->width_pixels / 2) * (size_t)(settings->height_pixels / 2);

	encoder->u = av_buffer_alloc(size_bytes);
	encoder->v = av_buffer_alloc(size_bytes);
	encoder->context->pix_fmt = AV_PIX_FMT_YUV420P;
	return encoder->u != NULL && encoder->v != NULL ? 0 : AVERROR(ENOMEM);
}

static bool is_vaapi(const struct h264_settings *settings)
{
	return strcmp(settings->name, "h264_vaapi") == 0;
}

/* VA-API encodes its own surfaces: a device, and a pool of them. */
static int open_surfaces(struct h264_encoder *encoder, const struct h264_settings *settings, char *why, size_t why_size)
{
	AVBufferRef *device = NULL, *frames;
	AVHWFramesContext *pool;
	int error = av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, settings->device, NULL, 0);

	if (error < 0)
		return fail(error, "h264_vaapi: no device", why, why_size);
	frames = av_hwframe_ctx_alloc(device);
	av_buffer_unref(&device);
	encoder->surface = av_frame_alloc();
	if (frames == NULL || encoder->surface == NULL) {
		av_buffer_unref(&frames);
		return fail(AVERROR(ENOMEM), "h264_vaapi", why, why_size);
	}
	pool = (AVHWFramesContext *)frames->data;
	pool->format = AV_PIX_FMT_VAAPI;
	pool->sw_format = AV_PIX_FMT_NV12;
	pool->width = settings->width_pixels;
	pool->height = settings->height_pixels;
	pool->initial_pool_size = 4;
	error = av_hwframe_ctx_init(frames);
	if (error < 0) {
		av_buffer_unref(&frames);
		return fail(error, "h264_vaapi: no surfaces", why, why_size);
	}
	encoder->context->hw_frames_ctx = frames;
	encoder->context->pix_fmt = AV_PIX_FMT_VAAPI;
	return 0;
}

static int open_context(struct h264_encoder *encoder, const struct h264_settings *settings, char *why, size_t why_size)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(settings->name);
	int error;

	if (codec == NULL) {
		snprintf(why, why_size, "%s: this libavcodec has no such encoder", settings->name);
		return -ENOENT;
	}
	encoder->context = avcodec_alloc_context3(codec);
	encoder->frame = av_frame_alloc();
	encoder->packet = av_packet_alloc();
	if (encoder->context == NULL || encoder->frame == NULL || encoder->packet == NULL)
		return fail(AVERROR(ENOMEM), settings->name, why, why_size);
	set_stream(encoder->context, settings);
	set_private_options(encoder->context, settings);
	if (is_vaapi(settings)) {
		error = open_surfaces(encoder, settings, why, why_size);
		if (error < 0)
			return error;
	} else if (!takes(codec, AV_PIX_FMT_NV12) && takes(codec, AV_PIX_FMT_YUV420P)) {
		error = open_planes(encoder, settings);
		if (error < 0)
			return fail(error, settings->name, why, why_size);
	}
	error = avcodec_open2(encoder->context, codec, NULL);
	return error < 0 ? fail(error, settings->name, why, why_size) : 0;
}

int h264_encoder_open(const struct h264_settings *settings, struct h264_encoder **ret_encoder, char *why,
		      size_t why_size)
{
	struct h264_encoder *encoder = calloc(1, sizeof(*encoder));
	int error;

	av_log_set_callback(keep_complaint);
	last_complaint[0] = '\0';
	if (encoder == NULL)
		return fail(AVERROR(ENOMEM), settings->name, why, why_size);
	error = open_context(encoder, settings, why, why_size);
	if (error < 0) {
		h264_encoder_close(encoder);
		return error;
	}
	*ret_encoder = encoder;
	return 0;
}

/* An encoder wants rising stamps; a camera that was restarted may have given an older time. */
static int64_t next_stamp(struct h264_encoder *encoder, int64_t time_ns)
{
	int64_t stamp;

	if (!encoder->started) {
		encoder->first_time_ns = time_ns;
		encoder->last_stamp = -1;
		encoder->started = true;
	}
	stamp = to_stamp(encoder, time_ns);
	encoder->last_stamp = stamp > encoder->last_stamp ? stamp : encoder->last_stamp + 1;
	return encoder->last_stamp;
}

static int use_own_planes(struct h264_encoder *encoder, const struct h264_picture *picture)
{
	AVFrame *frame = encoder->frame;
	int width = frame->width / 2, height = frame->height / 2;

	SplitUVPlane(picture->uv, picture->uv_stride_bytes, encoder->u->data, width, encoder->v->data, width, width,
		     height);
	frame->format = AV_PIX_FMT_YUV420P;
	frame->buf[1] = av_buffer_ref(encoder->u);
	frame->buf[2] = av_buffer_ref(encoder->v);
	frame->data[1] = encoder->u->data;
	frame->data[2] = encoder->v->data;
	frame->linesize[1] = frame->linesize[2] = width;
	return frame->buf[1] != NULL && frame->buf[2] != NULL ? 0 : AVERROR(ENOMEM);
}

static int use_shared_plane(AVFrame *frame, const struct h264_picture *picture)
{
	frame->format = AV_PIX_FMT_NV12;
	frame->buf[1] = borrow(picture->uv, picture->uv_size_bytes);
	frame->data[1] = (uint8_t *)picture->uv;
	frame->linesize[1] = picture->uv_stride_bytes;
	return frame->buf[1] != NULL ? 0 : AVERROR(ENOMEM);
}

static int fill_frame(struct h264_encoder *encoder, const struct h264_picture *picture)
{
	AVFrame *frame = encoder->frame;

	frame->width = encoder->context->width;
	frame->height = encoder->context->height;
	frame->color_range = encoder->context->color_range;
	frame->colorspace = encoder->context->colorspace;
	frame->pts = next_stamp(encoder, picture->time_ns);
	frame->pict_type = picture->force_keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	frame->buf[0] = borrow(picture->y, picture->y_size_bytes);
	frame->data[0] = (uint8_t *)picture->y;
	frame->linesize[0] = picture->y_stride_bytes;
	if (frame->buf[0] == NULL)
		return AVERROR(ENOMEM);
	return encoder->u != NULL ? use_own_planes(encoder, picture) : use_shared_plane(frame, picture);
}

/* Into a surface of the hardware's own: its copy. */
static int load_surface(struct h264_encoder *encoder)
{
	int error = av_hwframe_get_buffer(encoder->context->hw_frames_ctx, encoder->surface, 0);

	if (error == 0)
		error = av_hwframe_transfer_data(encoder->surface, encoder->frame, 0);
	if (error == 0)
		error = av_frame_copy_props(encoder->surface, encoder->frame);
	return error;
}

int h264_encoder_send(struct h264_encoder *encoder, const struct h264_picture *picture, char *why, size_t why_size)
{
	const char *name = encoder->context->codec->name;
	AVBufferRef *luma = NULL;
	int error = fill_frame(encoder, picture);

	last_complaint[0] = '\0';
	if (error == 0 && (luma = av_buffer_ref(encoder->frame->buf[0])) == NULL)
		error = AVERROR(ENOMEM);
	if (error == 0 && encoder->surface != NULL)
		error = load_surface(encoder);
	if (error == 0)
		error = avcodec_send_frame(encoder->context,
					   encoder->surface != NULL ? encoder->surface : encoder->frame);
	av_frame_unref(encoder->frame);
	if (encoder->surface != NULL)
		av_frame_unref(encoder->surface);
	/* The lease ends when we return: an encoder that means to read on cannot be used. */
	if (error == 0 && av_buffer_get_ref_count(luma) != 1) {
		snprintf(why, why_size, "%s: keeps pictures for later, which this program cannot let it", name);
		error = -ENOTSUP;
	} else if (error < 0) {
		error = fail(error, name, why, why_size);
	}
	av_buffer_unref(&luma);
	return error;
}

int h264_encoder_receive(struct h264_encoder *encoder, struct h264_unit *ret_unit, char *why, size_t why_size)
{
	int error;

	av_packet_unref(encoder->packet);
	error = avcodec_receive_packet(encoder->context, encoder->packet);
	if (error == AVERROR(EAGAIN))
		return 0;
	if (error < 0)
		return fail(error, encoder->context->codec->name, why, why_size);
	*ret_unit = (struct h264_unit){
		.data = encoder->packet->data,
		.size_bytes = (size_t)encoder->packet->size,
		.time_ns = encoder->first_time_ns + encoder->packet->pts * 100000 / 9,
		.keyframe = (encoder->packet->flags & AV_PKT_FLAG_KEY) != 0,
	};
	return 1;
}

void h264_encoder_close(struct h264_encoder *encoder)
{
	if (encoder == NULL)
		return;
	avcodec_free_context(&encoder->context);
	av_frame_free(&encoder->frame);
	av_frame_free(&encoder->surface);
	av_packet_free(&encoder->packet);
	av_buffer_unref(&encoder->u);
	av_buffer_unref(&encoder->v);
	free(encoder);
}
