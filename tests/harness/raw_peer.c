/* SPDX-License-Identifier: Apache-2.0 */
#include "raw_peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"
#include "zcframe/version.h"

static struct sockaddr_un address_of(const char *channel)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s.sock", test_runtime_directory(), channel);
	return address;
}

int raw_try_connect(const char *channel)
{
	struct sockaddr_un address = address_of(channel);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

int raw_connect(const char *channel)
{
	int fd = raw_try_connect(channel);

	REQUIRE(fd >= 0);
	return fd;
}

int raw_listen(const char *channel)
{
	struct sockaddr_un address = address_of(channel);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0);
	REQUIRE_EQUAL(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	REQUIRE_EQUAL(listen(fd, 8), 0);
	return fd;
}

void raw_listen_end(int socket_fd, const char *channel)
{
	struct sockaddr_un address = address_of(channel);

	unlink(address.sun_path);
	close(socket_fd);
}

int raw_try_send(int socket_fd, const void *message, size_t size_bytes, const int *fds, size_t fd_count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * 253)] = {0};
	struct iovec part = {.iov_base = (void *)message, .iov_len = size_bytes};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd_count > 0) {
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * fd_count);
	}
	return sendmsg(socket_fd, &header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void raw_send(int socket_fd, const void *message, size_t size_bytes, const int *fds, size_t fd_count)
{
	REQUIRE_EQUAL(raw_try_send(socket_fd, message, size_bytes, fds, fd_count), 0);
}

long raw_receive(int socket_fd, void *message, size_t capacity, int *fds, size_t fd_capacity, size_t *ret_fd_count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * 253)];
	struct iovec part = {.iov_base = message, .iov_len = capacity};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	size_t count = 0;

	if (fd_capacity > 0) {
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
	}
	ssize_t size = recvmsg(socket_fd, &header, MSG_CMSG_CLOEXEC);
	if (size < 0)
		return -errno;
	struct cmsghdr *rights = fd_capacity > 0 ? CMSG_FIRSTHDR(&header) : NULL;
	if (rights) {
		count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		REQUIRE(count <= fd_capacity);
		memcpy(fds, CMSG_DATA(rights), count * sizeof(int));
	}
	if (ret_fd_count)
		*ret_fd_count = count;
	return size;
}

void raw_header_init(struct zcf_message_header *header, enum zcf_message_type type, size_t size_bytes)
{
	*header = (struct zcf_message_header){
		.magic = ZCF_MESSAGE_MAGIC,
		.type = (uint16_t)type,
		.protocol_major = ZCF_PROTOCOL_MAJOR,
		.protocol_minor = ZCF_PROTOCOL_MINOR,
		.size_bytes = (uint32_t)size_bytes,
	};
}

void raw_hello_init(struct zcf_message_hello *hello)
{
	*hello = (struct zcf_message_hello){.purpose = ZCF_HELLO_ATTACH, .max_leases = 1, .label = "raw"};
	raw_header_init(&hello->header, ZCF_MESSAGE_HELLO, sizeof(*hello));
}

void raw_attach(struct raw_consumer *consumer, struct test_channel *channel)
{
	struct zcf_message_hello hello;
	void *base;

	raw_hello_init(&hello);
	consumer->socket_fd = raw_connect(channel->name);
	raw_send(consumer->socket_fd, &hello, sizeof(hello), NULL, 0);
	REQUIRE_EQUAL(zcf_producer_dispatch(channel->producer), 0);
	REQUIRE_EQUAL(raw_receive(consumer->socket_fd, &consumer->welcome, sizeof(consumer->welcome), consumer->fds,
				  ZCF_WELCOME_MAX_FDS, &consumer->fd_count),
		      sizeof(consumer->welcome));
	REQUIRE_EQUAL(consumer->welcome.header.type, ZCF_MESSAGE_WELCOME);
	REQUIRE_EQUAL(consumer->fd_count, ZCF_WELCOME_BUFFER_FDS + consumer->welcome.buffer_count);
	base = mmap(NULL, consumer->welcome.board_size_bytes, PROT_READ, MAP_SHARED, consumer->fds[0], 0);
	REQUIRE(base != MAP_FAILED);
	consumer->board = base;
	base = mmap(NULL, ZCF_LANE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, consumer->fds[1], 0);
	REQUIRE(base != MAP_FAILED);
	consumer->lane = base;
}

void raw_detach(struct raw_consumer *consumer)
{
	munmap((void *)consumer->board, consumer->welcome.board_size_bytes);
	munmap(consumer->lane, ZCF_LANE_SIZE);
	for (size_t i = 0; i < consumer->fd_count; i++)
		close(consumer->fds[i]);
	close(consumer->socket_fd);
}

uint64_t raw_hold_newest(struct raw_consumer *consumer, uint32_t hold_slot)
{
	uint64_t word = atomic_load(&consumer->board->newest);

	atomic_store(&consumer->lane->leases[hold_slot].hold, word);
	return word;
}
