/* SPDX-License-Identifier: Apache-2.0 */
#include "listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

struct address_parts {
	char host[256];
	char port[6];
};

static int refuse(const char *address, char *why, size_t why_size)
{
	snprintf(why, why_size,
		 "'%s' is no address to listen on; right would be 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080", address);
	return -EINVAL;
}

static int split(const char *address, struct address_parts *ret_parts, char *why, size_t why_size)
{
	const char *host = address, *colon = strrchr(address, ':');
	size_t host_length;
	char *end;
	unsigned long port;

	if (colon == NULL)
		return refuse(address, why, why_size);
	host_length = (size_t)(colon - host);
	if (*host == '[') {
		if (host_length < 3 || colon[-1] != ']')
			return refuse(address, why, why_size);
		host++;
		host_length -= 2;
	} else if (memchr(host, ':', host_length) != NULL) {
		return refuse(address, why, why_size);
	}
	port = strtoul(colon + 1, &end, 10);
	if (host_length == 0 || host_length >= sizeof(ret_parts->host) || colon[1] < '0' || colon[1] > '9' ||
	    *end != '\0' || port > 65535)
		return refuse(address, why, why_size);
	memcpy(ret_parts->host, host, host_length);
	ret_parts->host[host_length] = '\0';
	snprintf(ret_parts->port, sizeof(ret_parts->port), "%lu", port);
	return 0;
}

int listener_check(const char *address, char *why, size_t why_size)
{
	struct address_parts parts;

	return split(address, &parts, why, why_size);
}

static bool is_loopback(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int describe(struct listener *listener)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);
	char host[64], port[8];

	if (getsockname(listener->fd, (struct sockaddr *)&address, &size) != 0)
		return -errno;
	if (getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -EAFNOSUPPORT;
	listener->is_loopback = is_loopback(&address);
	snprintf(listener->url, sizeof(listener->url),
		 address.ss_family == AF_INET6 ? "http://[%s]:%s/" : "http://%s:%s/", host, port);
	return 0;
}

static int open_socket(const struct addrinfo *information, struct listener *ret_listener)
{
	int yes = 1, no = 0, error;

	ret_listener->fd = socket(information->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret_listener->fd < 0)
		return -errno;
	/* A server that is restarted must not wait for its old connections to be forgotten. */
	setsockopt(ret_listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	/* [::] means every address, whatever the machine's default is. */
	if (information->ai_family == AF_INET6)
		setsockopt(ret_listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	if (bind(ret_listener->fd, information->ai_addr, information->ai_addrlen) != 0 ||
	    listen(ret_listener->fd, BACKLOG) != 0)
		error = -errno;
	else
		error = describe(ret_listener);
	if (error != 0)
		close(ret_listener->fd);
	return error;
}

static const char *advice(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "; another program has this port: stop it, or choose another port (0 picks a free one)";
	case -EACCES:
		return "; ports below 1024 need the capability CAP_NET_BIND_SERVICE: choose one above";
	case -EADDRNOTAVAIL:
		return "; no interface of this machine has this address";
	default:
		return "";
	}
}

int listener_open(const char *address, struct listener *ret_listener, char *why, size_t why_size)
{
	static const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct address_parts parts;
	struct addrinfo *information;
	int error = split(address, &parts, why, why_size);

	if (error != 0)
		return error;
	error = getaddrinfo(parts.host, parts.port, &hints, &information);
	if (error != 0) {
		snprintf(why, why_size, "cannot listen on %s: the address is not known: %s", address,
			 gai_strerror(error));
		return -EINVAL;
	}
	error = open_socket(information, ret_listener);
	freeaddrinfo(information);
	if (error != 0)
		snprintf(why, why_size, "cannot listen on %s: %s%s", address, strerror(-error), advice(error));
	return error;
}
