/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restart without loss: what a producer has its service manager keep, and how the next one goes on with it.
 *
 * The successor makes new buffers, a new board and new lanes. It cannot have the old ones: they are sealed against
 * being written through any new mapping, its own included. So nothing is ever written into the old memory again, what
 * consumers hold there stays valid, and no lease on it has to be known, not even after SIGKILL. What goes on are the
 * epoch, the sequence, and the sockets, on which each consumer is sent what is new (docs/protocol.md, "Restart").
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "producer/producer.h"
#include "transport/shared_memory.h"
#include "zcframe/version.h"

/* For so long after a take-over consumers are woken that still sleep on the old board. */
#define PREDECESSOR_TIME_NS (2 * ZCF_NS_PER_S)

static void name_of(const struct zcf_producer *producer, const char *what, char name[ZCF_KEPT_NAME_SIZE])
{
	snprintf(name, ZCF_KEPT_NAME_SIZE, "%s/%s", producer->channel, what);
}

static void keep(const struct zcf_producer *producer, const char *what, int fd)
{
	char name[ZCF_KEPT_NAME_SIZE];

	if (!producer->keep)
		return;
	name_of(producer, what, name);
	producer->keep(producer->keep_context, name, fd);
}

/*
 * Who imports buffers by number sees by its socket's end that the numbers may be those of other buffers now. So such a
 * socket is left to end with the process: its consumer attaches anew, to the same epoch.
 */
static void keep_consumer(const struct zcf_producer *producer, uint64_t id, int fd)
{
	char what[40];

	if (!producer->pool->backend->sends_fds)
		return;
	snprintf(what, sizeof(what), "consumer-%llu", (unsigned long long)id);
	keep(producer, what, fd);
}

/* The kept descriptor of that name, or -1; borrowed. */
static int find_kept(const struct zcf_producer *producer, const struct zcf_producer_options *options, const char *what)
{
	char name[ZCF_KEPT_NAME_SIZE];

	name_of(producer, what, name);
	for (size_t i = 0; i < options->kept_count; i++)
		if (options->kept[i].fd >= 0 && strcmp(options->kept[i].name, name) == 0)
			return options->kept[i].fd;
	return -1;
}

static bool is_socket(int fd, int listens)
{
	int domain = 0, type = 0, accepts = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts == listens;
}

/* Why the predecessor's state does not fit this producer; NULL: it does. */
static const char *find_misfit(const struct zcf_producer *producer, const struct zcf_producer_options *options,
			       const struct zcf_handover *handover)
{
	const struct zcf_pool *pool = producer->pool;

	if (handover->magic != ZCF_HANDOVER_MAGIC || handover->size_bytes != sizeof(*handover))
		return "it is not one of this version";
	if (handover->protocol_major != ZCF_PROTOCOL_MAJOR)
		return "the producer before spoke another protocol";
	if (strncmp(handover->channel, producer->channel, sizeof(handover->channel)) != 0 || handover->epoch == 0 ||
	    atomic_load_explicit(&handover->sequence, memory_order_relaxed) >= ZCF_SEQUENCE_MAX)
		return "it is damaged";
	if (strncmp(handover->backend, pool->backend->name, sizeof(handover->backend)) != 0)
		return "the buffers were of another kind";
	if (memcmp(&handover->format, &pool->format, sizeof(pool->format)) != 0 ||
	    handover->buffer_count != pool->buffer_count)
		return "the frames had another format, or another number of buffers";
	if (handover->frame_interval_ns != options->frame_interval_ns)
		return "the frames came at another rate";
	return NULL;
}

static int refuse(struct zcf_producer *producer, const char *why)
{
	snprintf(producer->takeover_detail, sizeof(producer->takeover_detail),
		 "what the producer before left does not fit: %s", why);
	return -EPROTO;
}

/* Map what the predecessor left, if it fits. */
static int take_state(struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	int fd = find_kept(producer, options, "state");
	void *base;

	if (fd < 0)
		return -ENOENT;
	if (zcf_shared_memory_map(fd, sizeof(*producer->handover), PROT_READ | PROT_WRITE, &base) < 0)
		return refuse(producer, "its state cannot be mapped");
	const char *misfit = find_misfit(producer, options, base);
	int own_fd = misfit ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own_fd < 0) {
		zcf_shared_memory_unmap(base, sizeof(*producer->handover));
		return refuse(producer, misfit ? misfit : strerror(errno));
	}
	producer->handover = base;
	producer->handover_fd = own_fd;
	return 0;
}

static int make_state(struct zcf_producer *producer)
{
	void *base;
	int error = zcf_shared_memory_create("zcframe-handover", sizeof(*producer->handover), ZCF_SHARED_PEERS_WRITE,
					     &producer->handover_fd, &base);

	if (error == 0)
		producer->handover = base;
	return error;
}

static void continue_counting(struct zcf_producer *producer)
{
	const struct zcf_handover *handover = producer->handover;

	producer->sequence = atomic_load_explicit(&handover->sequence, memory_order_relaxed);
	producer->last_frame_number = handover->last_frame_number;
	producer->created_ns = handover->created_ns;
	producer->last_lane_id = handover->last_consumer_id;
	producer->attached_total = handover->attached_total;
	producer->refused_total = handover->refused_total;
	producer->skipped = handover->skipped;
	producer->revoked = handover->revoked;
}

/* The old board, to wake those who sleep on it: that needs no more than to read it. */
static void map_predecessor(struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	int fd = find_kept(producer, options, "board");
	void *base;

	if (fd < 0 || zcf_shared_memory_map(fd, sizeof(struct zcf_board), PROT_READ, &base) < 0)
		return;
	producer->predecessor = base;
	producer->predecessor_until_ns = zcf_now_ns() + PREDECESSOR_TIME_NS;
}

int zcf_handover_begin(struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	producer->keep = options->keep;
	producer->keep_context = options->keep_context;
	producer->takeover = -ENOENT;
	if (!options->keep)
		return 0;
	producer->takeover = take_state(producer, options);
	if (producer->takeover == 0) {
		continue_counting(producer);
		map_predecessor(producer, options);
		return 0;
	}
	return make_state(producer);
}

uint64_t zcf_handover_epoch(const struct zcf_producer *producer)
{
	return producer->takeover >= 0 ? producer->handover->epoch : 0;
}

int zcf_handover_open_endpoint(struct zcf_producer *producer, const struct zcf_producer_options *options,
			       const char *directory, const struct zcf_endpoint_permissions *permissions)
{
	int fd = find_kept(producer, options, "socket");

	if (fd >= 0 && producer->takeover >= 0 && is_socket(fd, 1)) {
		producer->endpoint.device = (dev_t)producer->handover->endpoint_device;
		producer->endpoint.inode = (ino_t)producer->handover->endpoint_inode;
		if (zcf_endpoint_adopt(directory, producer->channel, permissions, fd, &producer->endpoint) == 0)
			return 0;
	}
	/* What listens there must not any more, or the name would seem to be another producer's. */
	if (fd >= 0 && is_socket(fd, 1))
		shutdown(fd, SHUT_RDWR);
	return zcf_endpoint_open(directory, producer->channel, permissions, &producer->endpoint);
}

/* Write down what this life of the channel is like, over what was there. */
static void describe_life(struct zcf_producer *producer)
{
	struct zcf_handover *handover = producer->handover;
	const struct zcf_board *board = producer->board;

	handover->protocol_major = ZCF_PROTOCOL_MAJOR;
	handover->protocol_minor = ZCF_PROTOCOL_MINOR;
	handover->size_bytes = sizeof(*handover);
	handover->epoch = board->epoch;
	handover->frame_interval_ns = board->frame_interval_ns;
	memcpy(handover->channel, producer->channel, sizeof(handover->channel));
	memcpy(handover->backend, board->backend, sizeof(handover->backend));
	handover->format = producer->pool->format;
	handover->buffer_count = producer->pool->buffer_count;
	handover->endpoint_device = producer->endpoint.device;
	handover->endpoint_inode = producer->endpoint.inode;
	handover->created_ns = producer->created_ns;
	handover->magic = ZCF_HANDOVER_MAGIC;
}

/* One consumer of the predecessor's: send it what is new, or close its socket, and it will attach by itself. */
static bool take_consumer(struct zcf_producer *producer, const struct zcf_producer_options *options, uint32_t index)
{
	struct zcf_handover_consumer *record = &producer->handover->consumers[index];
	/* Acquire pairs with the release in zcf_handover_note(), of a process that is gone: the record is complete. */
	uint64_t id = atomic_load_explicit(&record->id, memory_order_acquire);
	char what[40];

	if (id == 0)
		return false;
	snprintf(what, sizeof(what), "consumer-%llu", (unsigned long long)id);
	int kept_fd = find_kept(producer, options, what);
	int socket_fd = kept_fd >= 0 && is_socket(kept_fd, 0) ? fcntl(kept_fd, F_DUPFD_CLOEXEC, 0) : -1;
	bool confirmed = atomic_load_explicit(&record->confirmed, memory_order_relaxed) != 0;

	if (socket_fd >= 0 && confirmed && id <= producer->last_lane_id &&
	    zcf_producer_readmit(producer, index, socket_fd, record) == 0)
		return true;
	if (socket_fd >= 0) {
		shutdown(socket_fd, SHUT_RDWR);
		close(socket_fd);
	}
	zcf_handover_forget(producer, index);
	keep_consumer(producer, id, -1);
	return false;
}

/* Every consumer of a predecessor that does not fit has to attach anew. */
static void hang_up_on_all(const struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	size_t length = strlen(producer->channel);

	for (size_t i = 0; i < options->kept_count; i++) {
		const struct zcf_kept_fd *kept = &options->kept[i];

		if (kept->fd < 0 || strncmp(kept->name, producer->channel, length) != 0 ||
		    strncmp(kept->name + length, "/consumer-", 10) != 0)
			continue;
		if (is_socket(kept->fd, 0))
			shutdown(kept->fd, SHUT_RDWR);
		producer->keep(producer->keep_context, kept->name, -1);
	}
}

static void wake_predecessor(const struct zcf_producer *producer)
{
	syscall(SYS_futex, &producer->predecessor->event, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void zcf_handover_finish(struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	int taken = 0;

	if (!producer->keep)
		return;
	if (producer->takeover == 0) {
		for (uint32_t i = 0; i < ZCF_MAX_CONSUMERS; i++)
			taken += take_consumer(producer, options, i);
		producer->takeover = taken;
	} else {
		hang_up_on_all(producer, options);
	}
	describe_life(producer);
	keep(producer, "socket", producer->endpoint.fd);
	keep(producer, "state", producer->handover_fd);
	keep(producer, "board", producer->board_fd);
	if (producer->predecessor)
		wake_predecessor(producer);
}

void zcf_handover_publish(struct zcf_producer *producer, uint64_t frame_number, uint64_t now_ns)
{
	if (!producer->handover)
		return;
	/* Before P1: after a SIGKILL anywhere, no consumer has seen a sequence beyond this. */
	atomic_store_explicit(&producer->handover->sequence, producer->sequence, memory_order_relaxed);
	producer->handover->last_frame_number = frame_number;
	producer->handover->skipped = producer->skipped;
	if (!producer->predecessor)
		return;
	/* One that was just about to sleep when the others were woken sleeps on the old board now. */
	wake_predecessor(producer);
	if (now_ns > producer->predecessor_until_ns) {
		zcf_shared_memory_unmap((void *)producer->predecessor, sizeof(struct zcf_board));
		producer->predecessor = NULL;
	}
}

void zcf_handover_note(struct zcf_producer *producer, const struct zcf_producer_lane *lane,
		       const struct zcf_message_hello *hello)
{
	if (!producer->handover)
		return;
	struct zcf_handover_consumer *record = &producer->handover->consumers[lane->index];
	producer->handover->last_consumer_id = producer->last_lane_id;
	producer->handover->attached_total = producer->attached_total;
	producer->handover->refused_total = producer->refused_total;
	record->attached_ns = lane->attached_ns;
	record->hello = *hello;
	atomic_store_explicit(&record->confirmed, 0, memory_order_relaxed);
	zcf_handover_count(producer, lane);
	/* Release pairs with the acquire in take_consumer(), of our successor. */
	atomic_store_explicit(&record->id, lane->id, memory_order_release);
	keep_consumer(producer, lane->id, lane->socket_fd);
}

void zcf_handover_count(struct zcf_producer *producer, const struct zcf_producer_lane *lane)
{
	if (!producer->handover)
		return;
	producer->handover->consumers[lane->index].revoked = lane->revoked;
	producer->handover->consumers[lane->index].skips_caused = lane->skips_caused;
	producer->handover->revoked = producer->revoked;
	producer->handover->skipped = producer->skipped;
}

void zcf_handover_confirm(struct zcf_producer *producer, const struct zcf_producer_lane *lane)
{
	if (producer->handover)
		atomic_store_explicit(&producer->handover->consumers[lane->index].confirmed, 1, memory_order_relaxed);
}

void zcf_handover_forget(struct zcf_producer *producer, uint32_t index)
{
	/* Pairs with take_consumer(), as above. */
	if (producer->handover)
		atomic_store_explicit(&producer->handover->consumers[index].id, 0, memory_order_release);
}

void zcf_handover_lane_closed(struct zcf_producer *producer, const struct zcf_producer_lane *lane)
{
	if (!producer->keep)
		return;
	zcf_handover_forget(producer, lane->index);
	/* The service manager has the socket too: closing ours alone would not tell the consumer. */
	if (lane->socket_fd >= 0)
		shutdown(lane->socket_fd, SHUT_RDWR);
	keep_consumer(producer, lane->id, -1);
}

void zcf_handover_end(struct zcf_producer *producer, bool successor_expected)
{
	if (producer->keep && !successor_expected) {
		if (producer->endpoint.fd >= 0)
			shutdown(producer->endpoint.fd, SHUT_RDWR);
		keep(producer, "socket", -1);
		keep(producer, "state", -1);
		keep(producer, "board", -1);
	}
	zcf_shared_memory_unmap((void *)producer->predecessor, sizeof(struct zcf_board));
	zcf_shared_memory_unmap(producer->handover, sizeof(*producer->handover));
	producer->predecessor = NULL;
	producer->handover = NULL;
	if (producer->handover_fd >= 0)
		close(producer->handover_fd);
	producer->handover_fd = -1;
}

int zcf_producer_get_takeover(const struct zcf_producer *producer, const char **ret_detail)
{
	if (ret_detail)
		*ret_detail = producer->takeover_detail;
	return producer->takeover;
}
