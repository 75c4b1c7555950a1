/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zcframe/version.h"

/* Room for the descriptors of the largest message, aligned as a control message must be. */
union control_buffer {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * ZCF_WELCOME_MAX_FDS)];
};

void zcf_message_header_init(struct zcf_message_header *header, enum zcf_message_type type, size_t size_bytes)
{
	*header = (struct zcf_message_header){
		.magic = ZCF_MESSAGE_MAGIC,
		.type = (uint16_t)type,
		.protocol_major = ZCF_PROTOCOL_MAJOR,
		.protocol_minor = ZCF_PROTOCOL_MINOR,
		.size_bytes = (uint32_t)size_bytes,
	};
}

bool zcf_message_header_valid(const struct zcf_message_header *header, size_t size_bytes)
{
	return size_bytes >= sizeof(*header) && header->magic == ZCF_MESSAGE_MAGIC && header->size_bytes == size_bytes;
}

int zcf_message_send(int socket_fd, const void *message, size_t size_bytes, const int *fds, size_t fd_count)
{
	union control_buffer control;
	struct iovec part = {.iov_base = (void *)message, .iov_len = size_bytes};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd_count > ZCF_WELCOME_MAX_FDS)
		return -EINVAL;
	if (fd_count > 0) {
		memset(&control, 0, sizeof(control));
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * fd_count);
	}
	if (sendmsg(socket_fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/*
 * Take the descriptors out of a received header; those that do not fit are closed. 0, -EMSGSIZE if there were too
 * many, or -EMFILE if this process has no room for them.
 */
static int take_fds(struct msghdr *header, int *fds, size_t fd_capacity, size_t *fd_count)
{
	size_t received = 0;

	*fd_count = 0;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		received += count;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
			if (*fd_count < fd_capacity)
				fds[(*fd_count)++] = fd;
			else
				close(fd);
		}
	}
	if (!(header->msg_flags & MSG_CTRUNC))
		return received > fd_capacity ? -EMSGSIZE : 0;
	/* Cut short although our room was not full: it was the table of descriptors that was. */
	return received < ZCF_WELCOME_MAX_FDS ? -EMFILE : -EMSGSIZE;
}

long zcf_message_receive(int socket_fd, void *message, size_t capacity, int *fds, size_t fd_capacity,
			 size_t *ret_fd_count)
{
	union control_buffer control;
	struct iovec part = {.iov_base = message, .iov_len = capacity};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	size_t fd_count = 0;

	/* With no room for them the kernel itself closes whatever descriptors a peer sends. */
	if (fd_capacity > 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
	}
	ssize_t size = recvmsg(socket_fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size < 0)
		return -errno;
	int error = fd_capacity > 0 ? take_fds(&header, fds, fd_capacity, &fd_count) : 0;
	if (header.msg_flags & MSG_TRUNC)
		error = -EMSGSIZE;
	if (error < 0) {
		for (size_t i = 0; i < fd_count; i++)
			close(fds[i]);
		return error;
	}
	if (ret_fd_count)
		*ret_fd_count = fd_count;
	return size;
}
