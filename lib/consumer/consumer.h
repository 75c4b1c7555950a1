/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A consumer, and its attachment to one life of a producer.
 *
 *   consumer.c    open, close, acquire: the order of things     lease.c  taking and giving back leases
 *   attachment.c  handshake, mapping and unmapping              wait.c   sleeping until a wanted frame comes
 *   link.c        finding a producer, noticing that it went     rate.c   which frames are wanted
 *   poll.c        the pollable descriptor                       query.c  asking for a snapshot
 *   beat.c        when the next frame is due                    lock.h   one acquire at a time
 *   copy_out.c    frames copied into memory of our own
 *
 * The attachment is counted: frames that are still held keep the memory of a producer that died mapped, while
 * the consumer already talks to the next one.
 */
#ifndef ZCF_CONSUMER_INTERNAL_H
#define ZCF_CONSUMER_INTERNAL_H

#include <pthread.h>

#include "abi/board.h"
#include "abi/lane.h"
#include "abi/message.h"
#include "backend/backend.h"
#include "consumer/beat.h"
#include "consumer/fork_guard.h"
#include "consumer/lock.h"
#include "hot.h"
#include "zcframe/consumer.h"

struct zcf_attachment;

/* A frame that is held. It lives in its attachment: acquiring allocates nothing. */
struct zcf_frame {
	struct zcf_attachment *attachment;
	uint32_t slot; /* Its hold word's, in the lane. */
	_Atomic uint32_t holders;
	bool is_copy;        /* What it shows is `copy`; its lease is over. */
	bool has_own_format; /* `info` does not have the channel's. */
	uint64_t latency_ns; /* From being published to being acquired. */
	struct zcf_frame_info info;
	struct zcf_backend_copy copy;
};

/* Begins on a page of its own. What an acquire touches comes first, so that it is all in that page. */
struct zcf_attachment {
	_Atomic uint32_t references; /* The consumer, and each held frame. */
	int socket_fd;
	bool superseded; /* A successor's attachment has the same socket. */
	const struct zcf_board *board;
	struct zcf_lane *lane;
	const struct zcf_backend *backend;
	_Atomic uint32_t free_slots; /* Bit i: frame i is not in use, nor hold word i without copy-out. */
	uint32_t lane_index;
	uint32_t frame_count; /* Of `frames`: as many as were granted or, with copy-out, asked for. */
	bool copies_out;
	uint32_t hangups_seen;     /* The board's `hangups` when we last looked at our socket. */
	uint64_t acquired, missed; /* As they stand in the lane. */
	struct zcf_fork_guard fork_guard;
	uint64_t fitting;              /* Bit i: the channel's format has been checked against buffer i. */
	struct zcf_consumer_info info; /* As it was on the board when we attached, and checked then. */
	_Atomic uint64_t stale;
	struct zcf_frame frames[ZCF_MAX_LEASES];
	struct zcf_backend_mapping buffers[ZCF_MAX_BUFFERS];
	uint64_t board_size_bytes;
	char channel[ZCF_CHANNEL_NAME_SIZE];
};

enum zcf_order {
	ZCF_ORDER_NEWEST,
	ZCF_ORDER_NEXT,
};

/* Begins on a page of its own, with what an acquire touches. */
struct zcf_consumer {
	struct zcf_lock lock; /* All that is not atomic, from opening on. Whoever acquires has it, asleep too. */
	_Atomic uint32_t interrupted;
	/* NULL while there is no producer. Changed under both locks, so either is enough to read it. */
	struct zcf_attachment *attachment;
	struct zcf_fork_guard fork_guard;
	uint64_t last_sequence; /* Of the frame that was acquired last, in last_epoch. */
	_Atomic uint64_t acquired;
	_Atomic uint64_t missed;
	_Atomic(const _Atomic uint32_t *) sleeping_on; /* The futex word of the thread that sleeps. */
	uint32_t sleep_count;
	bool discontinuity; /* The next frame is the first of a new epoch. */
	enum zcf_rate rate;
	uint32_t rate_value;
	uint64_t next_due_ns; /* For ZCF_RATE_AT_MOST_MILLIHERTZ. */
	uint64_t spin_ns;
	struct zcf_beat beat;
	struct zcf_message_hello hello;

	pthread_mutex_t attachment_lock; /* Never held for long: questions are answered while others wait. */
	int pending_fd;                  /* A socket on which we wait for WELCOME; -1: none. */
	uint64_t next_attempt_ns;        /* Not before this do we try to connect again. */
	uint64_t attempt_wait_ns;
	uint64_t last_link_check_ns;
	uint64_t last_epoch;
	_Atomic uint64_t copied;
	_Atomic uint64_t reattached;
	_Atomic uint64_t stale; /* Of the attachments before this one. */
	uint32_t copy_count;    /* Frames to hold at once with copy-out; 0: without. */
	int poll_fd;            /* epoll; -1: nobody asked for it. */
	int timer_fd;           /* In poll_fd: when to try again, or at once. */
	char channel[ZCF_CHANNEL_NAME_SIZE];
	char runtime_directory[108];
};

/* Add to a counter that has one writer at a time: that needs no locked instruction. */
static inline void zcf_count(_Atomic uint64_t *counter, uint64_t amount)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount,
			      memory_order_relaxed);
}

/* attachment.c */
int zcf_attachment_create(struct zcf_consumer *consumer, int socket_fd, const struct zcf_message_welcome *welcome,
			  const int *fds, size_t fd_count, struct zcf_attachment **ret_attachment);
void zcf_attachment_unref(struct zcf_attachment *attachment);
/* Map one buffer; `fd` is -1 for backends that send none. */
int zcf_attachment_import(struct zcf_attachment *attachment, uint32_t index, int fd);
/* consumer.c: what a forked child is told that uses its parent's consumer. */
int zcf_fail_in_child(const struct zcf_consumer *consumer);

/* link.c: one step towards a producer, without blocking. 0: attached; -EINPROGRESS: it has not answered yet; -ENOENT:
 * there is none; or why it would not have us. */
int zcf_consumer_attach_step(struct zcf_consumer *consumer);
/* Notice that the producer hung up, or that a successor took over: then the attachment is another one. Returns whether
 * we are still attached. */
bool zcf_consumer_check_link(struct zcf_consumer *consumer);
void zcf_consumer_detach(struct zcf_consumer *consumer);
/* Hang up, also if a forked child has a copy of the socket. */
void zcf_link_close(int socket_fd, const struct zcf_fork_guard *fork_guard);

/* lease.c: 0, or -EAGAIN if no wanted frame is offered, -ENOBUFS, -EPROTO. */
int zcf_consumer_take_lease(struct zcf_consumer *consumer, enum zcf_order order, struct zcf_frame **ret_frame);
/* Whether a wanted frame seems to be offered. */
bool zcf_consumer_sees_frame(struct zcf_consumer *consumer);
/* Whether that is so of the newest one: two loads, where the other looks at every buffer. After most sleeps they settle
 * it. */
bool zcf_consumer_sees_newest(const struct zcf_consumer *consumer);

void zcf_frame_set_format(struct zcf_frame *frame, const struct zcf_format *format);

/* A plane in the memory that the camera wrote, whether the lease still stands or not. */
const void *zcf_frame_get_leased_plane(const struct zcf_frame *frame, uint32_t plane);

/* copy_out.c: room for a copy in each frame, as far as the buffers' sizes are known. */
int zcf_copy_out_prepare(struct zcf_attachment *attachment);
void zcf_copy_out_destroy(struct zcf_attachment *attachment);
/* Copy a frame whose lease stands. 0: it is a copy now; -ESTALE: revoked meanwhile; -ENOMEM. */
int zcf_copy_out(struct zcf_frame *frame);

/* wait.c: until something may have changed or `until_ns`. 0, or -EINTR. */
int zcf_consumer_wait_for_frame(struct zcf_consumer *consumer, uint64_t until_ns);
int zcf_consumer_wait_for_producer(struct zcf_consumer *consumer, uint64_t until_ns);
/* Say in the lane what we wait for and how. */
void zcf_consumer_announce_wait(struct zcf_consumer *consumer, enum zcf_lane_waiting mode);
bool zcf_consumer_take_interrupt(struct zcf_consumer *consumer);

/* poll.c: keep the pollable descriptor true to the state. No-ops if nobody asked for it. */
void zcf_consumer_poll_add(struct zcf_consumer *consumer, int socket_fd);
void zcf_consumer_poll_remove(struct zcf_consumer *consumer, int socket_fd);
void zcf_consumer_poll_rearm(struct zcf_consumer *consumer);

/* rate.c. Most rates leave nothing out. */
static inline bool zcf_rate_leaves_out(const struct zcf_consumer *consumer)
{
	return consumer->rate == ZCF_RATE_EVERY_NTH || consumer->rate == ZCF_RATE_AT_MOST_MILLIHERTZ;
}

bool zcf_rate_wants_sequence(const struct zcf_consumer *consumer, uint64_t sequence);
bool zcf_rate_wants_time(const struct zcf_consumer *consumer, uint64_t publish_ns);
uint64_t zcf_rate_next_sequence(const struct zcf_consumer *consumer);
uint64_t zcf_rate_next_time_ns(const struct zcf_consumer *consumer);
uint64_t zcf_rate_interval_ns(const struct zcf_consumer *consumer);
/* A frame was acquired: count what was missed and plan the next. */
void zcf_rate_advance(struct zcf_consumer *consumer, uint64_t sequence, uint64_t publish_ns);

#endif
