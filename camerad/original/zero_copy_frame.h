/* SPDX-License-Identifier: Apache-2.0 */
/** @file zero_copy_frame.h
 * What lies in the POSIX shared memory of the original design: its two structs to the letter, and behind them what
 * the vendor's import wants too.
 *
 * Programs that we do not build read this. The design's part never changes; the extension only grows at its end, with
 * its version. docs/original-endpoint.md has the same numbers. */
#ifndef CAMERAD_ORIGINAL_ZERO_COPY_FRAME_H
#define CAMERAD_ORIGINAL_ZERO_COPY_FRAME_H

#include <assert.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define ZERO_COPY_PLANES 2

/** The design's. */
typedef struct {
	uint64_t frame_number;
	struct timespec timestamp;
	int camera_id;
	int width;
	int height;
	int format; /**< enum zcf_design_format */
	float brightness_avg;
	uint8_t correction_applied;
	int32_t share_id[ZERO_COPY_PLANES];
	uint64_t plane_size[ZERO_COPY_PLANES];
	int32_t plane_cnt;
	volatile uint32_t version;
	volatile uint8_t consumed;
} ZeroCopyFrame;

/** The design's. */
typedef struct {
	sem_t new_frame_sem;
	sem_t consumed_sem;
	ZeroCopyFrame frame;
} ZeroCopyFrameBuffer;

static_assert(sizeof(ZeroCopyFrame) == 88, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, frame_number) == 0, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, timestamp) == 8, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, camera_id) == 24, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, width) == 28, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, height) == 32, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, format) == 36, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, brightness_avg) == 40, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, correction_applied) == 44, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, share_id) == 48, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, plane_size) == 56, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, plane_cnt) == 72, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, version) == 76, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrame, consumed) == 80, "docs/original-endpoint.md");
static_assert(sizeof(sem_t) == 32, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrameBuffer, consumed_sem) == 32, "docs/original-endpoint.md");
static_assert(offsetof(ZeroCopyFrameBuffer, frame) == 64, "docs/original-endpoint.md");
static_assert(sizeof(ZeroCopyFrameBuffer) == 152, "docs/original-endpoint.md");

/** The vendor's hb_mem_graphic_buf_t. Descriptors and addresses of our process are not given away: they are 0. */
struct zero_copy_graphic_buffer {
	int32_t fd[3];
	int32_t plane_cnt;
	int32_t format;
	int32_t width;
	int32_t height;
	int32_t stride;
	int32_t vstride;
	int32_t is_contig;
	int32_t share_id[3];
	int32_t reserved;
	int64_t flags;
	uint64_t size[3];
	uint64_t virt_addr[3];
	uint64_t phys_addr[3];
	uint64_t offset[3];
};

static_assert(sizeof(struct zero_copy_graphic_buffer) == 160, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, plane_cnt) == 12, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, stride) == 28, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, is_contig) == 36, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, share_id) == 40, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, flags) == 56, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, size) == 64, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, virt_addr) == 88, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, phys_addr) == 112, "the vendor's layout");
static_assert(offsetof(struct zero_copy_graphic_buffer, offset) == 136, "the vendor's layout");

/** The vendor's hb_mem_common_buf_t. */
struct zero_copy_common_buffer {
	int32_t fd;
	int32_t share_id;
	int64_t flags;
	uint64_t size;
	uint64_t virt_addr;
	uint64_t phys_addr;
	uint64_t offset;
};

static_assert(sizeof(struct zero_copy_common_buffer) == 48, "the vendor's layout");
static_assert(offsetof(struct zero_copy_common_buffer, share_id) == 4, "the vendor's layout");
static_assert(offsetof(struct zero_copy_common_buffer, flags) == 8, "the vendor's layout");
static_assert(offsetof(struct zero_copy_common_buffer, size) == 16, "the vendor's layout");
static_assert(offsetof(struct zero_copy_common_buffer, virt_addr) == 24, "the vendor's layout");
static_assert(offsetof(struct zero_copy_common_buffer, phys_addr) == 32, "the vendor's layout");
static_assert(offsetof(struct zero_copy_common_buffer, offset) == 40, "the vendor's layout");

#define ZERO_COPY_EXTENSION_MAGIC   UINT64_C(0x313054584546435a) /* "ZCFEXT01" in memory */
#define ZERO_COPY_EXTENSION_VERSION 1

enum zero_copy_state {
	ZERO_COPY_SERVED = 1, /**< A daemon writes here, or has died without a word. */
	ZERO_COPY_CLOSED = 2, /**< It does not any more: open the name again. */
};

/** Ours, behind the design's. */
struct zero_copy_extension {
	uint64_t magic;
	uint32_t version;
	uint32_t size_bytes; /**< Of the extension. */
	uint32_t state;
	uint32_t reserved;
	uint64_t epoch;
	uint64_t sequence;       /**< Of the frame that is described. */
	uint64_t held_sequence;  /**< The same while the buffer is kept for who took the frame; then 0. */
	uint64_t lease_until_ns; /**< CLOCK_MONOTONIC: until when it is kept at most. */
	int64_t capture_wall_ns; /**< CLOCK_REALTIME; the design's `timestamp` is CLOCK_MONOTONIC. */
	uint32_t stride_bytes[ZERO_COPY_PLANES];
	uint64_t plane_offset_bytes[ZERO_COPY_PLANES];
	struct zero_copy_graphic_buffer graphic;                 /**< For hb_mem_import_graph_buf(). */
	struct zero_copy_common_buffer common[ZERO_COPY_PLANES]; /**< For hb_mem_import_com_buf(). */
	uint8_t reserved_end[16];
};

static_assert(offsetof(struct zero_copy_extension, version) == 8, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, size_bytes) == 12, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, state) == 16, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, epoch) == 24, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, sequence) == 32, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, held_sequence) == 40, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, lease_until_ns) == 48, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, capture_wall_ns) == 56, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, stride_bytes) == 64, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, plane_offset_bytes) == 72, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, graphic) == 88, "docs/original-endpoint.md");
static_assert(offsetof(struct zero_copy_extension, common) == 248, "docs/original-endpoint.md");
static_assert(sizeof(struct zero_copy_extension) == 360, "docs/original-endpoint.md");

/** The whole object. */
struct zero_copy_memory {
	ZeroCopyFrameBuffer design;
	struct zero_copy_extension extension;
};

static_assert(offsetof(struct zero_copy_memory, extension) == 152, "docs/original-endpoint.md");
static_assert(sizeof(struct zero_copy_memory) == 512, "docs/original-endpoint.md");

#endif
