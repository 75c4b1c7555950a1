/* SPDX-License-Identifier: Apache-2.0 */
/** @file hardware.h
 * One H.264 encoder of the board's hardware. */
#ifndef ZCFRAME_STREAMD_HBMM_HARDWARE_H
#define ZCFRAME_STREAMD_HBMM_HARDWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hardware_encoder;

struct hardware_settings {
	int width_pixels;
	int height_pixels;
	int frame_rate_hz;
	int bit_rate_kilobits;
	int keyframe_interval_frames;
};

/** Borrowed from the encoder until hardware_encoder_take_back(). */
struct hardware_unit {
	const uint8_t *data;
	size_t size_bytes;
};

/**
 * @param why  Receives a sentence if it fails.
 * @return 0 or a negative errno.
 */
int hardware_encoder_open(const struct hardware_settings *settings, struct hardware_encoder **ret_encoder, char *why,
			  size_t why_size);

/**
 * Encode one picture, and wait until the hardware is done with it.
 *
 * @param y  First byte of the picture: in memory of the vendor's that this process has imported. The hardware reads it
 *           there, by its physical address.
 * @return 0, or a negative errno with a sentence in @p why; then nothing but close is left.
 */
int hardware_encoder_encode(struct hardware_encoder *encoder, const uint8_t *y, uint64_t pts, bool force_keyframe,
			    struct hardware_unit *ret_unit, char *why, size_t why_size);

/** The unit is not needed any more. @return as hardware_encoder_encode() */
int hardware_encoder_take_back(struct hardware_encoder *encoder, char *why, size_t why_size);

void hardware_encoder_close(struct hardware_encoder *encoder);

#endif
