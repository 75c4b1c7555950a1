/* SPDX-License-Identifier: Apache-2.0 */
/** @file jpeg_pool.h
 * Encoded pictures, each shared by every client that is being sent it. Their number is fixed, and their
 * memory is kept from one picture to the next, so that encoding allocates nothing once it runs. */
#ifndef ZCFRAME_MJPEGD_JPEG_POOL_H
#define ZCFRAME_MJPEGD_JPEG_POOL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct jpeg {
	unsigned char *data;
	size_t size_bytes;
	size_t capacity_bytes;

	uint64_t number;            /**< 1, 2, 3, ... of the pictures that this process encoded. */
	uint64_t wanted_index;      /**< 1, 2, 3, ... of the frames that this process could have encoded. */
	uint64_t sequence;          /**< Of the frame, in its channel. */
	uint64_t frame_number;      /**< Of the frame, in its camera. */
	uint64_t publish_time_ns;   /**< Of the frame. */
	uint64_t frame_interval_ns; /**< Of the channel; 0 if it has none. */
	int64_t capture_wall_ns;    /**< Of the frame. */

	atomic_uint references; /**< 0: free. */
};

struct jpeg_pool;

/** @return A pool of @p count pictures that have no memory yet, or NULL. */
struct jpeg_pool *jpeg_pool_create(unsigned count);

/** Free a pool. Nobody may hold a picture any more. */
void jpeg_pool_destroy(struct jpeg_pool *pool);

/**
 * Take a free picture to encode into, with one reference.
 *
 * @return NULL if all are in use.
 * @note For one thread at a time; references may be dropped by any thread meanwhile.
 */
struct jpeg *jpeg_pool_take(struct jpeg_pool *pool);

struct jpeg *jpeg_ref(struct jpeg *jpeg);
void jpeg_unref(struct jpeg *jpeg);

/** Make room for @p capacity_bytes at least, keeping what is there. @return 0 or -ENOMEM. */
int jpeg_reserve(struct jpeg *jpeg, size_t capacity_bytes);

#endif
