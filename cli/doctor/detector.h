/* SPDX-License-Identifier: Apache-2.0 */
/** @file detector.h
 * What the frame of a data channel says of the detector that published it. */
#ifndef ZCF_CLI_DOCTOR_DETECTOR_H
#define ZCF_CLI_DOCTOR_DETECTOR_H

#include "findings.h"

#include <zcframe/consumer.h>
#include <zcframe/detections.h>

#include <stdbool.h>

struct detector_result {
	bool valid; /**< The frame was one of data, and was not overwritten while we looked. */
	enum zcf_detections_verdict verdict;
	struct zcf_detections header;
	uint64_t publish_time_ns;
};

/** Look into a frame, whatever is in it, and release it. */
void detector_look(struct zcf_frame *frame, struct detector_result *ret_result);

/** Nothing is noted of data of another kind. */
void check_detector(struct findings *findings, const char *channel, const struct detector_result *result);

#endif
