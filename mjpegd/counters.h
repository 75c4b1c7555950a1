/* SPDX-License-Identifier: Apache-2.0 */
/** @file counters.h
 * What the server counts about itself, from any thread. Each number stands alone: a reader may see one of
 * two that belong together a moment earlier. */
#ifndef ZCFRAME_MJPEGD_COUNTERS_H
#define ZCFRAME_MJPEGD_COUNTERS_H

#include <zcframe/detections.h>

#include <stdatomic.h>
#include <stdint.h>

struct counters {
	uint64_t started_time_ns;

	/* Since when a thread has been busy with one piece of work; 0: it waits for some. */
	atomic_uint_fast64_t encoder_busy_since_ns;
	atomic_uint_fast64_t survey_busy_since_ns;

	atomic_uint_fast64_t requests;
	atomic_uint_fast64_t refused_requests; /**< Answered with 401, 421 or 503. */
	atomic_uint_fast64_t connections;      /**< Open now. */
	atomic_uint_fast64_t dropped_clients;  /**< Closed because they did not read, or did not ask, in time. */

	atomic_uint_fast64_t viewers;          /**< Streams running now. */
	atomic_uint_fast64_t viewers_total;    /**< Streams ever started. */
	atomic_uint_fast64_t pictures_sent;    /**< Over all streams and snapshots. */
	atomic_uint_fast64_t pictures_skipped; /**< That viewers were too slow for. */
	atomic_uint_fast64_t bytes_sent;

	atomic_uint_fast64_t encodes;
	atomic_uint_fast64_t encode_errors;
	atomic_uint_fast64_t encode_time_ns; /**< Of all encodes together. */
	atomic_uint_fast64_t last_encode_time_ns;
	atomic_uint_fast64_t last_jpeg_bytes;
	atomic_uint_fast64_t stale_drops; /**< Pictures thrown away: the frame was overwritten while encoding. */

	atomic_uint_fast64_t detection_listeners; /**< Streams of detections running now. */
	atomic_uint_fast64_t detections_read;
	atomic_uint_fast64_t detections_damaged;       /**< Frames that held none, or of another version. */
	atomic_uint_fast64_t detections_stale;         /**< Overwritten while they were read. */
	atomic_uint_fast64_t detections_invalid_boxes; /**< Left out: NaN or infinite. */
	atomic_uint_fast64_t detection_events_sent;
	atomic_uint_fast64_t detection_events_skipped;                  /**< That listeners were too slow for. */
	atomic_uint_fast64_t detection_stage_ns[ZCF_DETECTIONS_STAGES]; /**< Of the newest result. */
};

static inline void counter_add(atomic_uint_fast64_t *counter, uint64_t amount)
{
	atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static inline void counter_subtract(atomic_uint_fast64_t *counter, uint64_t amount)
{
	atomic_fetch_sub_explicit(counter, amount, memory_order_relaxed);
}

static inline void counter_set(atomic_uint_fast64_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, value, memory_order_relaxed);
}

static inline uint64_t counter_get(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
