/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer's life, and the order of things in an acquire: attach if need be, take a lease, else wait. */
#include "consumer/consumer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "pages.h"
#include "transport/endpoint.h"
#include "transport/message.h"
#include "transport/runtime_directory.h"

/* How often a poll that finds nothing asks the socket whether the producer still lives. */
#define LINK_CHECK_INTERVAL_NS (10 * ZCF_NS_PER_MS)
/* What a producer that is there gets to answer, even with a timeout of 0. */
#define SHORTEST_OPEN_NS ZCF_NS_PER_S

void zcf_consumer_options_init(struct zcf_consumer_options *options)
{
	*options = (struct zcf_consumer_options){
		.struct_size = sizeof(*options),
		.rate = ZCF_RATE_EVERY_FRAME,
		.max_leases = 1,
	};
}

static int check_options(const char *channel, const struct zcf_consumer_options *options)
{
	int error = zcf_channel_name_check(channel);

	if (error < 0)
		return error;
	if (options->struct_size != sizeof(*options))
		return zcf_fail(-EINVAL, "channel %s: fill the options with zcf_consumer_options_init() first",
				channel);
	if ((uint32_t)options->rate > ZCF_RATE_NEWEST_ONLY)
		return zcf_fail(-EINVAL, "channel %s: rate %d is none of enum zcf_rate", channel, (int)options->rate);
	if ((options->rate == ZCF_RATE_EVERY_NTH || options->rate == ZCF_RATE_AT_MOST_MILLIHERTZ) &&
	    options->rate_value == 0)
		return zcf_fail(-EINVAL, "channel %s: this rate needs a rate_value of 1 or more", channel);
	if (options->max_leases < 1 || options->max_leases > ZCF_MAX_LEASES)
		return zcf_fail(-EINVAL, "channel %s: %u frames at once: must be 1 to %d", channel, options->max_leases,
				ZCF_MAX_LEASES);
	return 0;
}

static void fill_hello(struct zcf_consumer *consumer, const struct zcf_consumer_options *options)
{
	struct zcf_message_hello *hello = &consumer->hello;

	zcf_message_header_init(&hello->header, ZCF_MESSAGE_HELLO, sizeof(*hello));
	hello->purpose = ZCF_HELLO_ATTACH;
	hello->rate = options->rate;
	hello->rate_value = options->rate_value;
	/* A frame that is copied out is leased only while it is copied, one at a time. */
	hello->max_leases = options->copy_out ? 1 : options->max_leases;
	hello->flags = options->copy_out ? ZCF_HELLO_COPIES_OUT : 0;
	hello->lease_deadline_ns = options->lease_deadline_ns;
	strncpy(hello->label, options->label ? options->label : program_invocation_short_name,
		sizeof(hello->label) - 1);
}

static int create(const char *channel, const struct zcf_consumer_options *options, struct zcf_consumer **ret_consumer)
{
	struct zcf_consumer *consumer = zcf_pages_create(sizeof(*consumer));

	if (!consumer)
		return zcf_fail(-ENOMEM, "channel %s: out of memory", channel);
	pthread_mutex_init(&consumer->attachment_lock, NULL);
	consumer->pending_fd = consumer->poll_fd = consumer->timer_fd = -1;
	consumer->rate = options->rate;
	consumer->rate_value = options->rate_value;
	consumer->spin_ns = options->spin_ns;
	consumer->beat.limit_ns = options->anticipate_ns;
	consumer->copy_count = options->copy_out ? options->max_leases : 0;
	strncpy(consumer->channel, channel, sizeof(consumer->channel) - 1);
	fill_hello(consumer, options);
	int error = zcf_fork_guard_init(&consumer->fork_guard);
	if (error == 0)
		error = zcf_runtime_directory_resolve(options->runtime_directory, consumer->runtime_directory,
						      sizeof(consumer->runtime_directory));
	if (error < 0) {
		zcf_consumer_close(consumer);
		return error;
	}
	*ret_consumer = consumer;
	return 0;
}

/* Until attached, refused or out of time. */
static int attach(struct zcf_consumer *consumer, int64_t timeout_ns)
{
	uint64_t until_ns = zcf_deadline_ns(timeout_ns);
	uint64_t answer_until_ns = zcf_now_ns() + SHORTEST_OPEN_NS;

	if (answer_until_ns < until_ns)
		answer_until_ns = until_ns;
	for (;;) {
		int error = zcf_consumer_attach_step(consumer);
		uint64_t patience_ns = error == -EINPROGRESS ? answer_until_ns : until_ns;

		if (error != -EINPROGRESS && error != -ENOENT)
			return error;
		if (zcf_now_ns() >= patience_ns) {
			if (error == -EINPROGRESS)
				return zcf_fail(-ENOENT, "channel %s: its producer is there but does not answer",
						consumer->channel);
			return error;
		}
		if (zcf_consumer_wait_for_producer(consumer, patience_ns) < 0)
			return zcf_fail(-EINTR, "channel %s: interrupted while waiting for its producer",
					consumer->channel);
	}
}

int zcf_consumer_open(const char *channel, const struct zcf_consumer_options *options, int64_t timeout_ns,
		      struct zcf_consumer **ret_consumer)
{
	struct zcf_consumer_options defaults;
	struct zcf_consumer *consumer = NULL;
	int error;

	if (!options) {
		zcf_consumer_options_init(&defaults);
		options = &defaults;
	}
	error = check_options(channel, options);
	if (error < 0)
		return error;
	error = create(channel, options, &consumer);
	if (error < 0)
		return error;
	error = attach(consumer, timeout_ns);
	if (error < 0) {
		zcf_consumer_close(consumer);
		return error;
	}
	*ret_consumer = consumer;
	return 0;
}

void zcf_consumer_close(struct zcf_consumer *consumer)
{
	if (!consumer)
		return;
	zcf_consumer_detach(consumer);
	if (consumer->timer_fd >= 0)
		close(consumer->timer_fd);
	if (consumer->poll_fd >= 0)
		close(consumer->poll_fd);
	pthread_mutex_destroy(&consumer->attachment_lock);
	zcf_pages_destroy(consumer, sizeof(*consumer));
}

/* Whether the producer's end should be looked at now, in a poll that found nothing. */
static bool link_check_is_due(struct zcf_consumer *consumer)
{
	uint64_t now_ns = zcf_now_ns();

	if (consumer->poll_fd < 0 && now_ns - consumer->last_link_check_ns < LINK_CHECK_INTERVAL_NS)
		return false;
	consumer->last_link_check_ns = now_ns;
	return true;
}

static int fail_no_producer(const struct zcf_consumer *consumer)
{
	return zcf_fail(-ENOTCONN, "channel %s: its producer is gone; waiting for the next one", consumer->channel);
}

/* Whether somebody was disconnected since we last looked at our socket. */
static bool was_anybody_disconnected(const struct zcf_consumer *consumer)
{
	struct zcf_attachment *attachment = consumer->attachment;
	/* Acquire pairs with the release in zcf_producer_detach(): who sees it finds its socket closed. */
	uint32_t hangups = atomic_load_explicit(&attachment->board->hangups, memory_order_acquire);

	if (hangups == attachment->hangups_seen)
		return false;
	attachment->hangups_seen = hangups;
	return true;
}

/* The frame that could be there now. -EAGAIN: none; -ENOTCONN: and no producer either. */
ZCF_HOT static int acquire_now(struct zcf_consumer *consumer, enum zcf_order order, struct zcf_frame **ret_frame)
{
	int error = consumer->attachment ? 0 : zcf_consumer_attach_step(consumer);

	if (error == -ENOENT || error == -EINPROGRESS)
		return fail_no_producer(consumer);
	if (error == 0 && was_anybody_disconnected(consumer) && !zcf_consumer_check_link(consumer))
		return fail_no_producer(consumer);
	if (error == 0)
		error = zcf_consumer_take_lease(consumer, order, ret_frame);
	if (error == -ENOBUFS && link_check_is_due(consumer)) {
		/* Who holds all it may would otherwise not notice that these leases are of a dead producer. */
		if (!zcf_consumer_check_link(consumer))
			return fail_no_producer(consumer);
		/* That read the notices, and the frame is there still. */
		zcf_consumer_poll_rearm(consumer);
	}
	return error;
}

/* Nothing was there and the caller does not wait: leave the pollable descriptor in order. */
static int give_up(struct zcf_consumer *consumer, enum zcf_order order, int error, struct zcf_frame **ret_frame)
{
	if (consumer->attachment && link_check_is_due(consumer))
		zcf_consumer_check_link(consumer);
	zcf_consumer_poll_rearm(consumer);
	/* A frame that came since the first look makes the descriptor readable: to take it now spares a poll(). */
	if (consumer->poll_fd >= 0 && consumer->attachment)
		return zcf_consumer_take_lease(consumer, order, ret_frame);
	return error;
}

ZCF_HOT static int acquire_locked(struct zcf_consumer *consumer, enum zcf_order order, int64_t timeout_ns,
				  struct zcf_frame **ret_frame)
{
	uint64_t until_ns = 0;

	for (;;) {
		int error = acquire_now(consumer, order, ret_frame);
		if (error != -EAGAIN && error != -ENOTCONN) {
			/* Refused: who polls has to be told when it is time to try again. */
			if (!consumer->attachment)
				zcf_consumer_poll_rearm(consumer);
			return error;
		}
		if (zcf_consumer_take_interrupt(consumer))
			return -EINTR;
		if (timeout_ns == 0)
			return give_up(consumer, order, error, ret_frame);
		if (!until_ns)
			until_ns = zcf_deadline_ns(timeout_ns);
		else if (zcf_now_ns() >= until_ns)
			return give_up(consumer, order, error, ret_frame);
		error = error == -EAGAIN ? zcf_consumer_wait_for_frame(consumer, until_ns)
					 : zcf_consumer_wait_for_producer(consumer, until_ns);
		if (error < 0)
			return error;
	}
}

/* Wait for the other threads of this consumer; what is left of the time is for the frame. */
ZCF_HOT static int lock_in_time(struct zcf_consumer *consumer, int64_t *timeout_ns)
{
	if (zcf_lock_try(&consumer->lock))
		return 0;
	if (*timeout_ns == 0)
		return -EAGAIN;
	uint64_t until_ns = zcf_deadline_ns(*timeout_ns);
	if (!zcf_lock_take(&consumer->lock, until_ns))
		return -EAGAIN;
	if (until_ns == UINT64_MAX)
		return 0;
	uint64_t now_ns = zcf_now_ns();
	*timeout_ns = now_ns < until_ns ? (int64_t)(until_ns - now_ns) : 0;
	return 0;
}

int zcf_fail_in_child(const struct zcf_consumer *consumer)
{
	return zcf_fail(-ECHILD,
			"channel %s: this consumer was opened by the parent process; open another after fork()",
			consumer->channel);
}

ZCF_HOT static int acquire(struct zcf_consumer *consumer, enum zcf_order order, int64_t timeout_ns,
			   struct zcf_frame **ret_frame)
{
	if (!zcf_fork_guard_holds(&consumer->fork_guard))
		return zcf_fail_in_child(consumer);
	int error = lock_in_time(consumer, &timeout_ns);
	if (error < 0)
		return error;
	error = acquire_locked(consumer, order, timeout_ns, ret_frame);
	zcf_lock_release(&consumer->lock);
	return error;
}

ZCF_HOT int zcf_consumer_acquire(struct zcf_consumer *consumer, int64_t timeout_ns, struct zcf_frame **ret_frame)
{
	return acquire(consumer, ZCF_ORDER_NEWEST, timeout_ns, ret_frame);
}

ZCF_HOT int zcf_consumer_acquire_next(struct zcf_consumer *consumer, int64_t timeout_ns, struct zcf_frame **ret_frame)
{
	bool newest_only = consumer->rate == ZCF_RATE_NEWEST_ONLY;

	return acquire(consumer, newest_only ? ZCF_ORDER_NEWEST : ZCF_ORDER_NEXT, timeout_ns, ret_frame);
}

void zcf_consumer_get_info(struct zcf_consumer *consumer, struct zcf_consumer_info *ret_info)
{
	pthread_mutex_lock(&consumer->attachment_lock);
	if (consumer->attachment) {
		*ret_info = consumer->attachment->info;
		ret_info->source_state =
			atomic_load_explicit(&consumer->attachment->board->source_state, memory_order_relaxed);
	} else {
		*ret_info = (struct zcf_consumer_info){0};
	}
	pthread_mutex_unlock(&consumer->attachment_lock);
}

void zcf_consumer_get_counters(struct zcf_consumer *consumer, struct zcf_consumer_counters *ret_counters)
{
	pthread_mutex_lock(&consumer->attachment_lock);
	*ret_counters = (struct zcf_consumer_counters){
		.acquired = atomic_load_explicit(&consumer->acquired, memory_order_relaxed),
		.stale = atomic_load_explicit(&consumer->stale, memory_order_relaxed),
		.missed = atomic_load_explicit(&consumer->missed, memory_order_relaxed),
		.copied = atomic_load_explicit(&consumer->copied, memory_order_relaxed),
		.reattached = atomic_load_explicit(&consumer->reattached, memory_order_relaxed),
	};
	if (consumer->attachment)
		ret_counters->stale += atomic_load_explicit(&consumer->attachment->stale, memory_order_relaxed);
	pthread_mutex_unlock(&consumer->attachment_lock);
}
