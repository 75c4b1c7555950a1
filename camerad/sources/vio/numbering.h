/* SPDX-License-Identifier: Apache-2.0 */
/** @file numbering.h
 * The numbers of the frames that one output delivers: 64 bits instead of the sensor's 32, and how many frames are
 * missing between them. */
#ifndef CAMERAD_VIO_NUMBERING_H
#define CAMERAD_VIO_NUMBERING_H

#include <stdbool.h>
#include <stdint.h>

struct vio_numbering {
	uint64_t base;      /**< Of the number before the sensor's first frame. */
	uint32_t from, to;  /**< Of `from` frames of the sensor the output delivers `to`, evenly. */
	bool started;       /**< A frame has come. */
	uint32_t last_id;   /**< The sensor's. */
	uint64_t number;    /**< Of the last frame. */
	uint64_t first;     /**< Of the first. */
	uint64_t accounted; /**< Frames since the first that came, or are known to be lost. */
};

/** @param from, to  Equal, or both 0: every frame of the sensor. */
void vio_numbering_init(struct vio_numbering *numbering, uint64_t base, uint32_t from, uint32_t to);

/** Take the next frame. @return How many before it were lost and not known to be. */
uint64_t vio_numbering_take(struct vio_numbering *numbering, uint32_t frame_id);

/** A frame is lost, as is known before the next one comes. */
void vio_numbering_lose(struct vio_numbering *numbering);

#endif
