/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The producer's private memory: the truth about buffers, consumers and leases. Nothing of it is shared, so
 * nothing of it has to be repaired when a consumer dies.
 *
 *   producer.c  create, destroy, the board            lanes.c    consumers come and go
 *   leases.c    who holds what; taking buffers back   control.c  the socket: handshake, messages, liveness
 *   publish.c   offering a frame, waking              report.c   snapshot and events
 *   callers.c   who may call, and how often
 *   handover.c  what a restart leaves to the next     watch.c    how each consumer does
 */
#ifndef ZCF_PRODUCER_INTERNAL_H
#define ZCF_PRODUCER_INTERNAL_H

#include "abi/board.h"
#include "abi/handover.h"
#include "abi/lane.h"
#include "abi/message.h"
#include "pool.h"
#include "transport/endpoint.h"
#include "zcframe/producer.h"

#define ZCF_MAX_HANDSHAKES 16
/* A channel's name, a slash, and "consumer-" with a number. */
#define ZCF_KEPT_NAME_SIZE (ZCF_CHANNEL_NAME_SIZE + 40)

/* A lease as the producer has seen it in a lane. */
struct zcf_producer_lease {
	uint64_t word; /* Frame word; 0: none. */
	uint64_t start_ns;
};

/* What the producer has seen in one hold word. */
struct zcf_producer_hold {
	struct zcf_producer_lease seen;  /* As it stands there, a lease or not. */
	struct zcf_producer_lease lease; /* While it names a frame that is there. */
};

/* One attached consumer, beginning with what every frame touches: one cache line if it may hold one frame. */
struct zcf_producer_lane {
	_Alignas(64) const struct zcf_lane *memory;
	uint32_t index;
	uint32_t max_leases;
	uint64_t lease_deadline_ns;
	struct zcf_producer_hold holds[ZCF_MAX_LEASES];
	uint64_t id; /* 0: this entry is unused */
	int socket_fd;
	int pid_fd; /* -1 if the kernel has none: then only the socket tells of its death */
	bool copies_out;
	uint32_t noticed; /* The `waiting` word that the last notice answered. */
	uint64_t revoked;
	uint64_t skips_caused;
	uint64_t attached_ns;
	/* How it does, as of the last look; watch.c. */
	enum zcf_consumer_state state;
	uint64_t window_sequence;
	uint64_t window_missed;
	uint64_t window_revoked;
	uint64_t slow_until_ns;
	bool brings_account; /* It came along from the producer before, and has not said yet what it missed there. */
	uint64_t budget_ns;  /* When its allowance of messages will be full again, see control.c. */
	int32_t pid;
	uint32_t uid;
	uint32_t rate;
	uint32_t rate_value;
	char label[ZCF_LABEL_SIZE];
};

/* A connection that has not said what it wants yet. */
struct zcf_handshake {
	int socket_fd; /* -1: unused */
	uint32_t uid;
	uint64_t since_ns;
};

/* Who is at the other end of a socket, as the kernel says. */
struct zcf_caller {
	int32_t pid;
	uint32_t uid;
	uint32_t gid;
};

/* How many calls of a user's are left, see callers.c. With more users at a time the quietest is forgotten. */
#define ZCF_CALL_BUDGETS 16

struct zcf_call_budget {
	uint32_t uid;
	uint64_t full_ns; /* When it will be full again; 0: unused. */
};

/* Begins on a page of its own, with what every frame touches. */
struct zcf_producer {
	struct zcf_pool *pool;
	struct zcf_board *board;
	struct zcf_buffer *newest; /* NULL: none, or taken back. */
	uint64_t sequence;
	uint64_t unreported_skips; /* Since the last publish. */
	uint64_t lanes_in_use;     /* Bit i: lanes[i]. */
	uint64_t wake_calls;
	uint64_t last_frame_number;
	uint64_t last_publish_ns;
	float last_brightness_avg;
	struct zcf_handover *handover; /* For a successor; NULL: nobody keeps anything. */
	/* Who holds buffer i, as of the last scan: bit l is lanes[l]. */
	uint64_t holders[ZCF_MAX_BUFFERS];
	uint64_t overdue_holders[ZCF_MAX_BUFFERS];
	struct zcf_producer_lane lanes[ZCF_MAX_CONSUMERS];

	char channel[ZCF_CHANNEL_NAME_SIZE];
	size_t board_size_bytes;
	int board_fd;
	int epoll_fd;
	int spare_fd; /* Given up for a moment to refuse a caller when there are no more descriptors. */
	struct zcf_endpoint endpoint;

	uint32_t max_consumers;
	uint64_t last_lane_id;
	uint32_t max_consumers_per_user;
	uint32_t *allowed_users, *allowed_groups;
	size_t allowed_user_count, allowed_group_count;
	struct zcf_handshake handshakes[ZCF_MAX_HANDSHAKES];
	struct zcf_call_budget call_budgets[ZCF_CALL_BUDGETS];

	uint64_t created_ns;

	uint64_t skipped;
	uint64_t revoked;
	uint64_t notice_calls;
	uint64_t attached_total;
	uint64_t refused_total;
	uint64_t dropped_calls;
	uint64_t source_silences;

	/* handover.c */
	void (*keep)(void *context, const char *name, int fd); /* NULL: nobody keeps anything. */
	void *keep_context;
	int handover_fd;
	const struct zcf_board *predecessor; /* Whose sleepers are still to be woken; NULL: none. */
	uint64_t predecessor_until_ns;
	int takeover; /* Consumers that came along, or why nothing did. */
	char takeover_detail[160];

	void (*listener)(void *context, const struct zcf_event *event);
	void *listener_context;
	struct zcf_message_snapshot answer; /* Room for the answer to a query: it is too large for the stack. */
};

/* The lowest lane of a mask, which is then taken out of it. */
static inline uint32_t zcf_take_lane(uint64_t *mask)
{
	uint32_t index = (uint32_t)__builtin_ctzll(*mask);

	*mask &= *mask - 1;
	return index;
}

/* leases.c */
void zcf_producer_scan_leases(struct zcf_producer *producer, uint64_t now_ns);

/* publish.c: wake every consumer that sleeps and wants the newest frame. Returns the futex bits that were woken. */
uint32_t zcf_producer_wake(struct zcf_producer *producer, uint64_t now_ns);

/* lanes.c */
uint32_t zcf_producer_granted_leases(const struct zcf_producer *producer);
int zcf_producer_attach(struct zcf_producer *producer, int socket_fd, const struct zcf_message_hello *hello);
void zcf_producer_detach(struct zcf_producer *producer, struct zcf_producer_lane *lane, enum zcf_event_kind kind,
			 const char *detail);

/* Let go of a lane without a word to its consumer. */
void zcf_producer_leave_lane(struct zcf_producer *producer, struct zcf_producer_lane *lane);
/* Take up a consumer of the producer before, on its own socket. The socket is ours if that succeeds. */
int zcf_producer_readmit(struct zcf_producer *producer, uint32_t index, int socket_fd,
			 const struct zcf_handover_consumer *record);

/* callers.c */
bool zcf_producer_identify_caller(int socket_fd, struct zcf_caller *ret_caller);
bool zcf_producer_allows_caller(const struct zcf_producer *producer, int socket_fd, const struct zcf_caller *caller);
/* Whether the user has a call left; counts it. */
bool zcf_producer_spend_call(struct zcf_producer *producer, uint32_t uid, uint64_t now_ns);
uint32_t zcf_producer_count_user(const struct zcf_producer *producer, uint32_t uid);
int zcf_producer_set_allowed(struct zcf_producer *producer, const struct zcf_producer_options *options);

/* handover.c, in the order of a life. All of it does nothing where nobody keeps anything. */
int zcf_handover_begin(struct zcf_producer *producer, const struct zcf_producer_options *options);
/* That of the producer before; 0: a new one is to begin. */
uint64_t zcf_handover_epoch(const struct zcf_producer *producer);
int zcf_handover_open_endpoint(struct zcf_producer *producer, const struct zcf_producer_options *options,
			       const char *directory, const struct zcf_endpoint_permissions *permissions);
void zcf_handover_finish(struct zcf_producer *producer, const struct zcf_producer_options *options);
void zcf_handover_publish(struct zcf_producer *producer, uint64_t frame_number, uint64_t now_ns);
void zcf_handover_note(struct zcf_producer *producer, const struct zcf_producer_lane *lane,
		       const struct zcf_message_hello *hello);
void zcf_handover_count(struct zcf_producer *producer, const struct zcf_producer_lane *lane);
void zcf_handover_confirm(struct zcf_producer *producer, const struct zcf_producer_lane *lane);
void zcf_handover_forget(struct zcf_producer *producer, uint32_t index);
void zcf_handover_lane_closed(struct zcf_producer *producer, const struct zcf_producer_lane *lane);
void zcf_handover_end(struct zcf_producer *producer, bool successor_expected);

/* watch.c: a consumer that came along has said what it has counted so far; from here on it is judged. */
void zcf_producer_begin_judging(const struct zcf_producer *producer, struct zcf_producer_lane *lane);

/* control.c: what an epoll event is about. */
enum zcf_watch_kind {
	ZCF_WATCH_ENDPOINT,
	ZCF_WATCH_HANDSHAKE,
	ZCF_WATCH_LANE,
};

int zcf_producer_watch(struct zcf_producer *producer, int fd, enum zcf_watch_kind kind, uint32_t index);
/* Before a descriptor is closed that others may have too, if only a forked child: epoll goes on about it until the last
 * of them closes it. */
void zcf_producer_unwatch(const struct zcf_producer *producer, int fd);
void zcf_producer_refuse(struct zcf_producer *producer, int socket_fd, int error, const char *detail);

/* report.c */
void zcf_producer_describe_lane(const struct zcf_producer_lane *lane, struct zcf_snapshot_consumer *ret_consumer);
void zcf_producer_report(struct zcf_producer *producer, enum zcf_event_kind kind, const struct zcf_producer_lane *lane,
			 uint64_t sequence, const char *detail);
/* The same of a consumer that may have gone. */
void zcf_producer_report_consumer(struct zcf_producer *producer, enum zcf_event_kind kind,
				  const struct zcf_snapshot_consumer *consumer, uint64_t sequence, const char *detail);

#endif
