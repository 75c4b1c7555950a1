/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool find_server(char *path, size_t size)
{
	static const char *const places[] = {"../mjpegd/zcf-mjpegd", "zcf-mjpegd"};
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *folder;

	own[length < 0 ? 0 : length] = '\0';
	folder = strrchr(own, '/');
	if (folder == NULL)
		return false;
	*folder = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, size, "%s/%s", own, places[i]);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

bool server_is_there(void)
{
	char path[PATH_MAX + 64];

	return find_server(path, sizeof(path));
}

uint16_t server_choose_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		cli_message("no port on 127.0.0.1: %s", strerror(errno));
	close(fd);
	return ntohs(address.sin_port);
}

int server_become(const char *runtime_directory, const char *channel, uint16_t port, int quality)
{
	char path[PATH_MAX + 64], listen[32], quality_text[8];

	find_server(path, sizeof(path));
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
	snprintf(quality_text, sizeof(quality_text), "%d", quality);
	/* Processes of a benchmark ignore it; this one ends by it. */
	signal(SIGTERM, SIG_DFL);
	execl(path, path, "--channel", channel, "--detections-channel", "none", "--listen", listen, "--quality",
	      quality_text, "--runtime-dir", runtime_directory, "--log-level", "error", "--config", "/dev/null",
	      (char *)NULL);
	cli_message("cannot start %s: %s", path, strerror(errno));
	return -1;
}
