/* SPDX-License-Identifier: Apache-2.0 */
/** @file direct_buffer.h
 * Decoding into a pool buffer: memory for libavcodec (get_buffer2) that is the luma plane of a channel which
 * has the file's own size. No software decoder writes NV12's interleaved chroma, so U and V go into a scratch,
 * and the scaling stage interleaves them into the pool buffer. Two thirds of the picture are never copied.
 *
 * Only for decoders that forget a picture once it is out (media_info.forgets_pictures): the buffer is
 * published, and later overwritten, while an inter-coded stream would still predict from it. */
#ifndef CAMERAD_DIRECT_BUFFER_H
#define CAMERAD_DIRECT_BUFFER_H

#include "../picture.h"

#include <libavcodec/avcodec.h>

struct direct_buffer {
	const struct nv12_image *target; /**< Where the next picture goes; NULL: into the decoder's own memory. */
	AVBufferRef *chroma;             /**< Scratch for U and V. */
};

/** The AVCodecContext.get_buffer2; `opaque` is the struct direct_buffer. */
int direct_buffer_get(AVCodecContext *decoder, AVFrame *frame, int flags);

/** @return Whether the frame lies in memory that direct_buffer_get() gave, whatever the target was. */
bool direct_buffer_holds(const AVFrame *frame);

void direct_buffer_fini(struct direct_buffer *direct);

#endif
