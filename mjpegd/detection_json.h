/* SPDX-License-Identifier: Apache-2.0 */
/** @file detection_json.h
 * What a detector found, as JSON. The fields are listed in zcf-mjpegd(8). */
#ifndef ZCFRAME_MJPEGD_DETECTION_JSON_H
#define ZCFRAME_MJPEGD_DETECTION_JSON_H

#include <zcframe/detections.h>
#include <zcframe/frame.h>

/** A result, copied out of its frame. */
struct detection_result {
	struct zcf_frame_info info; /**< Of the frame of the data channel. */
	struct zcf_detections header;
	struct zcf_detection boxes[ZCF_DETECTIONS_MAX_BOXES];
};

/**
 * One line of JSON.
 *
 * @param ret_invalid_boxes  How many boxes were left out because they hold no numbers (NaN, infinity).
 * @return Text that the caller frees, or NULL if memory is short.
 */
char *detection_json(const struct detection_result *result, unsigned *ret_invalid_boxes);

#endif
