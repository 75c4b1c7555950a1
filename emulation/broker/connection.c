/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct connection *connections;
static size_t count;

struct connection *connection_first(void)
{
	return connections;
}

size_t connection_count(void)
{
	return count;
}

static struct connection *create(int socket)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) || (peer.uid != geteuid() && peer.uid != 0))
		return NULL;
	struct connection *connection = calloc(1, sizeof(*connection));
	if (!connection)
		return NULL;
	connection->socket = socket;
	connection->client.pid = peer.pid;
	connection->counters_fd = -1;
	return connection;
}

void connection_accept(int listener, int epoll)
{
	int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (socket < 0)
		return;
	struct connection *connection = count < CONNECTIONS_MAX ? create(socket) : NULL;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	if (!connection || epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event)) {
		free(connection);
		close(socket);
		return;
	}
	connection->next = connections;
	connections = connection;
	count++;
}

void connection_close(struct connection *connection)
{
	struct connection **link = &connections;
	while (*link != connection)
		link = &(*link)->next;
	*link = connection->next;
	count--;
	buffer_release_all(&connection->client);
	if (connection->counters_fd >= 0)
		close(connection->counters_fd);
	close(connection->socket);
	free(connection);
}

bool connection_reply(const struct connection *connection, const struct broker_reply *reply, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {(void *)reply, sizeof(*reply)};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	if (fd >= 0) {
		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	return sendmsg(connection->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(*reply);
}

/** Keep the first descriptor that came with a message, and close what else somebody may have sent. */
static int take_descriptor(struct msghdr *message)
{
	int kept = -1;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= header->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
			int fd;
			memcpy(&fd, CMSG_DATA(header) + at, sizeof(fd));
			if (kept < 0)
				kept = fd;
			else
				close(fd);
		}
	}
	return kept;
}

bool connection_serve(struct connection *connection)
{
	struct broker_request request;
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {&request, sizeof(request)};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(connection->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (length <= 0)
		return false;
	int fd = take_descriptor(&message);
	bool well_formed = length == sizeof(request) && !(message.msg_flags & MSG_TRUNC) &&
			   request.magic == BROKER_MAGIC && request.id_count <= BROKER_GROUP_IDS_MAX;
	bool keep = well_formed && request_handle(connection, &request, &fd);
	if (fd >= 0)
		close(fd);
	return keep;
}

static bool wait_is_over(const struct connection *connection)
{
	const struct buffer *buffer = buffer_by_serial(connection->wait_serial);
	if (!buffer)
		return true;
	return (connection->wait_consume ? buffer->consume_count : buffer->share_count) <= connection->wait_target;
}

void connection_wake_waiters(void)
{
	for (struct connection *connection = connections; connection; connection = connection->next) {
		if (!connection->wait_serial || !wait_is_over(connection))
			continue;
		connection->wait_serial = 0;
		/* If it does not arrive, the peer has gone, and its socket says so next. */
		connection_reply(connection, &(struct broker_reply){.magic = BROKER_MAGIC}, -1);
	}
}
