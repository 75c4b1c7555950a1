/* SPDX-License-Identifier: Apache-2.0 */
/** @file media.h
 * The pictures of a file, one after the other, from libavformat and libavcodec. */
#ifndef CAMERAD_MEDIA_H
#define CAMERAD_MEDIA_H

#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct media;

struct media_info {
	uint32_t width_pixels, height_pixels;
	uint32_t rate_millihertz; /**< The file's own; 0 if it has none, as an image. */
	const char *codec_name, *container_name;
	/** Whether memory that the decoder is given may be overwritten once the picture is out: every picture
	 * stands alone, and is decoded in the calling thread, without delay. */
	bool forgets_pictures;
};

/** What went wrong with the data so far, and was passed over. */
struct media_damage {
	uint64_t packets_skipped;
	uint64_t pictures_concealed; /**< Shown as far as they could be decoded. */
};

/**
 * Open a file and its first video stream.
 *
 * @return 0, or a negative errno with a sentence in @p why that names the cause.
 */
int media_open(const char *path, struct media **ret_media, char *why, size_t why_size);
void media_close(struct media *media);

const struct media_info *media_get_info(const struct media *media);
const struct media_damage *media_get_damage(const struct media *media);

/** Let @p get_buffer provide the memory that is decoded into (AVCodecContext.get_buffer2; the context is in its
 * `opaque`). */
void media_set_allocator(struct media *media, int (*get_buffer)(AVCodecContext *, AVFrame *, int), void *context);

/**
 * Decode the next picture into @p frame.
 *
 * @param ret_time_ns      When it is to be shown, from the first picture of the file on; negative: unknown.
 * @param ret_duration_ns  For how long; 0: unknown.
 * @return 0; -ENODATA at the end; -EAGAIN if a lot of data gave no picture (call again); -ENOMEM.
 */
int media_next(struct media *media, AVFrame *frame, int64_t *ret_time_ns, int64_t *ret_duration_ns);

/** Go back to the first picture. @return 0 or a negative errno. */
int media_rewind(struct media *media);

/** Forget a picture that is only half decoded. Only for decoders that forget pictures. */
void media_drop_half_picture(struct media *media);

#endif
