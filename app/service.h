/* SPDX-License-Identifier: Apache-2.0 */
/** @file service.h
 * How our programs behave as services: signals as a descriptor, readiness and status for systemd. */
#ifndef ZCFRAME_APP_SERVICE_H
#define ZCFRAME_APP_SERVICE_H

/** Block SIGTERM, SIGINT and SIGHUP, ignore SIGPIPE; call before any thread starts. @return signalfd or -errno. */
int app_service_open_signals(void);

/**
 * How often systemd wants to hear that we are alive: half of WatchdogSec. @return Milliseconds, -1 if it does not.
 * @note Whoever calls app_service_alive() must have seen that all that the program is for still works.
 */
int app_service_watchdog_ms(void);

/** @return The next signal number waiting in the descriptor, 0 if none. */
int app_service_read_signal(int signal_fd);

/** Tell systemd (if it asked): ready, reloading, stopping, alive, a status line. */
void app_service_ready(void);
void app_service_reloading(void);
void app_service_stopping(void);
void app_service_alive(void);
void app_service_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
