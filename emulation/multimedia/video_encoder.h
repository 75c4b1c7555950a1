/* SPDX-License-Identifier: Apache-2.0 */
/** @file video_encoder.h
 * What encodes in the hardware's place. */
#ifndef EMULATION_MULTIMEDIA_VIDEO_ENCODER_H
#define EMULATION_MULTIMEDIA_VIDEO_ENCODER_H

#include "../include/emulated_media_codec.h"

#include <stdbool.h>

struct video_encoder;

struct encoded_picture {
	const uint8_t *data; /**< Without parameter sets. Valid until the next call. */
	size_t size;
	bool key;
};

/** @return NULL if there is no encoder of this codec, or it refuses. */
struct video_encoder *video_encoder_open(media_codec_id_t codec_id, const mc_video_codec_enc_params_t *params);
void video_encoder_close(struct video_encoder *encoder);

/** The parameter sets, with start codes. */
const uint8_t *video_encoder_headers(const struct video_encoder *encoder, size_t *size);

void video_encoder_set_rate(struct video_encoder *encoder, const mc_h264_cbr_params_t *rate);

/** Encode NV12. @return false if it cannot be. */
bool video_encoder_encode(struct video_encoder *encoder, const uint8_t *y, const uint8_t *uv, int stride, bool key,
			  struct encoded_picture *encoded);

#endif
