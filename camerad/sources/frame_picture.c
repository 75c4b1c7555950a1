/* SPDX-License-Identifier: Apache-2.0 */
#include "frame_picture.h"

#include <errno.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

struct frame_converter {
	struct SwsContext *context; /* For the size and format of the last frame. */
	AVFrame *converted;
};

int frame_converter_create(struct frame_converter **ret_converter)
{
	struct frame_converter *converter = calloc(1, sizeof(*converter));

	if (converter == NULL)
		return -ENOMEM;
	converter->converted = av_frame_alloc();
	if (converter->converted == NULL) {
		free(converter);
		return -ENOMEM;
	}
	*ret_converter = converter;
	return 0;
}

void frame_converter_destroy(struct frame_converter *converter)
{
	if (converter == NULL)
		return;
	av_frame_free(&converter->converted);
	sws_freeContext(converter->context);
	free(converter);
}

/* Y, U and V (and perhaps alpha, which is left out) of eight bits, each in a plane of its own. */
static bool is_planar_yuv(const AVPixFmtDescriptor *descriptor)
{
	const uint64_t others = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
				AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER;

	if ((descriptor->flags & others) != 0 || descriptor->nb_components < 3)
		return false;
	for (int i = 0; i < 3; i++) {
		const AVComponentDescriptor *component = &descriptor->comp[i];

		if (component->plane != i || component->step != 1 || component->depth != 8)
			return false;
	}
	return true;
}

/* Fills in the layout. */
static bool can_be_used_as_it_is(const AVFrame *frame, struct picture *picture)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);

	if (descriptor == NULL)
		return false;
	if (frame->format == AV_PIX_FMT_NV12)
		picture->layout = PICTURE_NV12;
	else if (frame->format == AV_PIX_FMT_GRAY8)
		picture->layout = PICTURE_GREY;
	else if (is_planar_yuv(descriptor))
		picture->layout = PICTURE_PLANAR;
	else
		return false;
	picture->chroma_shift_x = descriptor->log2_chroma_w;
	picture->chroma_shift_y = descriptor->log2_chroma_h;
	/* Pictures that lie upside down in memory are left to libswscale. */
	return frame->linesize[0] > 0 && frame->linesize[1] >= 0 && frame->linesize[2] >= 0;
}

static void picture_of_frame(const AVFrame *frame, struct picture *picture)
{
	picture->width_pixels = (uint32_t)frame->width;
	picture->height_pixels = (uint32_t)frame->height;
	for (int i = 0; i < 3; i++) {
		picture->planes[i] = frame->data[i];
		picture->strides_bytes[i] = frame->linesize[i];
	}
}

/* The frame that is converted into: only made anew when the size changes. */
static int prepare_converted(struct frame_converter *converter, const AVFrame *frame)
{
	AVFrame *converted = converter->converted;

	if (converted->width == frame->width && converted->height == frame->height)
		return 0;
	av_frame_unref(converted);
	converted->format = AV_PIX_FMT_NV12;
	converted->width = frame->width;
	converted->height = frame->height;
	if (av_frame_get_buffer(converted, 0) < 0) {
		av_frame_unref(converted);
		return -ENOMEM;
	}
	return 0;
}

/* RGB becomes full-range YUV, as cameras and JPEG have it; YUV keeps the range that it has. */
static void set_ranges(struct frame_converter *converter, const AVFrame *frame)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
	bool rgb = (descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
	int full_range = rgb || frame->color_range == AVCOL_RANGE_JPEG;
	const int *coefficients = sws_getCoefficients(SWS_CS_ITU601);

	sws_setColorspaceDetails(converter->context, coefficients, full_range, coefficients, full_range, 0, 1 << 16,
				 1 << 16);
}

int frame_converter_run(struct frame_converter *converter, const AVFrame *frame, struct picture *ret_picture)
{
	int error;

	if (can_be_used_as_it_is(frame, ret_picture)) {
		picture_of_frame(frame, ret_picture);
		return 0;
	}
	if (!sws_isSupportedInput(frame->format))
		return -ENOTSUP;
	error = prepare_converted(converter, frame);
	if (error != 0)
		return error;
	converter->context =
		sws_getCachedContext(converter->context, frame->width, frame->height, frame->format, frame->width,
				     frame->height, AV_PIX_FMT_NV12, SWS_BILINEAR, NULL, NULL, NULL);
	if (converter->context == NULL)
		return -ENOMEM;
	set_ranges(converter, frame);
	sws_scale(converter->context, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height,
		  converter->converted->data, converter->converted->linesize);
	ret_picture->layout = PICTURE_NV12;
	ret_picture->chroma_shift_x = 1;
	ret_picture->chroma_shift_y = 1;
	picture_of_frame(converter->converted, ret_picture);
	return 0;
}
