/* SPDX-License-Identifier: Apache-2.0 */
/** @file frame_layout.h
 * What a frame of the camera is, whichever release of the vendor's library describes it. */
#ifndef CAMERAD_VIO_FRAME_LAYOUT_H
#define CAMERAD_VIO_FRAME_LAYOUT_H

#include "hbn_abi.h"

#include <stdbool.h>

struct vio_frame {
	uint32_t frame_id;
	uint64_t timestamp_ns; /**< CLOCK_MONOTONIC_RAW */
	int32_t buffer_index;
	struct zcf_hb_mem_graphic buffer;
};

/**
 * Read a frame. Its release is known by where the picture's description makes sense: NV12 of the size that was
 * asked for.
 *
 * @param frame  As hbn_vnode_getframe() has filled it; all 0 before.
 * @return false if it makes sense nowhere.
 */
bool vio_frame_read(const union hbn_frame *frame, uint32_t width_pixels, uint32_t height_pixels,
		    struct vio_frame *ret_frame);

/** Make a frame for hbn_vnode_releaseframe(), which looks at the buffer's index only, wherever its release has that. */
void vio_frame_name_buffer(union hbn_frame *frame, uint32_t buffer_index);

#endif
