/* SPDX-License-Identifier: Apache-2.0 */
/** @file interrupt.h
 * Ctrl-C and its relatives for commands that have something to tidy up first. */
#ifndef ZCF_CLI_INTERRUPT_H
#define ZCF_CLI_INTERRUPT_H

#include <stdbool.h>

/**
 * From now on SIGINT, SIGTERM and SIGHUP are only noted (system calls end with EINTR).
 *
 * @param wake  Called in the signal handler, NULL: nothing; it must be async-signal-safe.
 */
void interrupt_open(void (*wake)(void));

/** @return The signal that came, or 0. */
int interrupt_signal(void);

/** If a signal came: end the program by it, as it would have ended without interrupt_open(). Else do nothing. */
void interrupt_end_by_signal(void);

#endif
