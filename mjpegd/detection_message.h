/* SPDX-License-Identifier: Apache-2.0 */
/** @file detection_message.h
 * One event of the stream of detections, as text that every client which is sent it shares. */
#ifndef ZCFRAME_MJPEGD_DETECTION_MESSAGE_H
#define ZCFRAME_MJPEGD_DETECTION_MESSAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct detection_message {
	atomic_uint references;
	uint64_t number;          /**< 1, 2, 3, ... of its kind. */
	uint64_t wanted_index;    /**< Of a result: 1, 2, 3, ... of those that could have been sent. */
	uint64_t publish_time_ns; /**< Of a result. */
	size_t json_offset;       /**< The JSON inside of the text. */
	size_t json_bytes;
	size_t size_bytes;
	char text[]; /**< "event: EVENT", "data: JSON" and an empty line. */
};

/** @param json  One line. @return A message with one reference, or NULL if memory is short. */
struct detection_message *detection_message_create(const char *event, const char *json);

struct detection_message *detection_message_ref(struct detection_message *message);

/** @param message  May be NULL. */
void detection_message_unref(struct detection_message *message);

#endif
