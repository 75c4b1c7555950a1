/* SPDX-License-Identifier: Apache-2.0 */
/** @file detection_reader.h
 * The thread that reads the detector's channel while somebody wants to know, and leaves it when nobody has for a
 * while. */
#ifndef ZCFRAME_MJPEGD_DETECTION_READER_H
#define ZCFRAME_MJPEGD_DETECTION_READER_H

#include "counters.h"
#include "detection_feed.h"
#include "options.h"

struct detection_reader;

/**
 * @param options, feed, counters  Borrowed until detection_reader_stop().
 * @param ret_reader  NULL if no channel is configured.
 * @return 0 or a negative errno.
 */
int detection_reader_start(const struct options *options, struct detection_feed *feed, struct counters *counters,
			   struct detection_reader **ret_reader);

/** Wait for the thread, which ends after detection_feed_stop(), and leave the channel. @param reader  May be NULL. */
void detection_reader_stop(struct detection_reader *reader);

#endif
