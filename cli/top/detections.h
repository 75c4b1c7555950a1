/* SPDX-License-Identifier: Apache-2.0 */
/** @file detections.h
 * What the newest frame of a data channel says, if it is what a detector found. */
#ifndef ZCF_CLI_TOP_DETECTIONS_H
#define ZCF_CLI_TOP_DETECTIONS_H

#include "channel.h"

#include <zcframe/detections.h>

#include <jansson.h>
#include <stdio.h>

struct detections {
	bool known; /**< The rest means something. */
	uint64_t epoch, published;
	uint64_t publish_time_ns;
	struct zcf_detections header;
	struct zcf_detection boxes[ZCF_DETECTIONS_MAX_BOXES];
};

/**
 * Look at the newest frame, if there is one that was not looked at yet. Attaches for that moment only: a consumer that
 * stayed would count as somebody who waits for frames.
 */
void detections_update(struct detections *detections, const struct channel *channel, int64_t timeout_ns);

/** Classes, counts and best scores; the picture; the detector's times. Nothing if nothing is known. */
void detections_print(FILE *output, const struct detections *detections);

/** @return A new reference; null if nothing is known. */
json_t *detections_make_json(const struct detections *detections);

#endif
