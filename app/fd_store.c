/* SPDX-License-Identifier: Apache-2.0 */
#include "fd_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

bool app_fd_store_is_available(void)
{
	const char *size = getenv("FDSTORE");

	if (size == NULL)
		size = getenv("ZCF_FDSTORE");
	return getenv("NOTIFY_SOCKET") != NULL && size != NULL && atoi(size) > 0;
}

int app_fd_store_receive(struct app_stored_fd **ret_stored)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names);
	struct app_stored_fd *stored;

	*ret_stored = NULL;
	if (count <= 0)
		return count;
	stored = calloc((size_t)count, sizeof(*stored));
	if (stored == NULL)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		stored[i] = (struct app_stored_fd){names[i], SD_LISTEN_FDS_START + i};
		fcntl(stored[i].fd, F_SETFD, FD_CLOEXEC);
	}
	free(names);
	*ret_stored = stored;
	return count;
}

void app_fd_store_free(struct app_stored_fd *stored, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		close(stored[i].fd);
		free(stored[i].name);
	}
	free(stored);
}

void app_fd_store_put(const char *name, int fd)
{
	char text[256];

	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	sd_pid_notify_with_fds(0, 0, text, &fd, 1);
}

void app_fd_store_drop(const char *name)
{
	sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void app_fd_store_wait(uint64_t timeout_ms)
{
	sd_notify_barrier(0, timeout_ms * 1000);
}
