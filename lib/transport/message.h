/* SPDX-License-Identifier: Apache-2.0 */
/* Sending and receiving the messages of abi/message.h, with descriptors. Nothing here blocks. */
#ifndef ZCF_TRANSPORT_MESSAGE_H
#define ZCF_TRANSPORT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/message.h"

/* Fill in the header of a message of this type and size. */
void zcf_message_header_init(struct zcf_message_header *header, enum zcf_message_type type, size_t size_bytes);

/* Whether `size_bytes` received bytes begin with a header of ours that tells the truth about the size. */
bool zcf_message_header_valid(const struct zcf_message_header *header, size_t size_bytes);

/* Send one message. Returns 0, or a negative errno: -EAGAIN if the peer does not read, -EPIPE if it is gone. */
int zcf_message_send(int socket_fd, const void *message, size_t size_bytes, const int *fds, size_t fd_count);

/*
 * Receive one message of up to `capacity` bytes and up to `fd_capacity` descriptors; more of either are
 * dropped and the message is refused.
 *
 * Returns its size, 0 at the end of file, or a negative errno: -EAGAIN if there is none, -EMSGSIZE if it is too long
 * or came with too many descriptors, -EMFILE if this process has no room for its descriptors.
 */
long zcf_message_receive(int socket_fd, void *message, size_t capacity, int *fds, size_t fd_capacity,
			 size_t *ret_fd_count);

#endif
