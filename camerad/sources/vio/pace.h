/* SPDX-License-Identifier: Apache-2.0 */
/** @file pace.h
 * When an output's next frame is due: learned from when the frames before it came. */
#ifndef CAMERAD_VIO_PACE_H
#define CAMERAD_VIO_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct vio_pace {
	uint64_t interval_ns; /**< Of the sensor's frames. */
	uint32_t stride;      /**< Of so many of the sensor's frames the output delivers one, at most. */
	bool started;
	uint64_t due_ns; /**< Of the next frame; 0 before the first one came. */
	uint64_t last_capture_ns;
	uint64_t last_number;
};

/** @param interval_ns  As configured. @param stride  1: every frame. */
void vio_pace_init(struct vio_pace *pace, uint64_t interval_ns, uint32_t stride);

/** A frame came. @param capture_ns  The sensor's time stamp. @param number  Of the frame. */
void vio_pace_frame(struct vio_pace *pace, uint64_t now_ns, uint64_t capture_ns, uint64_t number);

/** The frame that was due did not come. */
void vio_pace_miss(struct vio_pace *pace);

#endif
