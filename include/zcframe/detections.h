/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file detections.h
 * What a detector found in a frame, as a frame of a data channel (format ZCF_FOURCC_DATA): a header, then one entry for
 * each box. One frame is published for each frame that was analysed, also if nothing was found in it. The layout is
 * described in docs/detections.md; change both together.
 *
 *     struct zcf_detections header;
 *     const void *data = zcf_frame_get_plane(frame, 0);
 *     if (zcf_detections_read(data, zcf_frame_get_info(frame)->bytes_used, &header) == ZCF_DETECTIONS_OK) {
 *             for (uint32_t i = 0; i < header.box_count; i++) {
 *                     struct zcf_detection box;
 *                     zcf_detections_get(data, &header, i, &box);
 *                     printf("%s %.2f\n", box.label, box.score);
 *             }
 *     }
 *     if (zcf_frame_release(frame) == -ESTALE)
 *             forget_it();
 *
 * Everything is copied out of the frame, checked, and safe to use whatever the other process wrote.
 */
#ifndef ZCFRAME_DETECTIONS_H
#define ZCFRAME_DETECTIONS_H

#include "types.h"

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where zcf-yolod publishes unless the configuration says otherwise. */
#define ZCF_DETECTIONS_CHANNEL "pet_camera_detections"

#define ZCF_DETECTIONS_MAGIC   ZCF_FOURCC('Z', 'C', 'D', 'T')
/** Readers refuse another major version. */
#define ZCF_DETECTIONS_VERSION_MAJOR 1
/** A higher minor version has fields at the ends of header and boxes that older readers skip. */
#define ZCF_DETECTIONS_VERSION_MINOR 0
/** Boxes in one frame at most: those with the highest scores. */
#define ZCF_DETECTIONS_MAX_BOXES  128
#define ZCF_DETECTIONS_LABEL_SIZE 32
#define ZCF_DETECTIONS_NAME_SIZE  64

struct zcf_detections {
	uint32_t magic;
	uint16_t version_major;
	uint16_t version_minor;
	uint32_t header_size_bytes; /**< Where the boxes begin. */
	uint32_t box_size_bytes;    /**< From one box to the next. */
	uint32_t box_count;
	uint32_t boxes_dropped; /**< Boxes found beyond ZCF_DETECTIONS_MAX_BOXES. */
	uint32_t image_width_pixels;
	uint32_t image_height_pixels;
	uint64_t source_frame_number; /**< These six: as in the zcf_frame_info of the analysed frame. */
	uint64_t source_sequence;
	uint64_t source_epoch;
	uint64_t source_capture_time_ns;
	int64_t source_capture_wall_ns;
	uint64_t source_publish_time_ns;
	uint64_t acquired_time_ns; /**< CLOCK_MONOTONIC when the detector got the frame. */
	uint64_t preprocess_ns;    /**< How long it took to scale and convert, */
	uint64_t inference_ns;     /**< to run the model, */
	uint64_t postprocess_ns;   /**< and to make boxes of the result. */
	int32_t source_camera_id;
	uint32_t reserved;
	char source_channel[ZCF_DETECTIONS_NAME_SIZE];
	char model[ZCF_DETECTIONS_NAME_SIZE]; /**< Name of the model's file. */
	uint64_t reserved_too;
};

/** One box, in pixels of the analysed frame, inside of it; score 0..1. Boxes are in order of falling score. */
struct zcf_detection {
	float x; /**< Left edge. */
	float y; /**< Top edge. */
	float width;
	float height;
	float score;
	uint32_t class_id;
	uint32_t reserved[2];
	char label[ZCF_DETECTIONS_LABEL_SIZE]; /**< Name of the class, UTF-8, cut if need be. */
};

/** Bytes of a frame of the channel. */
#define ZCF_DETECTIONS_CAPACITY                                                                                        \
	(sizeof(struct zcf_detections) + ZCF_DETECTIONS_MAX_BOXES * sizeof(struct zcf_detection))

#ifdef __cplusplus
#define ZCF_DETECTIONS_ASSERT(condition) static_assert(condition, "docs/detections.md")
#else
#define ZCF_DETECTIONS_ASSERT(condition) _Static_assert(condition, "docs/detections.md")
#endif
ZCF_DETECTIONS_ASSERT(sizeof(struct zcf_detections) == 256);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detections, box_count) == 16);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detections, source_frame_number) == 32);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detections, source_capture_wall_ns) == 64);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detections, acquired_time_ns) == 80);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detections, source_camera_id) == 112);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detections, source_channel) == 120);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detections, model) == 184);
ZCF_DETECTIONS_ASSERT(sizeof(struct zcf_detection) == 64);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detection, score) == 16);
ZCF_DETECTIONS_ASSERT(offsetof(struct zcf_detection, label) == 32);
#undef ZCF_DETECTIONS_ASSERT

enum zcf_detections_verdict {
	ZCF_DETECTIONS_OK = 0,
	ZCF_DETECTIONS_DAMAGED = 1,       /**< Not detections, or cut short. */
	ZCF_DETECTIONS_OTHER_VERSION = 2, /**< Upgrade the older of reader and detector. */
};

/**
 * Copy and check the header.
 *
 * @param ret_header  Written on ZCF_DETECTIONS_OK only; box_count and the names can be relied upon.
 */
static inline enum zcf_detections_verdict zcf_detections_read(const void *data, uint64_t size_bytes,
							      struct zcf_detections *ret_header)
{
	struct zcf_detections header;

	if (!data || size_bytes < sizeof(header))
		return ZCF_DETECTIONS_DAMAGED;
	memcpy(&header, data, sizeof(header));
	if (header.magic != ZCF_DETECTIONS_MAGIC)
		return ZCF_DETECTIONS_DAMAGED;
	if (header.version_major != ZCF_DETECTIONS_VERSION_MAJOR)
		return ZCF_DETECTIONS_OTHER_VERSION;
	if (header.header_size_bytes < sizeof(header) || header.header_size_bytes > size_bytes ||
	    header.box_size_bytes < sizeof(struct zcf_detection) || header.box_count > ZCF_DETECTIONS_MAX_BOXES ||
	    (uint64_t)header.box_count * header.box_size_bytes > size_bytes - header.header_size_bytes)
		return ZCF_DETECTIONS_DAMAGED;
	header.source_channel[ZCF_DETECTIONS_NAME_SIZE - 1] = '\0';
	header.model[ZCF_DETECTIONS_NAME_SIZE - 1] = '\0';
	*ret_header = header;
	return ZCF_DETECTIONS_OK;
}

/**
 * Copy one box.
 *
 * @param header  As zcf_detections_read() filled it, from the same data.
 * @param index   0..box_count-1.
 */
static inline void zcf_detections_get(const void *data, const struct zcf_detections *header, uint32_t index,
				      struct zcf_detection *ret_box)
{
	memcpy(ret_box, (const char *)data + header->header_size_bytes + (size_t)index * header->box_size_bytes,
	       sizeof(*ret_box));
	ret_box->label[ZCF_DETECTIONS_LABEL_SIZE - 1] = '\0';
}

/** What a detector does with one picture, in order. */
enum zcf_detections_stage {
	ZCF_DETECTIONS_WAIT = 0,        /**< From the picture's publication until the detector had it. */
	ZCF_DETECTIONS_PREPROCESS = 1,  /**< To scale and convert it. */
	ZCF_DETECTIONS_INFERENCE = 2,   /**< To run the model. */
	ZCF_DETECTIONS_POSTPROCESS = 3, /**< To make boxes of the model's answer. */
	ZCF_DETECTIONS_PUBLISH = 4,     /**< From there to the result's publication. */
};
#define ZCF_DETECTIONS_STAGES 5

/** @return "wait", "preprocess", "inference", "postprocess" or "publish". */
static inline const char *zcf_detections_stage_name(enum zcf_detections_stage stage)
{
	switch (stage) {
	case ZCF_DETECTIONS_WAIT:
		return "wait";
	case ZCF_DETECTIONS_PREPROCESS:
		return "preprocess";
	case ZCF_DETECTIONS_INFERENCE:
		return "inference";
	case ZCF_DETECTIONS_POSTPROCESS:
		return "postprocess";
	case ZCF_DETECTIONS_PUBLISH:
		return "publish";
	}
	return "";
}

/** Time from one moment to another; 0 if the first is not known or the clock contradicts. */
static inline uint64_t zcf_detections_elapsed_ns(uint64_t from_ns, uint64_t to_ns)
{
	return from_ns != 0 && to_ns > from_ns ? to_ns - from_ns : 0;
}

/**
 * How long each stage took, as far as the detector says; 0 where it does not.
 *
 * @param publish_time_ns  Of the data frame.
 * @param ret_stages_ns    By enum zcf_detections_stage.
 */
static inline void zcf_detections_get_stages(const struct zcf_detections *header, uint64_t publish_time_ns,
					     uint64_t ret_stages_ns[ZCF_DETECTIONS_STAGES])
{
	uint64_t work_ns = header->preprocess_ns + header->inference_ns + header->postprocess_ns;

	ret_stages_ns[ZCF_DETECTIONS_WAIT] =
		zcf_detections_elapsed_ns(header->source_publish_time_ns, header->acquired_time_ns);
	ret_stages_ns[ZCF_DETECTIONS_PREPROCESS] = header->preprocess_ns;
	ret_stages_ns[ZCF_DETECTIONS_INFERENCE] = header->inference_ns;
	ret_stages_ns[ZCF_DETECTIONS_POSTPROCESS] = header->postprocess_ns;
	ret_stages_ns[ZCF_DETECTIONS_PUBLISH] =
		header->acquired_time_ns == 0
			? 0
			: zcf_detections_elapsed_ns(header->acquired_time_ns + work_ns, publish_time_ns);
}

#ifdef __cplusplus
}
#endif

#endif
