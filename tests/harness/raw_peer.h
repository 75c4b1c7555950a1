/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of the control socket, made by hand: it can say what no library would. It shares the layouts of
 * lib/abi with the library, and no code.
 */
#ifndef ZCF_TEST_RAW_PEER_H
#define ZCF_TEST_RAW_PEER_H

#include "abi/board.h"
#include "abi/lane.h"
#include "abi/message.h"
#include "channel.h"

/* Connect to a channel's socket. */
int raw_connect(const char *channel);
/* The same where there may be no producer: then a negative errno. */
int raw_try_connect(const char *channel);
/* Listen where a channel's producer would. */
int raw_listen(const char *channel);
/* Close it and take its name away. */
void raw_listen_end(int socket_fd, const char *channel);

void raw_send(int socket_fd, const void *message, size_t size_bytes, const int *fds, size_t fd_count);
/* The same to a peer that may be gone: 0 or a negative errno. */
int raw_try_send(int socket_fd, const void *message, size_t size_bytes, const int *fds, size_t fd_count);
/* Waits. Returns the size, 0 at the end, or a negative errno. */
long raw_receive(int socket_fd, void *message, size_t capacity, int *fds, size_t fd_capacity, size_t *ret_fd_count);

void raw_header_init(struct zcf_message_header *header, enum zcf_message_type type, size_t size_bytes);
/* The greeting of a consumer that does everything right. */
void raw_hello_init(struct zcf_message_hello *hello);

/* A consumer without a library. */
struct raw_consumer {
	int socket_fd;
	struct zcf_message_welcome welcome;
	int fds[ZCF_WELCOME_MAX_FDS];
	size_t fd_count;
	struct zcf_lane *lane;
	const struct zcf_board *board;
};

/* Greet, be welcomed, map board and lane. */
void raw_attach(struct raw_consumer *consumer, struct test_channel *channel);
void raw_detach(struct raw_consumer *consumer);
/* Announce a lease on the newest frame, as a consumer would. Returns its frame word. */
uint64_t raw_hold_newest(struct raw_consumer *consumer, uint32_t hold_slot);

#endif
