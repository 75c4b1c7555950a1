/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "error.h"
#include "zcframe/types.h"

#define LISTEN_BACKLOG       64
#define LOCK_ATTEMPTS        100
#define LOCK_ATTEMPT_WAIT_US 10000

int zcf_channel_name_check(const char *channel)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
	size_t length = channel ? strnlen(channel, ZCF_CHANNEL_NAME_SIZE) : 0;

	if (length == 0 || length == ZCF_CHANNEL_NAME_SIZE || channel[0] == '.' || strspn(channel, allowed) != length)
		return zcf_fail(-EINVAL,
				"channel name \"%.64s\": must be 1 to %d of A-Z a-z 0-9 _ - . and not begin with a dot",
				channel ? channel : "", ZCF_CHANNEL_NAME_SIZE - 1);
	return 0;
}

/* Under which of its two names a socket is meant. */
enum socket_name {
	SOCKET_NAME,
	/* Where it is made: hidden, until it has its owner and mode and listens. As long as the other name. */
	SOCKET_NAME_IN_PREPARATION,
};

static int socket_address(const char *runtime_directory, const char *channel, enum socket_name name,
			  struct sockaddr_un *address)
{
	const char *form = name == SOCKET_NAME ? "%s/%s" ZCF_SOCKET_SUFFIX : "%s/.%s.new";
	int length;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	length = snprintf(address->sun_path, sizeof(address->sun_path), form, runtime_directory, channel);
	if (length < 0 || (size_t)length >= sizeof(address->sun_path))
		return zcf_fail(-ENAMETOOLONG,
				"socket path %s/%s" ZCF_SOCKET_SUFFIX " is longer than %zu bytes; "
				"use a shorter runtime directory (ZCF_RUNTIME_DIR)",
				runtime_directory, channel, sizeof(address->sun_path) - 1);
	return 0;
}

/* Make the directory, and refuse one in which somebody else could have put, or could swap, our sockets. */
static int open_own_directory(const char *path, int *ret_fd)
{
	struct stat status;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return zcf_fail(-errno,
				"runtime directory %s: cannot create it: %s; create it for this user, or set "
				"ZCF_RUNTIME_DIR to another",
				path, strerror(errno));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return zcf_fail(-errno,
				"runtime directory %s: %s; it must be a directory that this user can enter, or set "
				"ZCF_RUNTIME_DIR to another",
				path, strerror(errno));
	if (fstat(fd, &status) == 0 && (status.st_uid == geteuid() || status.st_uid == 0) &&
	    (!(status.st_mode & (S_IWGRP | S_IWOTH)) || (status.st_mode & S_ISVTX))) {
		*ret_fd = fd;
		return 0;
	}
	close(fd);
	return zcf_fail(-EPERM,
			"runtime directory %s: belongs to user %u with mode %03o; it must belong to this user (%u) or "
			"root and not be writable by others: chown or chmod it, or set ZCF_RUNTIME_DIR to another",
			path, (unsigned)status.st_uid, (unsigned)status.st_mode & 07777, (unsigned)geteuid());
}

/*
 * Keep two producers that start at the same moment from both taking over the socket of a dead one. Anybody
 * who can read the directory could hold this lock, so we wait for it only so long and then go without.
 */
static void lock_directory(int directory_fd)
{
	for (int i = 0; i < LOCK_ATTEMPTS && flock(directory_fd, LOCK_EX | LOCK_NB) < 0; i++)
		usleep(LOCK_ATTEMPT_WAIT_US);
}

/* Whether the name is free, or that of a socket on which nobody listens any more. */
static int check_name_is_free(const struct sockaddr_un *address, const char *channel)
{
	struct stat status;
	int probe, connected;

	if (lstat(address->sun_path, &status) < 0)
		return errno == ENOENT ? 0 : zcf_fail(-errno, "socket %s: %s", address->sun_path, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return zcf_fail(-EADDRINUSE, "channel %s: %s is in the way and is not a socket; remove it", channel,
				address->sun_path);
	probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return zcf_fail(-errno, "channel %s: socket: %s", channel, strerror(errno));
	connected = connect(probe, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	close(probe);
	if (connected != -ECONNREFUSED && connected != -ENOENT)
		return zcf_fail(-EADDRINUSE,
				"channel %s: another process publishes it already (socket %s); stop that one, or "
				"choose another channel name or runtime directory",
				channel, address->sun_path);
	return 0;
}

/*
 * Make the socket under its hidden name and show it when it is complete: whoever finds it may attach, if it
 * is to. A producer that dies in between leaves the hidden name for its successor to make anew.
 */
static int bind_and_listen(const struct sockaddr_un *hidden, const struct sockaddr_un *address, const char *channel,
			   const struct zcf_endpoint_permissions *permissions, struct zcf_endpoint *endpoint)
{
	struct stat status;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return zcf_fail(-errno, "channel %s: socket: %s", channel, strerror(errno));
	unlink(hidden->sun_path);
	/* The mode before bind() is the mode of the name: there is no moment at which it is too wide. */
	if (fchmod(fd, 0) == 0 && bind(fd, (const struct sockaddr *)hidden, sizeof(*hidden)) == 0) {
		if (lchown(hidden->sun_path, permissions->owner, permissions->group) == 0 &&
		    chmod(hidden->sun_path, permissions->mode) == 0 && lstat(hidden->sun_path, &status) == 0 &&
		    listen(fd, LISTEN_BACKLOG) == 0 && rename(hidden->sun_path, address->sun_path) == 0) {
			endpoint->fd = fd;
			memcpy(endpoint->path, address->sun_path, sizeof(endpoint->path));
			endpoint->device = status.st_dev;
			endpoint->inode = status.st_ino;
			return 0;
		}
		int error = errno;
		unlink(hidden->sun_path);
		errno = error;
	}
	int error = -errno;
	close(fd);
	if (error == -EACCES)
		return zcf_fail(error,
				"channel %s: cannot listen on %s: %s; let this user write to the runtime directory, or "
				"set ZCF_RUNTIME_DIR to another",
				channel, address->sun_path, strerror(-error));
	/* An owner or group of -1 is left as it is. */
	return zcf_fail(error, "channel %s: cannot listen on %s with owner %d, group %d, mode %03o: %s", channel,
			address->sun_path, (int)permissions->owner, (int)permissions->group,
			(unsigned)permissions->mode, strerror(-error));
}

int zcf_endpoint_open(const char *runtime_directory, const char *channel,
		      const struct zcf_endpoint_permissions *permissions, struct zcf_endpoint *ret_endpoint)
{
	struct sockaddr_un address, hidden;
	int directory_fd = -1;
	int error = socket_address(runtime_directory, channel, SOCKET_NAME, &address);

	if (error < 0)
		return error;
	error = socket_address(runtime_directory, channel, SOCKET_NAME_IN_PREPARATION, &hidden);
	if (error < 0)
		return error;
	error = open_own_directory(runtime_directory, &directory_fd);
	if (error < 0)
		return error;
	lock_directory(directory_fd);
	error = check_name_is_free(&address, channel);
	if (error == 0)
		error = bind_and_listen(&hidden, &address, channel, permissions, ret_endpoint);
	close(directory_fd);
	return error;
}

int zcf_endpoint_adopt(const char *runtime_directory, const char *channel,
		       const struct zcf_endpoint_permissions *permissions, int listening_fd,
		       struct zcf_endpoint *endpoint)
{
	struct sockaddr_un address;
	struct stat status;
	int error = socket_address(runtime_directory, channel, SOCKET_NAME, &address);

	if (error < 0)
		return error;
	if (lstat(address.sun_path, &status) < 0 || !S_ISSOCK(status.st_mode) || status.st_dev != endpoint->device ||
	    status.st_ino != endpoint->inode)
		return zcf_fail(-ENOENT, "channel %s: %s is not the socket of the producer before", channel,
				address.sun_path);
	/* The configuration may say something else than when it was made. */
	if (lchown(address.sun_path, permissions->owner, permissions->group) < 0 ||
	    chmod(address.sun_path, permissions->mode) < 0)
		return zcf_fail(-errno, "channel %s: owner and mode of %s: %s", channel, address.sun_path,
				strerror(errno));
	endpoint->fd = fcntl(listening_fd, F_DUPFD_CLOEXEC, 0);
	if (endpoint->fd < 0)
		return zcf_fail(-errno, "channel %s: %s", channel, strerror(errno));
	memcpy(endpoint->path, address.sun_path, sizeof(endpoint->path));
	return 0;
}

void zcf_endpoint_close(struct zcf_endpoint *endpoint)
{
	struct stat status;

	if (endpoint->fd < 0)
		return;
	if (lstat(endpoint->path, &status) == 0 && status.st_dev == endpoint->device &&
	    status.st_ino == endpoint->inode)
		unlink(endpoint->path);
	close(endpoint->fd);
	endpoint->fd = -1;
}

int zcf_endpoint_connect(const char *runtime_directory, const char *channel, int *ret_fd)
{
	struct sockaddr_un address;
	int error = socket_address(runtime_directory, channel, SOCKET_NAME, &address);

	if (error < 0)
		return error;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return zcf_fail(-errno, "channel %s: socket: %s", channel, strerror(errno));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		*ret_fd = fd;
		return 0;
	}
	error = -errno;
	close(fd);
	if (error == -ENOENT || error == -ECONNREFUSED || error == -ENOTDIR)
		return zcf_fail(-ENOENT,
				"channel %s: nobody publishes it in %s; start the camera daemon, or see `zcf ls`",
				channel, runtime_directory);
	if (error == -EACCES)
		return zcf_fail(error, "channel %s: this user may not attach (socket %s); join the socket's group",
				channel, address.sun_path);
	return zcf_fail(error, "channel %s: connect to %s: %s", channel, address.sun_path, strerror(-error));
}
