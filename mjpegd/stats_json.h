/* SPDX-License-Identifier: Apache-2.0 */
/** @file stats_json.h
 * What /api/stats answers. The fields are documented in man/zcf-mjpegd.8.scd. */
#ifndef ZCFRAME_MJPEGD_STATS_JSON_H
#define ZCFRAME_MJPEGD_STATS_JSON_H

#include "channel_report.h"
#include "server.h"

/** @return Text that the caller frees, or NULL. */
char *stats_json(struct server *server, struct channel_report *const *channels, size_t channel_count);

#endif
