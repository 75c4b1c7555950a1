/* SPDX-License-Identifier: Apache-2.0 */
/* Built where libavcodec is missing: a board whose encoder cannot be opened. */
#include "video_encoder.h"

struct video_encoder *video_encoder_open(media_codec_id_t codec_id, const mc_video_codec_enc_params_t *params)
{
	(void)codec_id;
	(void)params;
	return NULL;
}

void video_encoder_close(struct video_encoder *encoder)
{
	(void)encoder;
}

const uint8_t *video_encoder_headers(const struct video_encoder *encoder, size_t *size)
{
	(void)encoder;
	*size = 0;
	return NULL;
}

void video_encoder_set_rate(struct video_encoder *encoder, const mc_h264_cbr_params_t *rate)
{
	(void)encoder;
	(void)rate;
}

bool video_encoder_encode(struct video_encoder *encoder, const uint8_t *y, const uint8_t *uv, int stride, bool key,
			  struct encoded_picture *encoded)
{
	(void)encoder;
	(void)y;
	(void)uv;
	(void)stride;
	(void)key;
	(void)encoded;
	return false;
}
