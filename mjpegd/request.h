/* SPDX-License-Identifier: Apache-2.0 */
/** @file request.h
 * One HTTP request, from its header to the last byte of its answer, and lists of requests that wait. */
#ifndef ZCFRAME_MJPEGD_REQUEST_H
#define ZCFRAME_MJPEGD_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <microhttpd.h>

struct connection;
struct route;
struct server;

struct request {
	struct server *server;
	struct MHD_Connection *http;
	struct connection *connection;
	const struct route *route;

	/* While it waits. Written under the lock of the list that it waits in. */
	bool waiting;
	uint64_t ticket; /**< Orders it among those that wait for the same thing. */
	uint64_t waiting_since_ns;
	struct request *next_waiting;
	struct request *previous_waiting;

	/* How the wait ended. The same lock. */
	bool granted;   /**< What it waited for is there. */
	bool expired;   /**< It waited long enough. */
	bool peer_gone; /**< Its client closed the connection meanwhile. */

	uint64_t wait_deadline_ns;    /**< When waiting has to end; 0: when it lasts as long as it lasts. */
	uint64_t last_picture_number; /**< Of the last picture that it got. */
};

/** Requests that wait for one kind of thing. Its owner brings the lock. */
struct waiting_list {
	struct request *first;
};

/** Have @p request wait: its connection rests until it is woken. Only inside MHD's callbacks for it. */
void waiting_list_add(struct waiting_list *list, struct request *request);

/** End the wait of @p request: MHD calls its handler again. */
void waiting_list_wake(struct waiting_list *list, struct request *request);

void waiting_list_wake_all(struct waiting_list *list);

/**
 * End the waits that have lasted too long or whose client is gone.
 *
 * @param others_expired  Whether those without a deadline end as well.
 */
void waiting_list_sweep(struct waiting_list *list, uint64_t now_ns, bool others_expired);

#endif
