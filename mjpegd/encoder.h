/* SPDX-License-Identifier: Apache-2.0 */
/** @file encoder.h
 * The thread that turns frames into pictures while somebody waits for them, and leaves the channel when
 * nobody has for a while. */
#ifndef ZCFRAME_MJPEGD_ENCODER_H
#define ZCFRAME_MJPEGD_ENCODER_H

#include "counters.h"
#include "feed.h"
#include "jpeg_pool.h"
#include "options.h"

struct encoder;

/** @param options, pool, feed, counters  Borrowed until encoder_stop(). @return 0 or a negative errno. */
int encoder_start(const struct options *options, struct jpeg_pool *pool, struct feed *feed, struct counters *counters,
		  struct encoder **ret_encoder);

/** Wait for the thread, which ends after feed_stop(), and leave the channel. */
void encoder_stop(struct encoder *encoder);

#endif
