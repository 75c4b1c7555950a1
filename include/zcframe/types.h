/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file types.h
 * Limits, pixel formats and the geometry of a frame.
 *
 * Rules that hold for the whole library, so that they are said once:
 *
 * - Errors: a function that returns `int` returns 0 on success or a negative errno. Values above 0 are
 *   returned only where the function says so. zcf_error_detail() has the sentence that belongs to the
 *   last failure of the calling thread: it names the object, the cause and what to do about it. -EAGAIN, -EINTR and
 *   -ESTALE can be part of a program's ordinary course, and have none.
 * - `ret_` parameters are written on success only.
 * - Times are nanoseconds of CLOCK_MONOTONIC unless the name says `wall` (CLOCK_REALTIME).
 * - Timeouts are `int64_t timeout_ns`: negative waits without limit, 0 does not wait.
 * - Structs with a `struct_size` are filled by their `_init` function first; the library can then tell
 *   which fields the caller's header knew.
 * - Functions that destroy, close or release accept NULL.
 * - The library never logs, never starts a thread, never installs a signal handler and never aborts on
 *   what another process wrote.
 */
#ifndef ZCFRAME_TYPES_H
#define ZCFRAME_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ZCF_API __attribute__((visibility("default")))
#else
#define ZCF_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Planes of one frame at most (NV12 has two, the vendor's buffers up to three). */
#define ZCF_MAX_PLANES 4
/** Buffers of one pool at most. */
#define ZCF_MAX_BUFFERS 64
/** Consumers attached to one channel at most. */
#define ZCF_MAX_CONSUMERS 64
/** Frames that one consumer may hold at the same time, at most. */
#define ZCF_MAX_LEASES 8
/** Bytes of a channel name, its terminating zero included. */
#define ZCF_CHANNEL_NAME_SIZE 64
/** Bytes of a consumer's label, its terminating zero included. */
#define ZCF_LABEL_SIZE 32
/** Largest width or height in pixels. */
#define ZCF_MAX_DIMENSION 16384

/** Four-character code as DRM and V4L2 write it (first character in the lowest byte). */
#define ZCF_FOURCC(a, b, c, d) ((uint32_t)(a) | ((uint32_t)(b) << 8) | ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))

/** Full-resolution Y plane, then one plane of interleaved U and V at half width and height. */
#define ZCF_FOURCC_NV12 ZCF_FOURCC('N', 'V', '1', '2')
/** One plane of 8-bit luminance. */
#define ZCF_FOURCC_GREY ZCF_FOURCC('G', 'R', 'E', 'Y')
/** One plane of bytes with no pixels: detections, an encoded bitstream. */
#define ZCF_FOURCC_DATA ZCF_FOURCC('D', 'A', 'T', 'A')

/** The `format` number of the original design's ZeroCopyFrame. */
enum zcf_design_format {
	ZCF_DESIGN_FORMAT_OTHER = 0,
	ZCF_DESIGN_FORMAT_NV12 = 1,
};

/** Whether a channel's source brings frames. */
enum zcf_source_state {
	ZCF_SOURCE_DELIVERS = 0,
	ZCF_SOURCE_SILENT = 1, /**< It has brought none for too long, and is started anew. */
};

/** Where one plane lies in its buffer. */
struct zcf_plane {
	uint64_t offset_bytes; /**< From the start of the buffer. */
	uint64_t size_bytes;   /**< Of the whole plane, padding at the end of rows included. */
	uint32_t stride_bytes; /**< From one row to the next; for data, the plane's size. */
	uint32_t reserved;
};

/** Geometry of a frame: what it takes to find each pixel in its buffer. */
struct zcf_format {
	uint32_t fourcc;
	uint32_t width_pixels;  /**< 0 for data. */
	uint32_t height_pixels; /**< 0 for data. */
	uint32_t plane_count;
	struct zcf_plane planes[ZCF_MAX_PLANES];
	uint64_t size_bytes; /**< A buffer must have at least this many bytes. */
};

/**
 * Lay out a picture format: planes one behind the other, rows aligned to @p stride_align_bytes.
 *
 * @param fourcc  ZCF_FOURCC_NV12 or ZCF_FOURCC_GREY.
 * @param width_pixels, height_pixels  1..ZCF_MAX_DIMENSION; even for NV12.
 * @param stride_align_bytes  A power of two, 1..4096; 0 means 64 (one cache line).
 * @return 0; -EINVAL for a size or alignment outside these limits; -ENOTSUP for another fourcc.
 * @note Thread-safe, does not block.
 */
ZCF_API int zcf_format_init(struct zcf_format *ret_format, uint32_t fourcc, uint32_t width_pixels,
			    uint32_t height_pixels, uint32_t stride_align_bytes);

/**
 * Lay out a data format: one plane of @p capacity_bytes bytes.
 *
 * @return 0, or -EINVAL if the capacity is 0 or above 1 GiB.
 * @note Thread-safe, does not block.
 */
ZCF_API int zcf_format_init_data(struct zcf_format *ret_format, uint64_t capacity_bytes);

/**
 * Check a geometry that came from elsewhere: every plane inside @p buffer_size_bytes, rows inside planes,
 * nothing that overflows.
 *
 * @return 0, or -EINVAL.
 * @note Thread-safe, does not block.
 */
ZCF_API int zcf_format_check(const struct zcf_format *format, uint64_t buffer_size_bytes);

/**
 * The sentence that belongs to the last failure in the calling thread.
 *
 * @return A string owned by the library, valid until the thread's next call into it; "" if none failed.
 * @note Thread-safe: each thread has its own. Bindings that move between threads should read it at once.
 */
ZCF_API const char *zcf_error_detail(void);

#ifdef __cplusplus
}
#endif

#endif
