/* SPDX-License-Identifier: Apache-2.0 */
/** @file stream_decoder.h
 * Decode what the encoder made, one unit at a time. */
#ifndef EMULATION_TESTS_STREAM_DECODER_H
#define EMULATION_TESTS_STREAM_DECODER_H

#include "emulated_media_codec.h"

#include <stdbool.h>

struct stream_decoder;

/** The luminance of a picture; valid until the next call. */
struct decoded_picture {
	const uint8_t *y;
	int width, height, stride;
};

struct stream_decoder *stream_decoder_open(media_codec_id_t codec_id);
void stream_decoder_close(struct stream_decoder *decoder);
bool stream_decoder_decode(struct stream_decoder *decoder, const uint8_t *data, size_t size,
			   struct decoded_picture *picture);

#endif
