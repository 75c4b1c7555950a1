/* SPDX-License-Identifier: Apache-2.0 */
/* The web server: what a client sends, in one piece or two, and then it stops sending. */
#include "fuzz.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/log.h"
#include "mjpegd/server.h"

/* A stream has no end: then the client goes away. */
#define PATIENCE_MS 5

static struct server server;
static struct sockaddr_in address;

static void begin(void)
{
	static struct options options;
	char *arguments[] = {"fuzz", "--listen", "127.0.0.1:0", "--channel", "fuzz", NULL};
	socklen_t size = sizeof(address);
	char why[512];

	if (!fuzz_begin())
		return;
	REQUIRE_EQUAL(options_read(&options, 5, arguments), OPTIONS_RUN);
	app_log_open("fuzz", APP_LOG_ERROR);
	REQUIRE_EQUAL(server_start(&server, &options, why, sizeof(why)), 0);
	REQUIRE_EQUAL(getsockname(server.listener.fd, (struct sockaddr *)&address, &size), 0);
}

static void drain(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char reply[4096];

	while (poll(&poll_fd, 1, PATIENCE_MS) > 0 && recv(fd, reply, sizeof(reply), 0) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct linger at_once = {.l_onoff = 1};
	struct input input = {data, size};

	begin();
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(fd >= 0);
	/* No port is to wait for what may still arrive: there are only so many. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	REQUIRE_EQUAL(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	size_t first = (size_t)take_byte(&input) * 8;
	if (first > input.size)
		first = input.size;
	send(fd, input.data, first, MSG_NOSIGNAL);
	send(fd, input.data + first, input.size - first, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	drain(fd);
	close(fd);
	return 0;
}
