/* SPDX-License-Identifier: Apache-2.0 */
#include "direct_buffer.h"

/* Marks our frames through AVFrame.opaque. */
static char direct_mark;

/* Decoders read and write a little beyond a plane. */
#define PLANE_MARGIN_BYTES 128

struct plane_layout {
	int rows, chroma_rows, chroma_stride_bytes;
};

static bool is_yuv420(int format)
{
	return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

/* Whether the decoder can work in the target: the same visible size; rows as far apart and as aligned as it
 * wants them; and room for the rows that it writes beyond the last one, which end up in the chroma plane,
 * before the chroma does. */
static bool target_suits(AVCodecContext *decoder, const AVFrame *frame, const struct nv12_image *target,
			 struct plane_layout *ret_layout)
{
	int linesize_align[AV_NUM_DATA_POINTERS], width = frame->width, height = frame->height;
	size_t luma_bytes = (size_t)target->stride_y_bytes * target->height_pixels;
	size_t chroma_bytes = (size_t)target->stride_uv_bytes * target->height_pixels / 2;

	if (!is_yuv420(frame->format) || decoder->width != (int)target->width_pixels ||
	    decoder->height != (int)target->height_pixels || target->uv != target->y + luma_bytes)
		return false;
	avcodec_align_dimensions2(decoder, &width, &height, linesize_align);
	if (width > target->stride_y_bytes || target->stride_y_bytes % linesize_align[0] != 0 ||
	    (uintptr_t)target->y % (unsigned)linesize_align[0] != 0)
		return false;
	ret_layout->rows = height;
	ret_layout->chroma_rows = (height + 1) / 2;
	ret_layout->chroma_stride_bytes = target->stride_y_bytes; /* Aligned, and twice what is needed. */
	return (size_t)target->stride_y_bytes * (size_t)height + PLANE_MARGIN_BYTES <= luma_bytes + chroma_bytes;
}

/* A larger one replaces the old, which lives on as long as a frame refers to it. */
static bool reserve_chroma(struct direct_buffer *direct, size_t bytes)
{
	if (direct->chroma == NULL || (size_t)direct->chroma->size < bytes) {
		av_buffer_unref(&direct->chroma);
		direct->chroma = av_buffer_alloc(bytes);
	}
	return direct->chroma != NULL;
}

/* The memory is the pool's. */
static void keep(void *opaque, uint8_t *data)
{
	(void)opaque;
	(void)data;
}

int direct_buffer_get(AVCodecContext *decoder, AVFrame *frame, int flags)
{
	struct direct_buffer *direct = decoder->opaque;
	const struct nv12_image *target = direct->target;
	struct plane_layout layout;
	size_t plane_bytes;

	if (target == NULL || !target_suits(decoder, frame, target, &layout))
		return avcodec_default_get_buffer2(decoder, frame, flags);
	plane_bytes = (size_t)layout.chroma_stride_bytes * (size_t)layout.chroma_rows + PLANE_MARGIN_BYTES;
	if (!reserve_chroma(direct, 2 * plane_bytes))
		return AVERROR(ENOMEM);
	frame->data[0] = target->y;
	frame->data[1] = direct->chroma->data;
	frame->data[2] = direct->chroma->data + plane_bytes;
	frame->linesize[0] = target->stride_y_bytes;
	frame->linesize[1] = frame->linesize[2] = layout.chroma_stride_bytes;
	frame->extended_data = frame->data;
	frame->buf[0] =
		av_buffer_create(target->y, (size_t)target->stride_y_bytes * (size_t)layout.rows, keep, NULL, 0);
	frame->buf[1] = av_buffer_ref(direct->chroma);
	frame->opaque = &direct_mark;
	if (frame->buf[0] == NULL || frame->buf[1] == NULL) {
		av_buffer_unref(&frame->buf[0]);
		av_buffer_unref(&frame->buf[1]);
		return AVERROR(ENOMEM);
	}
	return 0;
}

bool direct_buffer_holds(const AVFrame *frame)
{
	return frame->opaque == &direct_mark;
}

void direct_buffer_fini(struct direct_buffer *direct)
{
	av_buffer_unref(&direct->chroma);
}
