/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: who calls, what they want, whether they still live. Everything that arrives here was
 * written by another process. Nothing here waits, and nothing that a caller does makes it work without bound.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "fault_points.h"
#include "producer/producer.h"
#include "transport/message.h"
#include "zcframe/version.h"

#define EVENTS_PER_LOOK   32
#define LOOKS_PER_CALL    4
#define ACCEPTS_PER_LOOK  8
#define HANDSHAKE_TIME_NS ZCF_NS_PER_S

/*
 * A consumer's allowance of messages: each costs 1 ms of credit, and it can save up 256 ms of it. An honest
 * one sends at most a message for each frame that it releases.
 */
#define MESSAGE_COST_NS  ZCF_NS_PER_MS
#define MESSAGE_SAVED_NS (256 * ZCF_NS_PER_MS)

static uint64_t watch_tag(enum zcf_watch_kind kind, uint32_t index)
{
	return (uint64_t)kind << 32 | index;
}

int zcf_producer_watch(struct zcf_producer *producer, int fd, enum zcf_watch_kind kind, uint32_t index)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = watch_tag(kind, index)};

	return epoll_ctl(producer->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void zcf_producer_unwatch(const struct zcf_producer *producer, int fd)
{
	epoll_ctl(producer->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void zcf_producer_refuse(struct zcf_producer *producer, int socket_fd, int error, const char *detail)
{
	struct zcf_message_refused refused = {.error = error};
	struct zcf_event event = {.kind = ZCF_EVENT_REFUSED, .error = error, .detail = detail};
	struct zcf_snapshot_consumer consumer = {0};
	struct zcf_caller caller;

	zcf_message_header_init(&refused.header, ZCF_MESSAGE_REFUSED, sizeof(refused));
	snprintf(refused.detail, sizeof(refused.detail), "%s", detail);
	zcf_message_send(socket_fd, &refused, sizeof(refused), NULL, 0);
	producer->refused_total++;
	if (producer->listener) {
		if (zcf_producer_identify_caller(socket_fd, &caller)) {
			consumer.pid = caller.pid;
			consumer.uid = caller.uid;
		}
		event.consumer = &consumer;
		producer->listener(producer->listener_context, &event);
	}
	close(socket_fd);
}

/* Answer a query: the part of the snapshot that has consumers in it, and the end. */
static void answer_query(struct zcf_producer *producer, int socket_fd)
{
	struct zcf_message_snapshot *answer = &producer->answer;

	zcf_producer_get_snapshot(producer, &answer->snapshot);
	size_t size = offsetof(struct zcf_message_snapshot, snapshot.consumers) +
		      answer->snapshot.consumer_count * sizeof(answer->snapshot.consumers[0]);
	zcf_message_header_init(&answer->header, ZCF_MESSAGE_SNAPSHOT, size);
	zcf_message_send(socket_fd, answer, size, NULL, 0);
	close(socket_fd);
}

static bool may_call(const struct zcf_producer *producer, int socket_fd)
{
	struct zcf_caller caller;

	return zcf_producer_identify_caller(socket_fd, &caller) &&
	       zcf_producer_allows_caller(producer, socket_fd, &caller);
}

static void refuse_user(struct zcf_producer *producer, int socket_fd)
{
	char why[232];

	snprintf(why, sizeof(why),
		 "channel %s: this user may not attach; the channel's allowed_users and allowed_groups say who may",
		 producer->channel);
	zcf_producer_refuse(producer, socket_fd, -EACCES, why);
}

/* It leaves the table of handshakes; its socket is returned, which others may have too. */
static int take_out(struct zcf_producer *producer, struct zcf_handshake *handshake)
{
	int socket_fd = handshake->socket_fd;

	handshake->socket_fd = -1;
	zcf_producer_unwatch(producer, socket_fd);
	return socket_fd;
}

/* The caller has spoken, or hung up. It leaves the table of handshakes either way. */
static int finish_handshake(struct zcf_producer *producer, struct zcf_handshake *handshake)
{
	struct zcf_message_hello hello = {0};
	long size = zcf_message_receive(handshake->socket_fd, &hello, sizeof(hello), NULL, 0, NULL);

	if (size == -EAGAIN)
		return 0;
	int socket_fd = take_out(producer, handshake);
	if (size == -EMSGSIZE)
		size = sizeof(hello); /* and its header will not agree */
	if (size <= 0) {
		close(socket_fd);
		return 0;
	}
	/* A greeting of another major version may have another length; its header alone is enough to say no. */
	bool understood = size == sizeof(hello) && zcf_message_header_valid(&hello.header, sizeof(hello)) &&
			  hello.header.type == ZCF_MESSAGE_HELLO &&
			  (hello.purpose == ZCF_HELLO_ATTACH || hello.purpose == ZCF_HELLO_QUERY);
	bool other_version = size >= (long)sizeof(hello.header) && hello.header.magic == ZCF_MESSAGE_MAGIC &&
			     hello.header.protocol_major != ZCF_PROTOCOL_MAJOR;
	if (!understood && !other_version)
		zcf_producer_refuse(producer, socket_fd, -EPROTO,
				    "the first message was not a greeting of this protocol");
	else if (!may_call(producer, socket_fd))
		refuse_user(producer, socket_fd);
	else if (understood && !other_version && hello.purpose == ZCF_HELLO_QUERY)
		answer_query(producer, socket_fd);
	else
		return zcf_producer_attach(producer, socket_fd, &hello);
	return 0;
}

static int count_handshakes(const struct zcf_producer *producer, uint32_t uid)
{
	int count = 0;

	for (int i = 0; i < ZCF_MAX_HANDSHAKES; i++)
		count += producer->handshakes[i].socket_fd >= 0 && producer->handshakes[i].uid == uid;
	return count;
}

/*
 * A free place among the handshakes. If need be, of the user who has most of them, that of the caller who has been
 * silent for longest: so no user can push the others out.
 */
static struct zcf_handshake *make_room(struct zcf_producer *producer)
{
	struct zcf_handshake *oldest = &producer->handshakes[0];
	int most = 0;

	for (int i = 0; i < ZCF_MAX_HANDSHAKES; i++) {
		struct zcf_handshake *handshake = &producer->handshakes[i];
		int count;

		if (handshake->socket_fd < 0)
			return handshake;
		count = count_handshakes(producer, handshake->uid);
		if (count > most || (count == most && handshake->since_ns < oldest->since_ns)) {
			most = count;
			oldest = handshake;
		}
	}
	close(take_out(producer, oldest));
	return oldest;
}

/* Out of descriptors: use the spare one to take the caller off the queue and tell it, or it would call for ever. */
static int refuse_for_want_of_fds(struct zcf_producer *producer, int error)
{
	if (producer->spare_fd >= 0)
		close(producer->spare_fd);
	int socket_fd = accept4(producer->endpoint.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (socket_fd >= 0) {
		struct zcf_message_hello unread;

		/* To close a socket with a greeting unread in it would reset it, and the caller not see the refusal. */
		zcf_message_receive(socket_fd, &unread, sizeof(unread), NULL, 0, NULL);
		zcf_producer_refuse(producer, socket_fd, error,
				    "the producer has no file descriptor left; raise its LimitNOFILE");
	}
	producer->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return zcf_fail(error,
			"channel %s: no file descriptor left for another consumer; raise the limit (ulimit -n, "
			"LimitNOFILE=)",
			producer->channel);
}

static int accept_callers(struct zcf_producer *producer)
{
	int result = 0;

	/* It could not be had back if the limit was lowered below what was open already. */
	if (producer->spare_fd < 0)
		producer->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < ACCEPTS_PER_LOOK; i++) {
		int socket_fd = accept4(producer->endpoint.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (socket_fd < 0 && (errno == EMFILE || errno == ENFILE))
			return refuse_for_want_of_fds(producer, -errno);
		if (socket_fd < 0)
			break;
		struct zcf_caller caller;
		if (!zcf_producer_identify_caller(socket_fd, &caller) ||
		    !zcf_producer_spend_call(producer, caller.uid, zcf_now_ns())) {
			/* Without a word: to be refused would cost us more than to call costs them. */
			close(socket_fd);
			producer->dropped_calls++;
			continue;
		}
		struct zcf_handshake *handshake = make_room(producer);
		int error = zcf_producer_watch(producer, socket_fd, ZCF_WATCH_HANDSHAKE,
					       (uint32_t)(handshake - producer->handshakes));
		if (error < 0) {
			close(socket_fd);
			return zcf_fail(error, "channel %s: watch a caller: %s", producer->channel, strerror(-error));
		}
		*handshake = (struct zcf_handshake){socket_fd, caller.uid, zcf_now_ns()};
		ZCF_FAULT_POINT(ACCEPTED);
		/* Most have spoken already: then they need no second look. */
		error = finish_handshake(producer, handshake);
		if (error < 0)
			result = error;
	}
	return result;
}

static void drop_silent_callers(struct zcf_producer *producer)
{
	uint64_t now_ns = 0;

	for (int i = 0; i < ZCF_MAX_HANDSHAKES; i++) {
		struct zcf_handshake *handshake = &producer->handshakes[i];

		if (handshake->socket_fd < 0)
			continue;
		if (!now_ns)
			now_ns = zcf_now_ns();
		if (now_ns - handshake->since_ns > HANDSHAKE_TIME_NS)
			close(take_out(producer, handshake));
	}
}

static bool spend_allowance(struct zcf_producer_lane *lane)
{
	uint64_t now_ns = zcf_now_ns();

	if (lane->budget_ns < now_ns)
		lane->budget_ns = now_ns;
	lane->budget_ns += MESSAGE_COST_NS;
	return lane->budget_ns - now_ns <= MESSAGE_SAVED_NS;
}

static bool process_has_ended(int pid_fd)
{
	struct pollfd poll_fd = {.fd = pid_fd, .events = POLLIN};

	return pid_fd >= 0 && poll(&poll_fd, 1, 0) > 0;
}

/*
 * A consumer has something to say, or is gone. What it says (RELEASED, ATTACHED) needs no answer: that it woke us was
 * the point of the one, the other is noted. Events can be older than what has happened since, so nothing but the
 * descriptors is believed.
 */
static void hear_lane(struct zcf_producer *producer, struct zcf_producer_lane *lane)
{
	struct zcf_message_header message;

	if (lane->id == 0)
		return;
	if (process_has_ended(lane->pid_fd)) {
		zcf_producer_detach(producer, lane, ZCF_EVENT_DETACHED, "the consumer's process ended");
		return;
	}
	long size = zcf_message_receive(lane->socket_fd, &message, sizeof(message), NULL, 0, NULL);
	if (size == -EAGAIN)
		return;
	if (size <= 0 && size != -EMSGSIZE)
		zcf_producer_detach(producer, lane, ZCF_EVENT_DETACHED, "the consumer detached");
	else if (!spend_allowance(lane))
		zcf_producer_detach(producer, lane, ZCF_EVENT_EXPELLED, "the consumer flooded its control socket");
	else if (zcf_message_header_valid(&message, (size_t)size) && message.type == ZCF_MESSAGE_ATTACHED) {
		zcf_handover_confirm(producer, lane);
		zcf_producer_begin_judging(producer, lane);
	}
}

int zcf_producer_dispatch(struct zcf_producer *producer)
{
	struct epoll_event events[EVENTS_PER_LOOK];
	int count = EVENTS_PER_LOOK, result = 0;

	for (int look = 0; look < LOOKS_PER_CALL && count == EVENTS_PER_LOOK; look++) {
		count = epoll_wait(producer->epoll_fd, events, EVENTS_PER_LOOK, 0);
		for (int i = 0; i < count; i++) {
			uint32_t index = (uint32_t)events[i].data.u64;
			int error = 0;

			switch ((enum zcf_watch_kind)(events[i].data.u64 >> 32)) {
			case ZCF_WATCH_ENDPOINT:
				error = accept_callers(producer);
				break;
			case ZCF_WATCH_HANDSHAKE:
				if (producer->handshakes[index].socket_fd >= 0)
					error = finish_handshake(producer, &producer->handshakes[index]);
				break;
			case ZCF_WATCH_LANE:
				hear_lane(producer, &producer->lanes[index]);
				break;
			}
			if (error < 0)
				result = error;
		}
	}
	drop_silent_callers(producer);
	return result;
}

int zcf_producer_wait(struct zcf_producer *producer, uint64_t until_ns)
{
	for (;;) {
		int result = zcf_producer_dispatch(producer);
		uint64_t now_ns = zcf_now_ns();

		if (result < 0 || now_ns >= until_ns)
			return result;
		struct pollfd poll_fd = {.fd = producer->epoll_fd, .events = POLLIN};
		struct timespec rest = zcf_timespec_from_ns(until_ns - now_ns);
		if (ppoll(&poll_fd, 1, &rest, NULL) < 0)
			return -errno;
	}
}
