/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "message.h"
#include "process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool server_is_there(void)
{
	char path[PATH_MAX + 64];

	return bench_find_daemon("mjpegd", "zcf-mjpegd", path, sizeof(path));
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

	bench_find_daemon("mjpegd", "zcf-mjpegd", path, sizeof(path));
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

static bool is_installed(const char *program)
{
	char folders[4096], path[4096 + 64], *rest = NULL;
	const char *all = getenv("PATH");

	snprintf(folders, sizeof(folders), "%s", all != NULL ? all : "");
	for (char *folder = strtok_r(folders, ":", &rest); folder != NULL; folder = strtok_r(NULL, ":", &rest)) {
		snprintf(path, sizeof(path), "%s/%s", folder, program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

bool server_has_ustreamer(void)
{
	char path[PATH_MAX + 64];

	return is_installed("ustreamer") && bench_find_program("v4l2_stand_in.so", path, sizeof(path));
}

int server_become_ustreamer(uint32_t width, uint32_t height, uint16_t port, int quality)
{
	char stand_in[PATH_MAX + 64], size[32], resolution[48], port_option[32], quality_option[32];

	bench_find_program("v4l2_stand_in.so", stand_in, sizeof(stand_in));
	snprintf(size, sizeof(size), "%ux%u", width, height);
	snprintf(resolution, sizeof(resolution), "--resolution=%s", size);
	snprintf(port_option, sizeof(port_option), "--port=%u", port);
	snprintf(quality_option, sizeof(quality_option), "--quality=%d", quality);
	setenv("ZCF_BENCH_CAMERA_SIZE", size, 1);
	setenv("LD_PRELOAD", stand_in, 1);
	signal(SIGTERM, SIG_DFL);
	/* One worker: with more it encodes pictures side by side, which takes as much of the processors or more. It
	 * logs to standard error whatever the level. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return -1;
	execlp("ustreamer", "ustreamer", "--device=/dev/zcf-bench-camera", resolution, "--format=YUYV", "--buffers=8",
	       "--workers=1", quality_option, "--host=127.0.0.1", port_option, "--tcp-nodelay", (char *)NULL);
	return -1;
}
