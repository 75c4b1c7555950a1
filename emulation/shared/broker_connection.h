/* SPDX-License-Identifier: Apache-2.0 */
/** @file broker_connection.h
 * A process's line to the broker; starts the broker if there is none. */
#ifndef EMULATION_BROKER_CONNECTION_H
#define EMULATION_BROKER_CONNECTION_H

#include "../broker/protocol.h"

#include <stdbool.h>

/** Connect to the broker, starting it if need be. @return A socket, or -errno. */
int broker_connect(void);

/** Connect to a broker that already runs. @return A socket, or -errno. */
int broker_connect_to_running(void);

/**
 * Send a request and wait for its reply.
 *
 * @param sent_fd      Goes along with the request, unless negative.
 * @param received_fd  Takes the descriptor of the reply (close-on-exec), or -1 if there is none; may be NULL.
 * @return 0; -EMFILE if the reply's descriptor found no room in this process (the reply is filled); -errno if the
 * broker is gone.
 */
int broker_exchange(int socket, const struct broker_request *request, int sent_fd, struct broker_reply *reply,
		    int *received_fd);

int broker_send(int socket, const struct broker_request *request, int sent_fd);
int broker_receive(int socket, struct broker_reply *reply, int *received_fd);

#endif
