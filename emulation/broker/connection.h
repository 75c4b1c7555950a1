/* SPDX-License-Identifier: Apache-2.0 */
/** @file connection.h
 * A process that talks to the broker: its socket, what it holds, what it waits for. The end of the socket is the
 * end of the process, however it died. */
#ifndef EMULATION_BROKER_CONNECTION_OF_H
#define EMULATION_BROKER_CONNECTION_OF_H

#include "buffer.h"

#define CONNECTIONS_MAX 1024

struct connection {
	struct connection *next;
	int socket;
	struct client client;
	bool is_client;
	uint64_t wait_serial; /**< Of the buffer waited for, or 0. */
	bool wait_consume;
	int32_t wait_target;
	int counters_fd; /**< What it published, or -1. */
	uint32_t claims; /**< A bit for each MIPI host that is its own. */
};

struct connection *connection_first(void);
size_t connection_count(void);
void connection_accept(int listener, int epoll);
void connection_close(struct connection *connection);

/** Read one request and answer it. @return false if the connection is to be closed. */
bool connection_serve(struct connection *connection);

/** Answer those whose wait has come true. */
void connection_wake_waiters(void);

/** Answer one request. @param fd The descriptor that came along, or -1: whoever keeps it sets it to -1. */
bool request_handle(struct connection *connection, const struct broker_request *request, int *fd);

/** @return false if it could not be sent: the peer is gone or does not read. */
bool connection_reply(const struct connection *connection, const struct broker_reply *reply, int fd);

#endif
