/* SPDX-License-Identifier: Apache-2.0 */
/** @file ring.h
 * The buffers of one output channel, going round between the hardware and the user:
 *
 *     queued ──begin──► in work ──finish──► finished ──take──► held ──release──► queued
 *
 * The hardware never stops for want of a buffer: when a frame is finished and no other buffer is queued, that frame is
 * dropped and its buffer used again. So of N buffers at most N - 1 are with the user or wait for him. */
#ifndef EMULATION_VPF_RING_H
#define EMULATION_VPF_RING_H

#include "../include/emulated_hbn.h"
#include "../include/emulation_control.h"
#include "picture.h"

enum ring_state { RING_QUEUED, RING_IN_WORK, RING_FINISHED, RING_HELD };

struct ring_buffer {
	enum ring_state state;
	uint64_t order;                 /**< Of the last change: first come, first served. */
	hb_mem_graphic_buf_t allocated; /**< The driver's hold on the memory, which the user cannot free. */
	hbn_vnode_image_t image;        /**< What the user gets: always the same for the same buffer. */
	uint8_t *device[2];             /**< The memory as the hardware sees it, past all caches. */
	uint64_t device_size[2];
};

struct ring {
	uint32_t count;
	struct ring_buffer *buffers;
	uint64_t changes;
	bool cached;
	int readable_fd; /**< One byte for each finished frame; hangs up when the node is not running. */
	int writing_fd;
	struct emulated_channel_counters *counters;
};

/** A ring of pictures. @return 0 or a negative hbn status, then there is none. */
hobot_status ring_create(const hb_mem_graphic_buf_t *shape, const hbn_buf_alloc_attr_t *attributes,
			 struct emulated_channel_counters *counters, struct ring **ret_ring);
void ring_destroy(struct ring *ring);

void ring_start(struct ring *ring);

/** Hang up; throw finished frames away. What is held stays held. */
void ring_stop(struct ring *ring);

/** @return A buffer for the hardware to fill, or NULL: the channel has run dry, and the frame is counted as lost. */
struct ring_buffer *ring_begin(struct ring *ring);

/** @return Whether the frame reached the user's side. */
bool ring_finish(struct ring *ring, struct ring_buffer *buffer, const hbn_frame_info_t *info);

/** @return The oldest finished frame, now held, or NULL. */
struct ring_buffer *ring_take(struct ring *ring);

/** @return 0, ILLEGAL_BUF_INDEX, or NODE_QUE_ERROR for a buffer that the user does not hold. */
hobot_status ring_release(struct ring *ring, int32_t index);

void ring_flush(struct ring *ring);

/** The buffer as an NV12 picture for the hardware to write. */
struct picture ring_picture(const struct ring_buffer *buffer);

#endif
