/* SPDX-License-Identifier: Apache-2.0 */
/** @file health.h
 * Whether there is something to watch, in one word and one number. */
#ifndef ZCFRAME_MJPEGD_HEALTH_H
#define ZCFRAME_MJPEGD_HEALTH_H

#include "channel_report.h"

/** @return One line that the caller frees, or NULL. @param ret_status  HTTP's: 200 or 503. */
char *health_text(const struct channel_report *channel, unsigned *ret_status);

#endif
