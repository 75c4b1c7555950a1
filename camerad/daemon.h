/* SPDX-License-Identifier: Apache-2.0 */
/** @file daemon.h
 * The event loop: signals, the frame clock, and the consumers of every channel. */
#ifndef CAMERAD_DAEMON_H
#define CAMERAD_DAEMON_H

#include "settings.h"

/**
 * Run until SIGTERM or SIGINT, or until the source ends.
 *
 * @param overrides  For reloading; must outlive the call.
 * @param settings   Taken over.
 * @return 0, or a negative errno if the daemon could not start or go on; what failed was logged.
 */
int daemon_run(const struct settings_overrides *overrides, struct settings *settings);

#endif
