/* SPDX-License-Identifier: Apache-2.0 */
#include "frame_clock.h"

#include "monotonic.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

int frame_clock_open(struct frame_clock *clock)
{
	*clock = (struct frame_clock){.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
	return clock->timer_fd < 0 ? -errno : 0;
}

void frame_clock_close(struct frame_clock *clock)
{
	if (clock->timer_fd >= 0)
		close(clock->timer_fd);
	clock->timer_fd = -1;
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
}

uint64_t frame_interval_ns(uint32_t rate_millihertz)
{
	return (UINT64_C(1000000000000) + rate_millihertz / 2) / rate_millihertz;
}

void frame_clock_start(struct frame_clock *clock, uint32_t rate_millihertz)
{
	struct itimerspec timer;

	clock->interval_ns = frame_interval_ns(rate_millihertz);
	clock->next_due_ns = monotonic_now_ns();
	clock->running = true;
	timer = (struct itimerspec){.it_value = to_timespec(clock->next_due_ns),
				    .it_interval = to_timespec(clock->interval_ns)};
	/* Cannot fail: the descriptor is ours and the times are in range. */
	timerfd_settime(clock->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

void frame_clock_stop(struct frame_clock *clock)
{
	struct itimerspec off = {0};

	clock->running = false;
	timerfd_settime(clock->timer_fd, 0, &off, NULL);
}

bool frame_clock_take(struct frame_clock *clock, uint64_t *ret_due_ns, uint64_t *ret_missed)
{
	uint64_t expirations;

	if (read(clock->timer_fd, &expirations, sizeof(expirations)) != (ssize_t)sizeof(expirations) ||
	    expirations == 0)
		return false;
	*ret_missed = expirations - 1;
	*ret_due_ns = clock->next_due_ns + *ret_missed * clock->interval_ns;
	clock->next_due_ns = *ret_due_ns + clock->interval_ns;
	return true;
}
