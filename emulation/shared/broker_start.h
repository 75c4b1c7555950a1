/* SPDX-License-Identifier: Apache-2.0 */
/** @file broker_start.h
 * Bringing the broker to life. */
#ifndef EMULATION_BROKER_START_H
#define EMULATION_BROKER_START_H

/** Where the broker gets its listening socket. */
#define BROKER_LISTEN_FD 3

/**
 * Bind the socket and start the broker on it, detached from this process and its terminal. Call under the lock.
 *
 * The socket listens before the broker runs, so a client can connect at once: there is no readiness to wait for.
 * @return 0 once the program runs, or -errno.
 */
int broker_start(void);

#endif
