/* SPDX-License-Identifier: Apache-2.0 */
/* The link to a producer: finding one, greeting it, noticing that it is gone. No step here blocks. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "consumer/consumer.h"
#include "error.h"
#include "fault_points.h"
#include "transport/endpoint.h"
#include "transport/message.h"
#include "zcframe/version.h"

/* While there is no producer we look for one after 5 ms, 10 ms, ... and at last five times a second. */
#define FIRST_ATTEMPT_WAIT_NS (5 * ZCF_NS_PER_MS)
#define LAST_ATTEMPT_WAIT_NS  (200 * ZCF_NS_PER_MS)

/* What a producer may answer to a greeting. */
union answer {
	struct zcf_message_header header;
	struct zcf_message_welcome welcome;
	struct zcf_message_refused refused;
	uint8_t of_another_version[4096];
};

/* A forked child may have a copy of the socket: the producer is to hear of the end all the same. The child only closes.
 */
void zcf_link_close(int socket_fd, const struct zcf_fork_guard *fork_guard)
{
	if (zcf_fork_guard_holds(fork_guard))
		shutdown(socket_fd, SHUT_RDWR);
	close(socket_fd);
}

static void drop_pending(struct zcf_consumer *consumer)
{
	zcf_consumer_poll_remove(consumer, consumer->pending_fd);
	zcf_link_close(consumer->pending_fd, &consumer->fork_guard);
	consumer->pending_fd = -1;
}

static void plan_next_attempt(struct zcf_consumer *consumer)
{
	uint64_t wait_ns = 2 * consumer->attempt_wait_ns;

	if (wait_ns < FIRST_ATTEMPT_WAIT_NS)
		wait_ns = FIRST_ATTEMPT_WAIT_NS;
	if (wait_ns > LAST_ATTEMPT_WAIT_NS)
		wait_ns = LAST_ATTEMPT_WAIT_NS;
	consumer->attempt_wait_ns = wait_ns;
	consumer->next_attempt_ns = zcf_now_ns() + wait_ns;
}

static int send_greeting(struct zcf_consumer *consumer)
{
	int socket_fd;
	int error = zcf_endpoint_connect(consumer->runtime_directory, consumer->channel, &socket_fd);

	if (error == 0) {
		ZCF_FAULT_POINT(CONNECTED);
		error = zcf_message_send(socket_fd, &consumer->hello, sizeof(consumer->hello), NULL, 0);
		if (error < 0) {
			close(socket_fd);
			error = -ENOENT; /* it died between the two */
		}
	}
	if (error < 0) {
		plan_next_attempt(consumer);
		return error == -EAGAIN ? -ENOENT : error;
	}
	ZCF_FAULT_POINT(HELLO_SENT);
	consumer->pending_fd = socket_fd;
	zcf_consumer_poll_add(consumer, socket_fd);
	return 0;
}

static void close_all(const int *fds, size_t fd_count)
{
	for (size_t i = 0; i < fd_count; i++)
		close(fds[i]);
}

static void set_attachment(struct zcf_consumer *consumer, struct zcf_attachment *attachment)
{
	pthread_mutex_lock(&consumer->attachment_lock);
	if (consumer->attachment)
		zcf_count(&consumer->stale, atomic_load_explicit(&consumer->attachment->stale, memory_order_relaxed));
	consumer->attachment = attachment;
	pthread_mutex_unlock(&consumer->attachment_lock);
}

/* Say that we have what the WELCOME brought. If it cannot be sent the producer is gone, which we will notice. */
static void confirm(const struct zcf_attachment *attachment)
{
	struct zcf_message_header message;

	zcf_message_header_init(&message, ZCF_MESSAGE_ATTACHED, sizeof(message));
	zcf_message_send(attachment->socket_fd, &message, sizeof(message), NULL, 0);
}

static bool has_hung_up(int socket_fd)
{
	struct pollfd poll_fd = {.fd = socket_fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & POLLHUP;
}

static int attach(struct zcf_consumer *consumer, const struct zcf_message_welcome *welcome, const int *fds,
		  size_t fd_count)
{
	struct zcf_attachment *attachment;
	int error = zcf_attachment_create(consumer, consumer->pending_fd, welcome, fds, fd_count, &attachment);

	if (error == 0)
		set_attachment(consumer, attachment);
	else if (has_hung_up(consumer->pending_fd)) /* and with it went what its answer names */
		error = zcf_fail(-ENOENT, "channel %s: its producer went away", consumer->channel);
	return error;
}

static int fail_version(const struct zcf_consumer *consumer, uint32_t protocol_major)
{
	return zcf_fail(-EPROTONOSUPPORT,
			"channel %s: its producer speaks protocol %u, this consumer's library (zcframe %s) %u: upgrade "
			"the %s",
			consumer->channel, protocol_major, zcf_version(), ZCF_PROTOCOL_MAJOR,
			protocol_major < ZCF_PROTOCOL_MAJOR ? "producer" : "consumer");
}

static int understand(struct zcf_consumer *consumer, union answer *answer, long size, const int *fds, size_t fd_count)
{
	/* Of another version only the header is sure to be as we know it. */
	if (size >= (long)sizeof(answer->header) && answer->header.magic == ZCF_MESSAGE_MAGIC &&
	    answer->header.protocol_major != ZCF_PROTOCOL_MAJOR)
		return fail_version(consumer, answer->header.protocol_major);
	if (zcf_message_header_valid(&answer->header, (size_t)size)) {
		if (answer->header.type == ZCF_MESSAGE_WELCOME && size == sizeof(answer->welcome))
			return attach(consumer, &answer->welcome, fds, fd_count);
		if (answer->header.type == ZCF_MESSAGE_REFUSED && size == sizeof(answer->refused)) {
			answer->refused.detail[sizeof(answer->refused.detail) - 1] = '\0';
			return zcf_fail(answer->refused.error < 0 && answer->refused.error > -4096
						? answer->refused.error
						: -EPROTO,
					"%s", answer->refused.detail);
		}
	}
	return zcf_fail(-EPROTO,
			"channel %s: the producer's answer is not of this protocol; it is broken or not a zcframe "
			"program",
			consumer->channel);
}

static void begin_epoch(struct zcf_consumer *consumer)
{
	uint64_t epoch = consumer->attachment->info.epoch;

	if (consumer->last_epoch && consumer->last_epoch != epoch) {
		zcf_count(&consumer->reattached, 1);
		consumer->discontinuity = true;
	}
	if (consumer->last_epoch != epoch)
		consumer->last_sequence = 0;
	consumer->last_epoch = epoch;
	zcf_beat_reset(&consumer->beat);
	consumer->attempt_wait_ns = 0;
	consumer->next_attempt_ns = 0;
}

/* Hear what the producer answered. The pending socket becomes the attachment's, or is closed. */
static int hear_answer(struct zcf_consumer *consumer)
{
	union answer answer;
	int fds[ZCF_WELCOME_MAX_FDS];
	size_t fd_count = 0;
	long size =
		zcf_message_receive(consumer->pending_fd, &answer, sizeof(answer), fds, ZCF_WELCOME_MAX_FDS, &fd_count);

	if (size == -EAGAIN)
		return -EINPROGRESS;
	int error = -ENOENT; /* it hung up without a word: it died */
	if (size > 0) {
		ZCF_FAULT_POINT(WELCOME_HEARD);
		error = understand(consumer, &answer, size, fds, fd_count);
		close_all(fds, fd_count);
	} else if (size == -EMSGSIZE) {
		error = zcf_fail(-EPROTO, "channel %s: the producer's answer is too long", consumer->channel);
	} else if (size == -EMFILE) {
		error = zcf_fail(-EMFILE,
				 "channel %s: no file descriptors left for its buffers; raise the limit (ulimit -n, "
				 "LimitNOFILE=)",
				 consumer->channel);
	}
	if (error < 0) {
		drop_pending(consumer);
		plan_next_attempt(consumer);
		return error;
	}
	consumer->pending_fd = -1;
	begin_epoch(consumer);
	confirm(consumer->attachment);
	return 0;
}

int zcf_consumer_attach_step(struct zcf_consumer *consumer)
{
	if (consumer->attachment)
		return 0;
	if (consumer->pending_fd < 0) {
		if (zcf_now_ns() < consumer->next_attempt_ns)
			return -ENOENT;
		int error = send_greeting(consumer);
		if (error < 0)
			return error;
	}
	int error = hear_answer(consumer);
	/* What was imported by number counts only if the producer is still there: see import_on_first_sight(). */
	if (error == 0 && !consumer->attachment->backend->sends_fds && !zcf_consumer_check_link(consumer))
		return -ENOENT;
	return error;
}

void zcf_consumer_detach(struct zcf_consumer *consumer)
{
	if (consumer->pending_fd >= 0)
		drop_pending(consumer);
	struct zcf_attachment *attachment = consumer->attachment;
	if (!attachment)
		return;
	zcf_consumer_poll_remove(consumer, attachment->socket_fd);
	set_attachment(consumer, NULL);
	zcf_attachment_unref(attachment);
}

/* What we have counted so far, for our new producer to show. */
static void carry_account(const struct zcf_attachment *old, struct zcf_attachment *attachment)
{
	const struct zcf_lane *from = old->lane;
	struct zcf_lane *to = attachment->lane;

	attachment->acquired = old->acquired;
	attachment->missed = old->missed;
	atomic_store_explicit(&to->acquired, old->acquired, memory_order_relaxed);
	atomic_store_explicit(&to->missed, old->missed, memory_order_relaxed);
	atomic_store_explicit(&to->stale, atomic_load_explicit(&from->stale, memory_order_relaxed),
			      memory_order_relaxed);
	atomic_store_explicit(&to->copied, atomic_load_explicit(&from->copied, memory_order_relaxed),
			      memory_order_relaxed);
	atomic_store_explicit(&to->last_acquire_ns, atomic_load_explicit(&from->last_acquire_ns, memory_order_relaxed),
			      memory_order_relaxed);
	for (uint32_t i = 0; i < ZCF_LATENCY_BUCKETS; i++)
		atomic_store_explicit(&to->latency_counts[i],
				      atomic_load_explicit(&from->latency_counts[i], memory_order_relaxed),
				      memory_order_relaxed);
}

/*
 * Our producer's successor has taken over this very socket and sends its own memory. Frames that we hold keep the old
 * memory, which nobody writes any more, and a descriptor of their own for the socket.
 */
static int follow_successor(struct zcf_consumer *consumer, const struct zcf_message_welcome *welcome, const int *fds,
			    size_t fd_count)
{
	struct zcf_attachment *old = consumer->attachment, *attachment;
	int socket_fd = fcntl(old->socket_fd, F_DUPFD_CLOEXEC, 0);
	int error = socket_fd < 0 ? -errno
				  : zcf_attachment_create(consumer, socket_fd, welcome, fds, fd_count, &attachment);

	if (error < 0) {
		if (socket_fd >= 0)
			close(socket_fd);
		return error;
	}
	carry_account(old, attachment);
	old->superseded = true; /* its socket lives on */
	zcf_consumer_poll_remove(consumer, old->socket_fd);
	set_attachment(consumer, attachment);
	zcf_consumer_poll_add(consumer, socket_fd);
	zcf_attachment_unref(old);
	begin_epoch(consumer);
	confirm(attachment);
	return 0;
}

/* One message of our producer's. Its size; 0 at the end of file; -EAGAIN if there is none; another if it is wrong. */
static long hear_producer(struct zcf_consumer *consumer)
{
	union answer answer;
	int fds[ZCF_WELCOME_MAX_FDS];
	size_t fd_count = 0;
	long size = zcf_message_receive(consumer->attachment->socket_fd, &answer, sizeof(answer), fds,
					ZCF_WELCOME_MAX_FDS, &fd_count);

	if (size <= 0)
		return size;
	/* All others are notices, which only say "look": having been read is all that is to be done with them. */
	if (size == sizeof(answer.welcome) && zcf_message_header_valid(&answer.header, (size_t)size) &&
	    answer.header.type == ZCF_MESSAGE_WELCOME && answer.header.protocol_major == ZCF_PROTOCOL_MAJOR) {
		int error = follow_successor(consumer, &answer.welcome, fds, fd_count);

		if (error < 0)
			size = error == -EAGAIN ? -EPROTO : error;
	}
	close_all(fds, fd_count);
	return size;
}

bool zcf_consumer_check_link(struct zcf_consumer *consumer)
{
	long size;

	do
		size = hear_producer(consumer);
	while (size > 0 || size == -EMSGSIZE);
	if (size == -EAGAIN)
		return true;
	zcf_consumer_detach(consumer);
	return false;
}
