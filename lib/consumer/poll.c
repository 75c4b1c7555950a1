/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pollable descriptor: an epoll set that holds the socket of the day (notices, hang-up) and a timer (time to look
 * for a producer again, or at once). So it can stay the same through every reattachment.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "consumer/consumer.h"
#include "error.h"

void zcf_consumer_poll_add(struct zcf_consumer *consumer, int socket_fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (consumer->poll_fd >= 0)
		epoll_ctl(consumer->poll_fd, EPOLL_CTL_ADD, socket_fd, &event);
}

void zcf_consumer_poll_remove(struct zcf_consumer *consumer, int socket_fd)
{
	/* A forked child has a copy of the descriptor, but the set behind it is its parent's. */
	if (consumer->poll_fd >= 0 && zcf_fork_guard_holds(&consumer->fork_guard))
		epoll_ctl(consumer->poll_fd, EPOLL_CTL_DEL, socket_fd, NULL);
}

/* Readable from that time on; 0: not by the timer. */
static void set_timer(struct zcf_consumer *consumer, uint64_t time_ns)
{
	struct itimerspec timer = {.it_value = zcf_timespec_from_ns(time_ns)};

	timerfd_settime(consumer->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

void zcf_consumer_poll_rearm(struct zcf_consumer *consumer)
{
	if (consumer->poll_fd < 0)
		return;
	if (!consumer->attachment) {
		set_timer(consumer, consumer->pending_fd >= 0 ? 0 : consumer->next_attempt_ns | 1);
		return;
	}
	zcf_consumer_announce_wait(consumer, ZCF_LANE_SLEEPS_IN_POLL);
	set_timer(consumer, zcf_consumer_sees_frame(consumer) ? 1 : 0);
}

static int create_set(struct zcf_consumer *consumer)
{
	struct epoll_event event = {.events = EPOLLIN};
	int poll_fd = epoll_create1(EPOLL_CLOEXEC);
	int timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (poll_fd < 0 || timer_fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer_fd, &event) < 0) {
		int error = -errno;
		if (poll_fd >= 0)
			close(poll_fd);
		if (timer_fd >= 0)
			close(timer_fd);
		return zcf_fail(error, "channel %s: no descriptor to poll", consumer->channel);
	}
	consumer->poll_fd = poll_fd;
	consumer->timer_fd = timer_fd;
	return 0;
}

int zcf_consumer_get_fd(struct zcf_consumer *consumer)
{
	int error = 0;

	if (!zcf_fork_guard_holds(&consumer->fork_guard))
		return zcf_fail_in_child(consumer);
	zcf_lock_take(&consumer->lock, UINT64_MAX);
	if (consumer->poll_fd < 0) {
		error = create_set(consumer);
		if (error == 0) {
			int socket_fd = consumer->attachment ? consumer->attachment->socket_fd : consumer->pending_fd;
			if (socket_fd >= 0)
				zcf_consumer_poll_add(consumer, socket_fd);
			zcf_consumer_poll_rearm(consumer);
		}
	}
	int result = error < 0 ? error : consumer->poll_fd;
	zcf_lock_release(&consumer->lock);
	return result;
}
