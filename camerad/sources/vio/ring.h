/* SPDX-License-Identifier: Apache-2.0 */
/** @file ring.h
 * The ring of one output's buffers: which of them we have, so that each is given back exactly once. */
#ifndef CAMERAD_VIO_RING_H
#define CAMERAD_VIO_RING_H

#include "frame_layout.h"
#include "library.h"
#include "outputs.h"

/*
 * When a frame completes, the hardware needs two buffers: the one that it is in, and another to go on with. If it has
 * only the one, it drops the new frame.
 */
#define VIO_HARDWARE_NEEDS 2

struct vio_ring {
	const struct vio_library *library;
	hbn_handle vse;
	uint32_t output;
	uint32_t width_pixels, height_pixels; /**< Of every frame. */
	uint32_t buffer_count;
	uint32_t out; /**< Bit i: we have buffer i. */
	uint64_t taken, returned;
	uint64_t refused; /**< Returned, but the driver said no. */
};

void vio_ring_init(struct vio_ring *ring, const struct vio_library *library, hbn_handle vse,
		   const struct vio_output *plan);

/**
 * Take the oldest finished frame; there is one, or so poll() says.
 *
 * @return 0; -EAGAIN if there was none after all; -EPROTO, with the frame left to the driver, if it is described as no
 *         release that we know describes it, or has a buffer that we have already or that cannot be.
 */
int vio_ring_take(struct vio_ring *ring, struct vio_frame *ret_frame);

/** Give a buffer back. Nothing happens if we do not have it. */
void vio_ring_return(struct vio_ring *ring, uint32_t index);
void vio_ring_return_all(struct vio_ring *ring);

/** @return How many we have too many for the next frame to complete. */
uint32_t vio_ring_excess(const struct vio_ring *ring);

#endif
