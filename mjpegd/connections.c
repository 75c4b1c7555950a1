/* SPDX-License-Identifier: Apache-2.0 */
#include "connections.h"

#include "clock.h"

#include "app/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SWEEP_INTERVAL_NS (NANOSECONDS_PER_SECOND / 2)

struct connection {
	int fd;
	bool shut_down;
	atomic_uint_fast64_t deadline_ns;
	atomic_bool rests; /* Only for what is said about it. */
	struct connection *next;
	struct connection *previous;
};

struct connections {
	pthread_mutex_t mutex; /* Holds the list, and each descriptor open, while it is swept. */
	struct connection *first;
	int timer_fd;
	struct counters *counters;
};

struct connections *connections_create(struct counters *counters)
{
	struct connections *connections = calloc(1, sizeof(*connections));

	if (connections == NULL)
		return NULL;
	connections->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (connections->timer_fd < 0) {
		free(connections);
		return NULL;
	}
	pthread_mutex_init(&connections->mutex, NULL);
	connections->counters = counters;
	return connections;
}

void connections_destroy(struct connections *connections)
{
	if (connections == NULL)
		return;
	close(connections->timer_fd);
	pthread_mutex_destroy(&connections->mutex);
	free(connections);
}

int connections_get_timer_fd(const struct connections *connections)
{
	return connections->timer_fd;
}

static void set_timer(struct connections *connections, uint64_t interval_ns)
{
	struct itimerspec interval = {
		.it_interval = clock_to_timespec(interval_ns),
		.it_value = clock_to_timespec(interval_ns),
	};

	timerfd_settime(connections->timer_fd, 0, &interval, NULL);
}

struct connection *connection_add(struct connections *connections, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return NULL;
	connection->fd = fd;
	pthread_mutex_lock(&connections->mutex);
	connection->next = connections->first;
	if (connections->first != NULL)
		connections->first->previous = connection;
	else
		set_timer(connections, SWEEP_INTERVAL_NS);
	connections->first = connection;
	pthread_mutex_unlock(&connections->mutex);
	counter_add(&connections->counters->connections, 1);
	return connection;
}

void connection_remove(struct connections *connections, struct connection *connection)
{
	if (connection == NULL)
		return;
	pthread_mutex_lock(&connections->mutex);
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		connections->first = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	if (connections->first == NULL)
		set_timer(connections, 0);
	pthread_mutex_unlock(&connections->mutex);
	counter_subtract(&connections->counters->connections, 1);
	free(connection);
}

void connection_set_deadline(struct connection *connection, uint64_t deadline_ns)
{
	atomic_store_explicit(&connection->rests, false, memory_order_relaxed);
	atomic_store_explicit(&connection->deadline_ns, deadline_ns, memory_order_relaxed);
}

void connection_rest(struct connection *connection, uint64_t deadline_ns)
{
	atomic_store_explicit(&connection->rests, true, memory_order_relaxed);
	atomic_store_explicit(&connection->deadline_ns, deadline_ns, memory_order_relaxed);
}

static void drop_if_late(struct connections *connections, struct connection *connection, uint64_t now_ns)
{
	uint64_t deadline_ns = atomic_load_explicit(&connection->deadline_ns, memory_order_relaxed);
	/* Before it is shut down: the thread of MHD takes that for the end of the request. */
	bool rests = atomic_load_explicit(&connection->rests, memory_order_relaxed);

	if (connection->shut_down || deadline_ns == 0 || now_ns < deadline_ns)
		return;
	/* Only the thread of MHD may close it; this makes its next read or write there fail. */
	shutdown(connection->fd, SHUT_RDWR);
	connection->shut_down = true;
	if (rests) {
		app_log(APP_LOG_DEBUG, "resting connection closed", "fd=%d", connection->fd);
		return;
	}
	counter_add(&connections->counters->dropped_clients, 1);
	app_log(APP_LOG_INFO, "client dropped: it neither reads nor asks", "fd=%d", connection->fd);
}

void connections_sweep(struct connections *connections)
{
	uint64_t now_ns = clock_now_ns(), expirations;

	if (read(connections->timer_fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&connections->mutex);
	for (struct connection *connection = connections->first; connection != NULL; connection = connection->next)
		drop_if_late(connections, connection, now_ns);
	pthread_mutex_unlock(&connections->mutex);
}

bool connection_is_closed_by_peer(const struct connection *connection)
{
	char byte;
	ssize_t size = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}
