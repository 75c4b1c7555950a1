/* SPDX-License-Identifier: Apache-2.0 */
/** @file h264.h
 * One H.264 encoder of libavcodec, fed with pictures that stay where they are. */
#ifndef ZCFRAME_STREAMD_H264_H
#define ZCFRAME_STREAMD_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h264_encoder;

struct h264_settings {
	const char *name; /**< Of the encoder in libavcodec: "libx264", ... */
	const char *preset;
	const char *device; /**< For VA-API: "/dev/dri/renderD128"; NULL: the first. */
	int width_pixels;
	int height_pixels;
	double frame_rate_hz; /**< 0: not known. */
	int64_t bit_rate;     /**< Bits per second. */
	int keyframe_interval_frames;
	int threads;
	bool full_range; /**< Y from 0 to 255; else from 16 to 235. */
};

struct h264_picture {
	const uint8_t *y;
	const uint8_t *uv;
	size_t y_size_bytes;
	size_t uv_size_bytes;
	int y_stride_bytes;
	int uv_stride_bytes;
	int64_t time_ns;
	bool force_keyframe;
};

/** Borrowed from the encoder until its next call. */
struct h264_unit {
	const uint8_t *data;
	size_t size_bytes;
	int64_t time_ns;
	bool keyframe;
};

/**
 * @param why  Receives a sentence if it fails.
 * @return 0 or a negative errno.
 */
int h264_encoder_open(const struct h264_settings *settings, struct h264_encoder **ret_encoder, char *why,
		      size_t why_size);

/**
 * Give the encoder one picture. It has stopped reading it when this returns.
 *
 * @return 0, or a negative errno with a sentence in @p why.
 */
int h264_encoder_send(struct h264_encoder *encoder, const struct h264_picture *picture, char *why, size_t why_size);

/** @return 1 with a unit, 0 if none is ready, or a negative errno with a sentence in @p why. */
int h264_encoder_receive(struct h264_encoder *encoder, struct h264_unit *ret_unit, char *why, size_t why_size);

void h264_encoder_close(struct h264_encoder *encoder);

#endif
