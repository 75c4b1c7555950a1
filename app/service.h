/* SPDX-License-Identifier: Apache-2.0 */
/** @file service.h
 * How our programs behave as services: signals as a descriptor, readiness and status for systemd. */
#ifndef ZCFRAME_APP_SERVICE_H
#define ZCFRAME_APP_SERVICE_H

/** Block SIGTERM, SIGINT and SIGHUP, ignore SIGPIPE; call before any thread starts. @return signalfd or -errno. */
int app_service_open_signals(void);

/** @return The next signal number waiting in the descriptor, 0 if none. */
int app_service_read_signal(int signal_fd);

/** Tell systemd (if it asked): ready, reloading, stopping, alive, a status line. */
void app_service_ready(void);
void app_service_reloading(void);
void app_service_stopping(void);
void app_service_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
