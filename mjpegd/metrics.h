/* SPDX-License-Identifier: Apache-2.0 */
/** @file metrics.h
 * What /metrics answers: the text format of Prometheus. */
#ifndef ZCFRAME_MJPEGD_METRICS_H
#define ZCFRAME_MJPEGD_METRICS_H

#include "channel_report.h"
#include "server.h"

/** @return Text that the caller frees, or NULL. */
char *metrics_text(struct server *server, struct channel_report *const *channels, size_t channel_count);

#endif
