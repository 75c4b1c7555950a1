/* SPDX-License-Identifier: Apache-2.0 */
#include "broker_connection.h"

#include "broker_start.h"
#include "runtime_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int broker_connect_to_running(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (emulation_runtime_path(address.sun_path, sizeof(address.sun_path), BROKER_SOCKET_NAME))
		return -ENAMETOOLONG;
	int line = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (line < 0)
		return -errno;
	if (connect(line, (struct sockaddr *)&address, sizeof(address))) {
		int error = -errno;
		close(line);
		return error;
	}
	return line;
}

static int open_lock(const char *path)
{
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0)
		return -errno;
	while (flock(lock, LOCK_EX)) {
		if (errno != EINTR) {
			close(lock);
			return -EIO;
		}
	}
	return lock;
}

/** The lock under which processes find or start the broker, and under which it ends. The broker removes the file as it
 * goes, so what we waited for may be a file that is no more: then try again. */
static int take_lock(void)
{
	char path[256];
	int error = emulation_runtime_directory_create();
	if (!error)
		error = emulation_runtime_path(path, sizeof(path), BROKER_LOCK_NAME);
	if (error)
		return error;
	for (;;) {
		struct stat held, present;
		int lock = open_lock(path);
		if (lock < 0)
			return lock;
		if (!fstat(lock, &held) && !stat(path, &present) && held.st_ino == present.st_ino &&
		    held.st_dev == present.st_dev)
			return lock;
		close(lock);
	}
}

int broker_connect(void)
{
	int lock = take_lock();
	if (lock < 0)
		return lock;
	int line = broker_connect_to_running();
	if (line == -ENOENT || line == -ECONNREFUSED) {
		int error = broker_start();
		line = error ? error : broker_connect_to_running();
	}
	close(lock);
	return line;
}

int broker_send(int socket, const struct broker_request *request, int sent_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {(void *)request, sizeof(*request)};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	if (sent_fd >= 0) {
		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &sent_fd, sizeof(int));
	}
	for (;;) {
		if (sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(*request))
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

int broker_receive(int socket, struct broker_reply *reply, int *received_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {reply, sizeof(*reply)};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t length;
	int received = -1;
	do {
		length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&received, CMSG_DATA(header), sizeof(int));
	if (received_fd)
		*received_fd = received;
	else if (received >= 0)
		close(received);
	if (length != sizeof(*reply) || reply->magic != BROKER_MAGIC)
		return -EPIPE;
	return message.msg_flags & MSG_CTRUNC ? -EMFILE : 0;
}

int broker_exchange(int socket, const struct broker_request *request, int sent_fd, struct broker_reply *reply,
		    int *received_fd)
{
	if (received_fd)
		*received_fd = -1;
	memset(reply, 0, sizeof(*reply));
	int error = broker_send(socket, request, sent_fd);
	return error ? error : broker_receive(socket, reply, received_fd);
}
