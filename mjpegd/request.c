/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "clock.h"
#include "connections.h"

#include <stddef.h>

/* Between two frames nobody needs to ask whether the client is still there: sending tells. */
#define LONG_WAIT_NS NANOSECONDS_PER_SECOND

void waiting_list_add(struct waiting_list *list, struct request *request)
{
	request->waiting = true;
	request->granted = false;
	request->waiting_since_ns = clock_now_ns();
	request->previous_waiting = NULL;
	request->next_waiting = list->first;
	if (list->first != NULL)
		list->first->previous_waiting = request;
	list->first = request;
	/* The client cannot hurry while it is us who have nothing to send. */
	connection_set_deadline(request->connection, 0);
	MHD_suspend_connection(request->http);
}

void waiting_list_wake(struct waiting_list *list, struct request *request)
{
	if (!request->waiting)
		return;
	request->waiting = false;
	if (request->previous_waiting != NULL)
		request->previous_waiting->next_waiting = request->next_waiting;
	else
		list->first = request->next_waiting;
	if (request->next_waiting != NULL)
		request->next_waiting->previous_waiting = request->previous_waiting;
	MHD_resume_connection(request->http);
}

void waiting_list_wake_all(struct waiting_list *list)
{
	while (list->first != NULL)
		waiting_list_wake(list, list->first);
}

void waiting_list_sweep(struct waiting_list *list, uint64_t now_ns, bool others_expired)
{
	struct request *next;

	for (struct request *request = list->first; request != NULL; request = next) {
		next = request->next_waiting;
		if (request->wait_deadline_ns != 0)
			request->expired = now_ns >= request->wait_deadline_ns;
		else
			request->expired = others_expired;
		/* MHD does not watch a connection that rests. */
		if (now_ns - request->waiting_since_ns > LONG_WAIT_NS)
			request->peer_gone = connection_is_closed_by_peer(request->connection);
		if (request->expired || request->peer_gone)
			waiting_list_wake(list, request);
	}
}
