/* SPDX-License-Identifier: Apache-2.0 */
/* A channel's life: making the board over a pool, opening the endpoint, closing both. */
#include "producer/producer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "format.h"
#include "pages.h"
#include "transport/runtime_directory.h"
#include "transport/shared_memory.h"
#include "zcframe/version.h"

#define DEFAULT_LEASE_DEADLINE_NS (66 * ZCF_NS_PER_MS)
#define DEFAULT_SOCKET_MODE       0660

void zcf_producer_options_init(struct zcf_producer_options *options)
{
	*options = (struct zcf_producer_options){
		.struct_size = sizeof(*options),
		.max_consumers = ZCF_MAX_CONSUMERS,
		.socket_mode = DEFAULT_SOCKET_MODE,
		.socket_owner = (uid_t)-1,
		.socket_group = (gid_t)-1,
	};
}

static int check_options(const char *channel, const struct zcf_pool *pool, const struct zcf_producer_options *options)
{
	int error = zcf_channel_name_check(channel);

	if (error < 0)
		return error;
	if (options->struct_size != sizeof(*options))
		return zcf_fail(-EINVAL, "channel %s: fill the options with zcf_producer_options_init() first",
				channel);
	if (options->max_consumers < 1 || options->max_consumers > ZCF_MAX_CONSUMERS)
		return zcf_fail(-EINVAL, "channel %s: at most %u consumers: must be 1 to %d", channel,
				options->max_consumers, ZCF_MAX_CONSUMERS);
	if (options->socket_mode & ~(mode_t)0777)
		return zcf_fail(-EINVAL, "channel %s: socket mode %o: must be 0 to 0777", channel,
				(unsigned)options->socket_mode);
	if (pool->in_use)
		return zcf_fail(-EBUSY, "channel %s: the pool serves another channel already", channel);
	return 0;
}

/* Two frame intervals, as the design has it. */
static uint64_t choose_deadline_ns(const struct zcf_producer_options *options)
{
	if (options->lease_deadline_ns)
		return options->lease_deadline_ns;
	return options->frame_interval_ns ? 2 * options->frame_interval_ns : DEFAULT_LEASE_DEADLINE_NS;
}

static int make_board(struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	const struct zcf_pool *pool = producer->pool;
	void *base;

	producer->board_size_bytes =
		zcf_round_up_to_page(sizeof(struct zcf_board) + pool->buffer_count * sizeof(struct zcf_board_slot));
	int error = zcf_shared_memory_create("zcframe-board", producer->board_size_bytes, ZCF_SHARED_PEERS_READ,
					     &producer->board_fd, &base);
	if (error < 0)
		return error;
	struct zcf_board *board = producer->board = base;
	board->magic = ZCF_BOARD_MAGIC;
	board->protocol_major = ZCF_PROTOCOL_MAJOR;
	board->protocol_minor = ZCF_PROTOCOL_MINOR;
	board->board_size_bytes = producer->board_size_bytes;
	board->epoch = zcf_handover_epoch(producer);
	if (board->epoch == 0)
		board->epoch = zcf_clock_ns(CLOCK_REALTIME) | 1; /* never 0 */
	board->frame_interval_ns = options->frame_interval_ns;
	board->lease_deadline_ns = choose_deadline_ns(options);
	board->slots_offset_bytes = offsetof(struct zcf_board, slots);
	board->slot_size_bytes = sizeof(struct zcf_board_slot);
	board->buffer_count = pool->buffer_count;
	board->producer_pid = getpid();
	board->format = pool->format;
	memcpy(board->channel, producer->channel, sizeof(board->channel));
	strncpy(board->backend, pool->backend->name, sizeof(board->backend) - 1);
	/* What there is already; the camera's own buffers follow as they show themselves. */
	for (uint32_t i = 0; i < pool->buffer_count; i++)
		board->slots[i].record = pool->buffers[i].memory.record;
	return 0;
}

static int open_sockets(struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	struct zcf_endpoint_permissions permissions = {options->socket_mode, options->socket_owner,
						       options->socket_group};
	char directory[512];
	int error = zcf_runtime_directory_resolve(options->runtime_directory, directory, sizeof(directory));

	if (error < 0)
		return error;
	producer->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	producer->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (producer->epoll_fd < 0 || producer->spare_fd < 0)
		return zcf_fail(-errno, "channel %s: %s", producer->channel, strerror(errno));
	error = zcf_handover_open_endpoint(producer, options, directory, &permissions);
	if (error < 0)
		return error;
	return zcf_producer_watch(producer, producer->endpoint.fd, ZCF_WATCH_ENDPOINT, 0);
}

/*
 * All buffers are free at first, or with the camera if they are its own, whatever a producer before this one did with
 * the pool.
 */
static void take_pool(struct zcf_pool *pool)
{
	pool->in_use = true;
	for (uint32_t i = 0; i < pool->buffer_count; i++) {
		pool->buffers[i].place = pool->camera_owned ? ZCF_BUFFER_WITH_SOURCE : ZCF_BUFFER_FREE;
		pool->buffers[i].sequence = 0;
		pool->buffers[i].closed = false;
		pool->buffers[i].recorded = pool->buffers[i].memory.base != NULL;
		pool->buffers[i].has_pool_format = zcf_format_equal(&pool->buffers[i].memory.format, &pool->format);
	}
}

/*
 * The pool is about to be written to again. Whoever still holds a frame of the producer before learns from that one's
 * board that the frame is void.
 */
static void retire_last_board(struct zcf_pool *pool)
{
	if (!pool->last_board)
		return;
	for (uint32_t i = 0; i < pool->buffer_count; i++) {
		_Atomic uint64_t *generation = &pool->last_board->slots[i].generation;

		/* As W4 in leases.c. 0 stays: that there was a frame would mean that there is a record, too. */
		if (atomic_load_explicit(generation, memory_order_relaxed))
			atomic_store_explicit(generation, ZCF_GENERATION_GONE, memory_order_relaxed);
	}
	/* As W5: what the source writes from here on is written after that. */
	atomic_thread_fence(memory_order_seq_cst);
	zcf_shared_memory_unmap(pool->last_board, pool->last_board_size_bytes);
	pool->last_board = NULL;
}

/* Consumers keep what they hold as long as nobody writes there: so the board is kept as long as the pool. */
static void leave_board(struct zcf_producer *producer)
{
	if (producer->sequence == 0) {
		zcf_shared_memory_unmap(producer->board, producer->board_size_bytes);
		return;
	}
	producer->pool->last_board = producer->board;
	producer->pool->last_board_size_bytes = producer->board_size_bytes;
	/* The camera may write into buffers of its own from now on, whoever reads them. */
	if (producer->pool->camera_owned)
		retire_last_board(producer->pool);
}

int zcf_producer_create(const char *channel, struct zcf_pool *pool, const struct zcf_producer_options *options,
			struct zcf_producer **ret_producer)
{
	struct zcf_producer_options defaults;
	int error;

	if (!options) {
		zcf_producer_options_init(&defaults);
		options = &defaults;
	}
	error = check_options(channel, pool, options);
	if (error < 0)
		return error;
	struct zcf_producer *producer = zcf_pages_create(sizeof(*producer));
	if (!producer)
		return zcf_fail(-ENOMEM, "channel %s: out of memory", channel);
	strncpy(producer->channel, channel, sizeof(producer->channel) - 1);
	producer->pool = pool;
	producer->max_consumers = options->max_consumers;
	producer->created_ns = zcf_now_ns();
	producer->board_fd = producer->epoll_fd = producer->spare_fd = producer->endpoint.fd = -1;
	producer->handover_fd = -1;
	for (int i = 0; i < ZCF_MAX_HANDSHAKES; i++)
		producer->handshakes[i].socket_fd = -1;
	take_pool(pool);
	error = zcf_producer_set_allowed(producer, options);
	if (error == 0)
		error = zcf_handover_begin(producer, options);
	if (error == 0)
		error = make_board(producer, options);
	if (error == 0)
		error = open_sockets(producer, options);
	if (error < 0) {
		zcf_producer_destroy(producer);
		return error;
	}
	retire_last_board(pool);
	zcf_handover_finish(producer, options);
	*ret_producer = producer;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* What is ours alone, whether consumers go on or not. */
static void free_producer(struct zcf_producer *producer)
{
	for (int i = 0; i < ZCF_MAX_HANDSHAKES; i++)
		close_fd(producer->handshakes[i].socket_fd);
	if (producer->board) {
		/* As P3. Release pairs with S0: sleepers find their socket closed when they wake. */
		atomic_fetch_add_explicit(&producer->board->event, 1, memory_order_release);
		syscall(SYS_futex, &producer->board->event, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
		leave_board(producer);
	}
	close_fd(producer->board_fd);
	close_fd(producer->spare_fd);
	close_fd(producer->epoll_fd);
	producer->pool->in_use = false;
	free(producer->allowed_users);
	free(producer->allowed_groups);
	zcf_pages_destroy(producer, sizeof(*producer));
}

void zcf_producer_destroy(struct zcf_producer *producer)
{
	if (!producer)
		return;
	/* The name goes first: whom we hang up on will look for our successor. */
	zcf_handover_end(producer, false);
	zcf_endpoint_close(&producer->endpoint);
	while (producer->lanes_in_use)
		zcf_producer_detach(producer, &producer->lanes[__builtin_ctzll(producer->lanes_in_use)],
				    ZCF_EVENT_DETACHED, "the producer closed the channel");
	free_producer(producer);
}

void zcf_producer_hand_over(struct zcf_producer *producer)
{
	if (!producer)
		return;
	if (!producer->keep) {
		zcf_producer_destroy(producer);
		return;
	}
	zcf_handover_end(producer, true);
	/* The name stays, and so do the sockets: others have them too. */
	close_fd(producer->endpoint.fd);
	while (producer->lanes_in_use)
		zcf_producer_leave_lane(producer, &producer->lanes[__builtin_ctzll(producer->lanes_in_use)]);
	free_producer(producer);
}

int zcf_producer_get_fd(const struct zcf_producer *producer)
{
	return producer->epoll_fd;
}

uint32_t zcf_producer_get_consumer_count(const struct zcf_producer *producer)
{
	return (uint32_t)__builtin_popcountll(producer->lanes_in_use);
}

uint64_t zcf_producer_get_epoch(const struct zcf_producer *producer)
{
	return producer->board->epoch;
}

void zcf_producer_set_listener(struct zcf_producer *producer,
			       void (*listener)(void *context, const struct zcf_event *event), void *context)
{
	producer->listener = listener;
	producer->listener_context = context;
}
