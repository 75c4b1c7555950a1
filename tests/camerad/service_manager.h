/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for systemd, as far as it keeps descriptors and listens to its service: NOTIFY_SOCKET, FDSTORE=1,
 * FDSTOREREMOVE=1, BARRIER=1, LISTEN_FDS on the next start, and descriptors whose other end hung up are dropped.
 */
#ifndef CAMERAD_TEST_SERVICE_MANAGER_H
#define CAMERAD_TEST_SERVICE_MANAGER_H

#include "process.h"

#include <stdbool.h>
#include <stdint.h>

/* A thread that listens from here on. */
void service_manager_open(void);
/* And lets go of all that it kept. */
void service_manager_close(void);

/* Start the program as a service, with what was kept. `watchdog_us` 0: no WatchdogSec. */
void service_manager_start(struct process *process, uint64_t watchdog_us, const char *const *arguments);
#define SERVICE_START(process, ...) service_manager_start((process), 0, (const char *const[]){__VA_ARGS__, NULL})

/* Descriptors that are kept under names that begin so. */
int service_manager_count(const char *prefix);
/* Wait until that is so many. */
void service_manager_await(const char *prefix, int count);
/* Messages with this line so far, and forget them. */
int service_manager_take_messages(const char *line);

#endif
