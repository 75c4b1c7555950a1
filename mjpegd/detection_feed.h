/* SPDX-License-Identifier: Apache-2.0 */
/** @file detection_feed.h
 * What the detector said last, and everybody who waits to hear more: where the reader's thread and the HTTP thread
 * meet. As with pictures (feed.h), the reader sleeps until somebody waits, and who is slow to read gets the newest
 * result when it is done, and delays nobody. */
#ifndef ZCFRAME_MJPEGD_DETECTION_FEED_H
#define ZCFRAME_MJPEGD_DETECTION_FEED_H

#include "detection_message.h"
#include "request.h"

#include <stddef.h>

struct detection_feed;

enum detector_state {
	DETECTOR_LIVE,
	DETECTOR_SILENT,  /**< It is there, but no results come. */
	DETECTOR_GONE,    /**< Nobody publishes the channel. */
	DETECTOR_UNKNOWN, /**< What it sends, or its refusal, is no result. */
	DETECTOR_OFF,     /**< The configuration names no channel. */
};

/** @param channel  Of the detector; NULL: none is read. Borrowed. @return The feed, or NULL if memory is short. */
struct detection_feed *detection_feed_create(const char *channel);
void detection_feed_destroy(struct detection_feed *feed);

/** How far a client has got. */
struct detection_position {
	uint64_t state_number;
	uint64_t result_number;
	uint64_t wanted_index;
};

enum detection_answer {
	DETECTION_TAKEN,
	DETECTION_WAITING, /**< The request's connection rests; MHD calls again. */
	DETECTION_STOPPING,
};

/**
 * Take the next message behind @p position: a change of the detector's state, or else the newest result; after five
 * seconds without either, the state once more.
 *
 * @param ret_message  With DETECTION_TAKEN: the caller has a reference.
 * @param ret_skipped  With DETECTION_TAKEN: results that this client was too slow for.
 * @note In the HTTP thread, as the next one.
 */
enum detection_answer detection_feed_next(struct detection_feed *feed, struct request *request,
					  struct detection_position *position, struct detection_message **ret_message,
					  uint64_t *ret_skipped);

/**
 * What is known now. Waits for the reader to look.
 *
 * @param ret_state   With DETECTION_TAKEN: the caller has a reference.
 * @param ret_result  The same; NULL if no result is current.
 */
enum detection_answer detection_feed_now(struct detection_feed *feed, struct request *request,
					 struct detection_message **ret_state, struct detection_message **ret_result);

/* For the reader. */

enum detection_want {
	DETECTION_WANTED,
	DETECTION_UNWANTED, /**< Nobody waited in time. */
	DETECTION_STOPPED,
};

/** Sleep until somebody waits. @param timeout_ns  0: without limit. */
enum detection_want detection_feed_wait_until_wanted(struct detection_feed *feed, uint64_t timeout_ns);

/** Offer a result: the detector is live. Takes the caller's reference over. */
void detection_feed_publish(struct detection_feed *feed, struct detection_message *result);

/** Say how the detector is, with a sentence about it; no result is current. It is no news if that was said last. */
void detection_feed_set_state(struct detection_feed *feed, enum detector_state state, const char *detail);

/** Say that the reader has looked, and all is as it was. */
void detection_feed_confirm(struct detection_feed *feed);

/** Forget everything: from now on nobody looks. */
void detection_feed_reset(struct detection_feed *feed);

/** End the waits that last too long. */
void detection_feed_sweep(struct detection_feed *feed);

/** Wake everybody, for good. */
void detection_feed_stop(struct detection_feed *feed);

#endif
