/* SPDX-License-Identifier: Apache-2.0 */
/* The channel's name in the file system: its socket in the runtime directory. */
#ifndef ZCF_TRANSPORT_ENDPOINT_H
#define ZCF_TRANSPORT_ENDPOINT_H

#include <stddef.h>
#include <sys/types.h>

#define ZCF_SOCKET_SUFFIX ".sock"

/* 1..63 characters of A-Z a-z 0-9 _ - and ., not beginning with a dot; else -EINVAL. */
int zcf_channel_name_check(const char *channel);

struct zcf_endpoint_permissions {
	mode_t mode;
	uid_t owner;
	gid_t group;
};

/* A socket that listens under a name of ours. */
struct zcf_endpoint {
	int fd;
	char path[108];
	dev_t device; /* Which file it is, so that we never remove a successor's. */
	ino_t inode;
};

/*
 * Become the producer of a channel: make the directory if it is missing, refuse one that is not ours, take over
 * a socket whose producer died, listen.
 */
int zcf_endpoint_open(const char *runtime_directory, const char *channel,
		      const struct zcf_endpoint_permissions *permissions, struct zcf_endpoint *ret_endpoint);

/*
 * Go on with the socket of a predecessor, if it still listens under the channel's name. `endpoint` says which file that
 * name was; on success it has a descriptor of its own.
 */
int zcf_endpoint_adopt(const char *runtime_directory, const char *channel,
		       const struct zcf_endpoint_permissions *permissions, int listening_fd,
		       struct zcf_endpoint *endpoint);

/* Stop listening and remove the socket's name. */
void zcf_endpoint_close(struct zcf_endpoint *endpoint);

/*
 * Connect to a channel's producer. Returns a non-blocking socket; -ENOENT if there is no producer; -EAGAIN
 * if it has too many callers at the moment.
 */
int zcf_endpoint_connect(const char *runtime_directory, const char *channel, int *ret_fd);

#endif
