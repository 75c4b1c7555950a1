/* SPDX-License-Identifier: Apache-2.0 */
/** @file host_check.h
 * Whether a request names this machine. Without a token, any web site could otherwise have the browser of
 * somebody near the camera fetch its pictures: the site points a name of its own at this machine (DNS
 * rebinding), and the browser takes us for the site. A name that is ours, or a plain address, cannot be
 * pointed here by others. */
#ifndef ZCFRAME_MJPEGD_HOST_CHECK_H
#define ZCFRAME_MJPEGD_HOST_CHECK_H

#include <stdbool.h>

/**
 * @param host           The header's value, with or without a port; NULL: the request has none.
 * @param allowed_hosts  Further names, separated by blanks or commas; may be NULL.
 */
bool host_is_ours(const char *host, const char *allowed_hosts);

#endif
