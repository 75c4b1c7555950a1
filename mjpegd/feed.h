/* SPDX-License-Identifier: Apache-2.0 */
/** @file feed.h
 * The newest picture, and everybody who waits for one: where the encoder's thread and the HTTP thread meet.
 *
 * Pictures are made on demand. A request that wants one waits here; the encoder sleeps until somebody waits,
 * then acquires the newest frame, encodes it once and wakes them all. A client that is slow to read does not
 * wait while it reads, so it delays nobody, costs no encoding, and gets the newest picture when it is done. */
#ifndef ZCFRAME_MJPEGD_FEED_H
#define ZCFRAME_MJPEGD_FEED_H

#include "jpeg_pool.h"
#include "request.h"

#include <stddef.h>

struct feed;

struct feed *feed_create(void);
void feed_destroy(struct feed *feed);

/** What feed_take() says. */
enum feed_answer {
	FEED_TAKEN,    /**< Here is a picture. */
	FEED_WAITING,  /**< The request's connection rests; MHD calls again. */
	FEED_EXPIRED,  /**< None in time; feed_get_trouble() says why. */
	FEED_STOPPING, /**< The server stops, or the client is gone. */
};

/**
 * Take the newest picture, if @p request has not had it yet, or wait for the next one.
 *
 * @param ret_jpeg  With FEED_TAKEN: the caller has a reference.
 * @note In the HTTP thread.
 */
enum feed_answer feed_take(struct feed *feed, struct request *request, struct jpeg **ret_jpeg);

/** Why there are no pictures, as a sentence; "" if nothing is known to be wrong. */
void feed_get_trouble(struct feed *feed, char *text, size_t size);

/** What feed_wait_until_wanted() says. */
enum feed_want {
	FEED_WANTED,
	FEED_UNWANTED, /**< Nobody waited in time. */
	FEED_STOPPED,
};

/**
 * Sleep until somebody waits for a picture.
 *
 * @param timeout_ns  0: without limit.
 * @param ret_ticket  With FEED_WANTED: what feed_confirm() wants to hear.
 */
enum feed_want feed_wait_until_wanted(struct feed *feed, uint64_t timeout_ns, uint64_t *ret_ticket);

/** Offer a picture and wake everybody who waits. Takes the caller's reference over. */
void feed_publish(struct feed *feed, struct jpeg *jpeg);

/** Say that there was no newer frame than that of the newest picture after @p ticket was read. */
void feed_confirm(struct feed *feed, uint64_t ticket);

/**
 * Say why there are no pictures, or that there are again.
 *
 * @param camera_gone  Streams end if that lasts, so that nobody takes a standing picture for a live one.
 */
void feed_set_trouble(struct feed *feed, bool camera_gone, const char *sentence);

/** End the waits that last too long. */
void feed_sweep(struct feed *feed);

/** Wake everybody, for good. */
void feed_stop(struct feed *feed);

#endif
