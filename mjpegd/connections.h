/* SPDX-License-Identifier: Apache-2.0 */
/** @file connections.h
 * The open connections and until when each must have got on: sent its request, read what it is being sent.
 * One that has not is closed, so that a client which trickles or never reads cannot keep its place for ever.
 * (MHD's own timeout starts again with every byte.) */
#ifndef ZCFRAME_MJPEGD_CONNECTIONS_H
#define ZCFRAME_MJPEGD_CONNECTIONS_H

#include "counters.h"

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct connections;

/** @return The table, with no connection in it, or NULL with errno. */
struct connections *connections_create(struct counters *counters);

void connections_destroy(struct connections *connections);

/**
 * A descriptor that is readable every half second while there is a connection, and never while there is
 * none: call connections_sweep() then.
 */
int connections_get_timer_fd(const struct connections *connections);

/** Close the connections that are past their deadlines. */
void connections_sweep(struct connections *connections);

/** @param fd  Borrowed until connection_remove(). @return NULL if memory is short. */
struct connection *connection_add(struct connections *connections, int fd);

void connection_remove(struct connections *connections, struct connection *connection);

/** @param deadline_ns  0: none. */
void connection_set_deadline(struct connection *connection, uint64_t deadline_ns);

/** What it asked for is answered. It may rest until @p deadline_ns, as browsers let them; to close it then is nobody's
 * fault. */
void connection_rest(struct connection *connection, uint64_t deadline_ns);

/** @return Whether the other side has closed, as far as is known without sending. */
bool connection_is_closed_by_peer(const struct connection *connection);

#endif
