/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file frame.h
 * One frame as a consumer holds it: metadata, plane pointers, validity, release.
 *
 * A frame is a *lease* on a buffer that the camera wrote. While the lease is valid nobody writes into the
 * buffer. It ends when the consumer releases it, when the consumer's process dies, or when the producer
 * revokes it after its deadline (by default two frame intervals). After a revocation the memory stays
 * mapped and readable, but its pixels may be those of a newer picture: zcf_frame_check() and
 * zcf_frame_release() then return -ESTALE, and whatever was computed from the frame must be thrown away.
 */
#ifndef ZCFRAME_FRAME_H
#define ZCFRAME_FRAME_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct zcf_frame;

/** Set in zcf_frame_info.flags if this is the first frame after the producer was restarted. */
#define ZCF_FRAME_DISCONTINUITY (1u << 0)

/**
 * Everything that is known about a frame. Fields are only ever added at the end.
 *
 * The fields of the original design's `ZeroCopyFrame` are marked with (design) and its name for them.
 */
struct zcf_frame_info {
	uint64_t sequence;        /**< 1, 2, 3, ... of the frames published in this epoch. */
	uint64_t epoch;           /**< Names one life of the producer; another value after a restart. */
	uint64_t frame_number;    /**< (design `frame_number`) The camera's own count, skipped frames included. */
	uint64_t sequence_gap;    /**< Frames published since the last one this consumer acquired and did not
				       see; 0 if this one follows directly, and for the first one of an epoch. */
	uint64_t skipped_before;  /**< Camera frames that could not be published directly before this one,
				       because consumers held every buffer; at most UINT32_MAX, which is that
				       many or more. */
	uint64_t capture_time_ns; /**< (design `timestamp`) CLOCK_MONOTONIC when the camera took the picture. */
	int64_t capture_wall_ns;  /**< CLOCK_REALTIME at the same moment, nanoseconds since 1970. */
	uint64_t publish_time_ns; /**< CLOCK_MONOTONIC when the frame was published. */
	uint64_t bytes_used;      /**< Bytes that carry content; the format's size for pictures. */
	struct zcf_format format; /**< (design `width`, `height`, `plane_cnt`, `plane_size`) and strides, offsets. */
	int32_t design_format;    /**< (design `format`) enum zcf_design_format: 1 is NV12. */
	int32_t camera_id;        /**< (design `camera_id`) */
	int32_t share_id[ZCF_MAX_PLANES]; /**< (design `share_id`) The vendor's buffer ids; 0 where there are none. */
	float brightness_avg;             /**< (design `brightness_avg`) Mean of Y, 0..255; negative if not measured. */
	uint32_t version;           /**< (design `version`) Changes with every frame: the sequence's low 32 bits. */
	uint32_t buffer_index;      /**< Which buffer of the pool, 0..n-1. */
	uint32_t flags;             /**< ZCF_FRAME_... */
	uint8_t correction_applied; /**< (design `correction_applied`) 1 if the low-light correction was applied. */
	uint8_t reserved[7];
};

/**
 * The frame's metadata: a copy of its own, which no other process can change.
 *
 * @return Never NULL; borrowed from the frame, valid until its last release.
 * @note Thread-safe, does not block.
 */
ZCF_API const struct zcf_frame_info *zcf_frame_get_info(const struct zcf_frame *frame);

/**
 * First byte of a plane, in the very memory that the camera wrote, or with zcf_consumer_options.copy_out in the copy.
 * Read-only: a write to the camera's memory faults.
 *
 * @param plane  0..plane_count-1.
 * @return NULL if there is no such plane. Borrowed from the frame, valid until its last release (the
 *         memory stays mapped after a revocation, only its content may change).
 * @note Thread-safe, does not block. Source in the design: `virt_addr` after `hb_mem_import_com_buf`.
 */
ZCF_API const void *zcf_frame_get_plane(const struct zcf_frame *frame, uint32_t plane);

/**
 * How the frame's buffer is described to those who do not use this library: for backend "hbmem" the vendor's
 * hb_mem_graphic_buf_t, as the producer has it. Its descriptors and addresses are those of the producer's process.
 *
 * @param ret_handle  Borrowed from the frame, valid until its last release.
 * @return 0; -ENOENT if buffers of this backend have no such description (memfd); -EPROTO if the producer wrote one
 *         that cannot be.
 * @note Thread-safe, does not block, makes no system call.
 */
ZCF_API int zcf_frame_get_handle(const struct zcf_frame *frame, const void **ret_handle, size_t *ret_size_bytes);

/**
 * Whether what has been read from the frame so far can be trusted. May be called at any time and as often
 * as wanted: it costs one load.
 *
 * @return 0 if nothing had been overwritten when the call was made; -ESTALE if the lease was revoked.
 * @note Thread-safe, does not block, makes no system call.
 */
ZCF_API int zcf_frame_check(const struct zcf_frame *frame);

/**
 * Add a holder to a frame within this process; each needs its own zcf_frame_release().
 *
 * @return The same frame.
 * @note Thread-safe, does not block.
 */
ZCF_API struct zcf_frame *zcf_frame_ref(struct zcf_frame *frame);

/**
 * Give the frame up. The last holder's release ends the lease and lets the camera have its buffer back.
 *
 * @return 0 if the frame was valid to the end; -ESTALE if it was revoked, so that what was read from it
 *         must not be used. The frame is released in both cases. -ECHILD in a forked child, whose parent's it is: there
 *         nothing is released.
 * @note Thread-safe, may be called from another thread than the one that acquired. Makes no system call,
 *       unless the producer has said that it waits for a buffer, or this was the last frame of a producer or consumer
 *       that has gone, whose buffers are then unmapped. Source in the design: `consumed_sem`.
 */
ZCF_API int zcf_frame_release(struct zcf_frame *frame);

#ifdef __cplusplus
}
#endif

#endif
