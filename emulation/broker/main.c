/* SPDX-License-Identifier: Apache-2.0 */
/* zcf-emulated-ion: stands in for the RDK X5's ion driver on a machine that has none. Started by the emulated
 * libhbmem.so.1 when the first process opens the module; ends when the last one has gone. */
#include "../shared/broker_start.h"
#include "../shared/runtime_directory.h"
#include "connection.h"
#include "status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile sig_atomic_t asked_to_end;

static void ask_to_end(int signal_number)
{
	(void)signal_number;
	asked_to_end = 1;
}

/** Descriptors of the program that started us are none of ours: holding them would keep its pipes open. */
static void close_inherited(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		int fd = atoi(entry->d_name);
		if (fd > BROKER_LISTEN_FD && fd != dirfd(directory))
			close(fd);
	}
	closedir(directory);
}

/** A descriptor for each buffer and each process. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void remove_names(void)
{
	char path[256];
	if (!emulation_runtime_path(path, sizeof(path), BROKER_SOCKET_NAME))
		unlink(path);
	if (!emulation_runtime_path(path, sizeof(path), BROKER_LOCK_NAME))
		unlink(path);
}

/** End, unless somebody is about to come: a process connects only under the lock, so while we hold it nobody can. */
static bool end_if_unused(void)
{
	char path[256];
	struct pollfd listener = {.fd = BROKER_LISTEN_FD, .events = POLLIN};
	if (emulation_runtime_path(path, sizeof(path), BROKER_LOCK_NAME))
		return true;
	int lock = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB)) {
		close(lock);
		return false;
	}
	bool unused = poll(&listener, 1, 0) == 0;
	if (unused)
		remove_names();
	if (lock >= 0)
		close(lock);
	return unused;
}

static void serve_events(int epoll, struct epoll_event *events, int event_count)
{
	for (int i = 0; i < event_count; i++) {
		struct connection *connection = events[i].data.ptr;
		if (!connection)
			connection_accept(BROKER_LISTEN_FD, epoll);
		else if (!connection_serve(connection))
			connection_close(connection);
	}
	connection_wake_waiters();
}

static int serve(void)
{
	struct epoll_event events[32], listener = {.events = EPOLLIN};
	struct sigaction action = {.sa_handler = ask_to_end};
	close_inherited();
	raise_descriptor_limit();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	fcntl(BROKER_LISTEN_FD, F_SETFD, FD_CLOEXEC);
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, BROKER_LISTEN_FD, &listener)) {
		fprintf(stderr,
			"zcf-emulated-ion: no listening socket on descriptor %d (%s); programs start me themselves\n",
			BROKER_LISTEN_FD, strerror(errno));
		return 2;
	}
	/* The program that started us connects next: give it time, but do not stay for ever if it dies first. */
	bool anybody_came = false;
	while (!asked_to_end) {
		int patience_ms = connection_count() ? -1 : anybody_came ? 20 : 5000;
		int event_count = epoll_wait(epoll, events, 32, patience_ms);
		if (event_count > 0)
			serve_events(epoll, events, event_count);
		anybody_came |= event_count >= 0;
		if (!connection_count() && anybody_came && end_if_unused())
			return 0;
	}
	remove_names();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "serve"))
		return serve();
	if (argc == 2 && !strcmp(argv[1], "status"))
		return status_print();
	fprintf(stderr, "usage: zcf-emulated-ion status\n"
			"Shows the emulated board's buffers, who holds them, and its camera channels, as JSON.\n");
	return 2;
}
