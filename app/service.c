/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

int app_service_open_signals(void)
{
	sigset_t signals;
	int error, signal_fd;

	/* A peer that closes its end must be an error code, not the end of the program. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	error = pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (error != 0)
		return -error;
	signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return signal_fd < 0 ? -errno : signal_fd;
}

int app_service_read_signal(int signal_fd)
{
	struct signalfd_siginfo information;

	if (read(signal_fd, &information, sizeof(information)) != (ssize_t)sizeof(information))
		return 0;
	return (int)information.ssi_signo;
}

void app_service_ready(void)
{
	sd_notify(0, "READY=1");
}

void app_service_reloading(void)
{
	struct timespec now;

	/* The time is what Type=notify-reload wants; older versions of systemd ignore it. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
		   (long long)now.tv_sec * 1000000 + (long long)now.tv_nsec / 1000);
}

void app_service_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

int app_service_watchdog_ms(void)
{
	uint64_t interval_us;

	if (sd_watchdog_enabled(0, &interval_us) <= 0)
		return -1;
	interval_us /= 2000;
	return interval_us < 1 ? 1 : interval_us > 60000 ? 60000 : (int)interval_us;
}

void app_service_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

void app_service_status(const char *format, ...)
{
	char status[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(status, sizeof(status), format, arguments);
	va_end(arguments);
	sd_notifyf(0, "STATUS=%s", status);
}
