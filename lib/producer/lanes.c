/* SPDX-License-Identifier: Apache-2.0 */
/* Consumers come and go: making a lane, handing out the channel's memory, taking it all back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "fault_points.h"
#include "producer/producer.h"
#include "transport/message.h"
#include "transport/shared_memory.h"
#include "zcframe/consumer.h"
#include "zcframe/version.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* Leave the camera one buffer to write and one that is newest; who holds more would starve it alone. */
static uint32_t grant_leases(const struct zcf_producer *producer, uint32_t wanted)
{
	uint32_t limit = producer->pool->buffer_count > 3 ? producer->pool->buffer_count - 2 : 1;

	if (limit > ZCF_MAX_LEASES)
		limit = ZCF_MAX_LEASES;
	return wanted == 0 ? 1 : wanted < limit ? wanted : limit;
}

/* How many frames all consumers together may hold. */
uint32_t zcf_producer_granted_leases(const struct zcf_producer *producer)
{
	uint64_t lanes = producer->lanes_in_use;
	uint32_t sum = 0;

	while (lanes)
		sum += producer->lanes[zcf_take_lane(&lanes)].max_leases;
	return sum;
}

static uint64_t grant_deadline(const struct zcf_producer *producer, uint64_t wanted_ns)
{
	uint64_t channel_ns = producer->board->lease_deadline_ns;

	return wanted_ns && wanted_ns < channel_ns ? wanted_ns : channel_ns;
}

static void copy_label(char label[ZCF_LABEL_SIZE], const char *wanted)
{
	size_t length = strnlen(wanted, ZCF_LABEL_SIZE - 1);

	/* It is shown on terminals: nothing but printable characters. */
	for (size_t i = 0; i < length; i++)
		label[i] = wanted[i] >= ' ' && wanted[i] <= '~' ? wanted[i] : '?';
	memset(label + length, 0, ZCF_LABEL_SIZE - length);
}

/*
 * The peer's process itself, from the socket where the kernel can (6.5): a number may be another process's by now. -1
 * if the kernel cannot or the process has ended. To be out of descriptors or memory is an error: the leases of a
 * consumer that is not watched could outlive it.
 */
static int open_pid_fd(int socket_fd, int32_t pid, int *ret_pid_fd)
{
	socklen_t size = sizeof(*ret_pid_fd);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERPIDFD, ret_pid_fd, &size) == 0)
		return 0;
	*ret_pid_fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (*ret_pid_fd < 0 && pid > 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return -errno;
	return 0;
}

static int identify(struct zcf_producer_lane *lane, const struct zcf_message_hello *hello)
{
	struct zcf_caller caller;

	if (zcf_producer_identify_caller(lane->socket_fd, &caller)) {
		lane->pid = caller.pid;
		lane->uid = caller.uid;
	}
	copy_label(lane->label, hello->label);
	lane->rate = hello->rate <= ZCF_RATE_NEWEST_ONLY ? hello->rate : ZCF_RATE_EVERY_FRAME;
	lane->rate_value = hello->rate_value;
	lane->copies_out = hello->flags & ZCF_HELLO_COPIES_OUT;
	/*
	 * A child that the consumer forked keeps the socket open when the consumer dies, so we watch the process
	 * itself too, where the kernel can.
	 */
	return open_pid_fd(lane->socket_fd, lane->pid, &lane->pid_fd);
}

static int send_welcome(const struct zcf_producer *producer, const struct zcf_producer_lane *lane, int lane_fd)
{
	const struct zcf_pool *pool = producer->pool;
	struct zcf_message_welcome welcome = {
		.lane_index = lane->index,
		.max_leases = lane->max_leases,
		.lease_deadline_ns = lane->lease_deadline_ns,
		.board_size_bytes = producer->board_size_bytes,
		.buffer_count = pool->buffer_count,
		.granted_leases = zcf_producer_granted_leases(producer),
	};
	int fds[ZCF_WELCOME_MAX_FDS] = {[ZCF_WELCOME_BOARD_FD] = producer->board_fd, [ZCF_WELCOME_LANE_FD] = lane_fd};
	size_t fd_count = ZCF_WELCOME_BUFFER_FDS;

	if (pool->backend->sends_fds)
		for (uint32_t i = 0; i < pool->buffer_count; i++)
			fds[fd_count++] = pool->buffers[i].memory.fd;
	zcf_message_header_init(&welcome.header, ZCF_MESSAGE_WELCOME, sizeof(welcome));
	return zcf_message_send(lane->socket_fd, &welcome, sizeof(welcome), fds, fd_count);
}

void zcf_producer_leave_lane(struct zcf_producer *producer, struct zcf_producer_lane *lane)
{
	if (lane->memory)
		munmap((void *)lane->memory, ZCF_LANE_SIZE);
	if (lane->pid_fd >= 0) {
		zcf_producer_unwatch(producer, lane->pid_fd);
		close(lane->pid_fd);
	}
	if (lane->socket_fd >= 0) {
		zcf_producer_unwatch(producer, lane->socket_fd);
		close(lane->socket_fd);
	}
	producer->lanes_in_use &= ~(UINT64_C(1) << lane->index);
	lane->id = 0;
}

/* The lane goes, its socket does not. */
static void leave_socket(const struct zcf_producer *producer, struct zcf_producer_lane *lane)
{
	zcf_producer_unwatch(producer, lane->socket_fd);
	lane->socket_fd = -1;
}

/* For good: the consumer is told, whoever else may have its socket. */
static void close_lane(struct zcf_producer *producer, struct zcf_producer_lane *lane)
{
	zcf_handover_lane_closed(producer, lane);
	zcf_producer_leave_lane(producer, lane);
}

/* Make the lane's memory. The consumer may write it and we only ever read it, so that is how we map it. */
static int make_memory(struct zcf_producer_lane *lane, int *ret_fd)
{
	void *writable;
	int error = zcf_shared_memory_create("zcframe-lane", ZCF_LANE_SIZE, ZCF_SHARED_PEERS_WRITE, ret_fd, &writable);

	if (error < 0)
		return error;
	mprotect(writable, ZCF_LANE_SIZE, PROT_READ);
	lane->memory = writable;
	return 0;
}

static int open_lane(struct zcf_producer *producer, struct zcf_producer_lane *lane,
		     const struct zcf_message_hello *hello)
{
	int lane_fd;
	int error = make_memory(lane, &lane_fd);

	if (error < 0)
		return error;
	ZCF_FAULT_POINT(LANE_MADE);
	error = identify(lane, hello);
	if (error == 0)
		error = zcf_producer_watch(producer, lane->socket_fd, ZCF_WATCH_LANE, lane->index);
	if (error == 0 && lane->pid_fd >= 0)
		error = zcf_producer_watch(producer, lane->pid_fd, ZCF_WATCH_LANE, lane->index);
	if (error == 0)
		error = send_welcome(producer, lane, lane_fd);
	ZCF_FAULT_POINT(WELCOME_SENT);
	close(lane_fd);
	return error;
}

static int check_hello(struct zcf_producer *producer, int socket_fd, const struct zcf_message_hello *hello, char *why,
		       size_t why_size)
{
	struct zcf_caller caller;

	if (hello->header.protocol_major != ZCF_PROTOCOL_MAJOR) {
		snprintf(why, why_size,
			 "channel %s: the consumer's library speaks protocol %u, the producer (pid %d, zcframe %s) "
			 "speaks %u: "
			 "upgrade the %s",
			 producer->channel, hello->header.protocol_major, (int)getpid(), zcf_version(),
			 ZCF_PROTOCOL_MAJOR,
			 hello->header.protocol_major < ZCF_PROTOCOL_MAJOR ? "consumer" : "producer");
		return -EPROTONOSUPPORT;
	}
	if (__builtin_popcountll(producer->lanes_in_use) >= (int)producer->max_consumers) {
		snprintf(why, why_size, "channel %s: has %u consumers already, as many as it takes", producer->channel,
			 producer->max_consumers);
		return -EUSERS;
	}
	if (!zcf_producer_identify_caller(socket_fd, &caller) ||
	    zcf_producer_count_user(producer, caller.uid) >= producer->max_consumers_per_user) {
		snprintf(why, why_size, "channel %s: this user has %u consumers already, as many as one user may",
			 producer->channel, producer->max_consumers_per_user);
		return -EUSERS;
	}
	return 0;
}

/* A lane that is in use from here on, without memory yet. */
static struct zcf_producer_lane *begin_lane(struct zcf_producer *producer, uint32_t index, int socket_fd,
					    const struct zcf_message_hello *hello)
{
	struct zcf_producer_lane *lane = &producer->lanes[index];

	*lane = (struct zcf_producer_lane){
		.index = index,
		.socket_fd = socket_fd,
		.pid_fd = -1,
		.max_leases = grant_leases(producer, hello->max_leases),
		.lease_deadline_ns = grant_deadline(producer, hello->lease_deadline_ns),
		.window_sequence = producer->sequence,
	};
	producer->lanes_in_use |= UINT64_C(1) << index;
	return lane;
}

int zcf_producer_readmit(struct zcf_producer *producer, uint32_t index, int socket_fd,
			 const struct zcf_handover_consumer *record)
{
	struct zcf_message_hello hello = record->hello;
	char why[232];
	struct zcf_caller caller;
	int error = check_hello(producer, socket_fd, &hello, why, sizeof(why));

	/* Who may attach can have changed since. */
	if (error == 0 && (!zcf_producer_identify_caller(socket_fd, &caller) ||
			   !zcf_producer_allows_caller(producer, socket_fd, &caller)))
		error = -EACCES;
	if (error < 0)
		return error;
	struct zcf_producer_lane *lane = begin_lane(producer, index, socket_fd, &hello);
	lane->id = atomic_load_explicit(&record->id, memory_order_relaxed);
	lane->attached_ns = record->attached_ns;
	lane->revoked = record->revoked;
	lane->skips_caused = record->skips_caused;
	lane->window_revoked = lane->revoked;
	lane->brings_account = true;
	error = open_lane(producer, lane, &hello);
	if (error < 0) {
		leave_socket(producer, lane); /* the caller's */
		zcf_producer_leave_lane(producer, lane);
		return error;
	}
	zcf_handover_note(producer, lane, &hello);
	return 0;
}

int zcf_producer_attach(struct zcf_producer *producer, int socket_fd, const struct zcf_message_hello *hello)
{
	char why[232];
	int error = check_hello(producer, socket_fd, hello, why, sizeof(why));

	if (error < 0) {
		zcf_producer_refuse(producer, socket_fd, error, why);
		return 0;
	}
	uint32_t index = (uint32_t)__builtin_ctzll(~producer->lanes_in_use);
	struct zcf_producer_lane *lane = begin_lane(producer, index, socket_fd, hello);
	lane->id = ++producer->last_lane_id;
	lane->attached_ns = zcf_now_ns();
	error = open_lane(producer, lane, hello);
	if (error < 0) {
		leave_socket(producer, lane); /* still needed, to say no */
		zcf_producer_leave_lane(producer, lane);
		if (error == -EPIPE || error == -ECONNRESET) {
			/* It hung up, or died, before it was in. */
			close(socket_fd);
			return 0;
		}
		snprintf(why, sizeof(why), "channel %s: the producer could not make room for a consumer: %s",
			 producer->channel, strerror(-error));
		zcf_producer_refuse(producer, socket_fd, error, why);
		return error;
	}
	producer->attached_total++;
	zcf_handover_note(producer, lane, hello);
	zcf_producer_report(producer, ZCF_EVENT_ATTACHED, lane, 0, "a consumer attached");
	return 0;
}

void zcf_producer_detach(struct zcf_producer *producer, struct zcf_producer_lane *lane, enum zcf_event_kind kind,
			 const char *detail)
{
	struct zcf_snapshot_consumer gone;

	zcf_producer_describe_lane(lane, &gone);
	/* From here on no scan sees its hold words: its leases are back. */
	close_lane(producer, lane);
	/*
	 * One that finds a frame each time it asks has no other reason to look at its socket. Release pairs with the
	 * acquire in was_anybody_disconnected() (consumer/consumer.c).
	 */
	if (kind == ZCF_EVENT_EXPELLED)
		atomic_fetch_add_explicit(&producer->board->hangups, 1, memory_order_release);
	zcf_producer_report_consumer(producer, kind, &gone, 0, detail);
}
