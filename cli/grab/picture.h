/* SPDX-License-Identifier: Apache-2.0 */
/** @file picture.h
 * The content of one frame, copied out of the shared buffer so that the camera can have that back at once, with
 * the padding at the end of rows left out. */
#ifndef ZCF_CLI_GRAB_PICTURE_H
#define ZCF_CLI_GRAB_PICTURE_H

#include <zcframe/frame.h>

struct picture {
	uint32_t fourcc;
	uint32_t width_pixels, height_pixels; /**< 0 for data. */
	size_t size_bytes;                    /**< Of what is in `bytes`. */
	size_t room_bytes;                    /**< Of `bytes` itself, which is used again for the next frame. */
	uint8_t *bytes;                       /**< Y rows, then UV rows; or the data. */
	uint64_t sequence, frame_number, sequence_gap;
	uint64_t capture_time_ns;
};

/** How Y, U and V stand for colours. */
enum picture_range {
	PICTURE_RANGE_LIMITED, /**< BT.601, Y from 16 to 235: video. */
	PICTURE_RANGE_FULL,    /**< BT.601, Y from 0 to 255: JFIF. */
};

/** Copy a frame that is held. @return 0; -ENOTSUP for a format that we do not know; -EINVAL for a broken one. */
int picture_copy(struct picture *picture, const struct zcf_frame *frame);

/** @return The Y plane, and the UV plane of NV12. */
const uint8_t *picture_luma(const struct picture *picture);
const uint8_t *picture_chroma(const struct picture *picture);

/** Convert to rows of R, G, B, 3 bytes each. @param rgb  width * height * 3 bytes. @return 0 or -EINVAL. */
int picture_to_rgb(const struct picture *picture, enum picture_range range, uint8_t *rgb);

void picture_free(struct picture *picture);

#endif
