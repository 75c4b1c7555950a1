/* SPDX-License-Identifier: Apache-2.0 */
/** @file keeper.h
 * What the service manager keeps for the daemon's next process, so that consumers stay attached over a restart. There
 * is one service manager, so there is one keeper. Where there is none, nothing here does anything. */
#ifndef CAMERAD_KEEPER_H
#define CAMERAD_KEEPER_H

#include <stdbool.h>
#include <zcframe/producer.h>

/** Take what the process before left. Call before anything else opens descriptors. */
void keeper_open(void);

/** Have a channel that is about to be opened go on with what was kept of it, and be kept itself. */
void keeper_set_options(struct zcf_producer_options *options);

/** Every channel of the configuration is open: close what was kept of others. */
void keeper_close_rest(void);

/**
 * Tell the service manager what changed since the last call. Not at once, so that consumers that come and go cannot
 * make the daemon talk without end.
 */
void keeper_flush(void);

/** The process is about to end, and another one is to go on: see that all is kept. */
void keeper_expect_successor(void);
bool keeper_expects_successor(void);

void keeper_close(void);

#endif
