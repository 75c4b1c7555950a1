/* SPDX-License-Identifier: Apache-2.0 */
#include "service_manager.h"

#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define KEPT_AT_MOST  64
#define LINES_AT_MOST 1024
/* While a service's descriptors are put into place, its own are out of the way. */
#define HIGH_FD 300

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	int socket_fd, stop_fds[2];
	char path[64];
	struct {
		char name[128];
		int fd;
	} kept[KEPT_AT_MOST];
	int count;
	char lines[LINES_AT_MOST][64];
	int line_count;
} manager = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void drop_at(int index)
{
	close(manager.kept[index].fd);
	manager.kept[index] = manager.kept[--manager.count];
}

static void drop(const char *name)
{
	for (int i = manager.count - 1; i >= 0; i--)
		if (strcmp(manager.kept[i].name, name) == 0)
			drop_at(i);
}

static void understand(char *text, int fd)
{
	bool stores = false, removes = false;
	char *rest = text, *line, name[128] = "";

	while ((line = strsep(&rest, "\n")) != NULL) {
		stores |= strcmp(line, "FDSTORE=1") == 0;
		removes |= strcmp(line, "FDSTOREREMOVE=1") == 0;
		if (strncmp(line, "FDNAME=", 7) == 0)
			snprintf(name, sizeof(name), "%s", line + 7);
		if (manager.line_count < LINES_AT_MOST)
			snprintf(manager.lines[manager.line_count++], sizeof(manager.lines[0]), "%s", line);
	}
	if (removes)
		drop(name);
	if (stores && fd >= 0 && manager.count < KEPT_AT_MOST) {
		snprintf(manager.kept[manager.count].name, sizeof(manager.kept[0].name), "%s", name);
		manager.kept[manager.count++].fd = fd;
	} else if (fd >= 0) {
		close(fd); /* of a barrier: that is the answer */
	}
}

static void hear(void)
{
	char text[1024];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {text, sizeof(text) - 1};
	struct msghdr header = {.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = control.bytes,
				.msg_controllen = sizeof(control.bytes)};
	ssize_t length = recvmsg(manager.socket_fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int fd = -1;

	if (length < 0)
		return;
	text[length] = '\0';
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	if (rights != NULL && rights->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
	pthread_mutex_lock(&manager.lock);
	understand(text, fd);
	pthread_mutex_unlock(&manager.lock);
}

/* FDPOLL=1, which is what is so without a word. */
static void drop_what_hung_up(void)
{
	pthread_mutex_lock(&manager.lock);
	for (int i = manager.count - 1; i >= 0; i--) {
		struct pollfd poll_fd = {.fd = manager.kept[i].fd};

		if (poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & (POLLHUP | POLLERR))
			drop_at(i);
	}
	pthread_mutex_unlock(&manager.lock);
}

static void *listen_to_service(void *context)
{
	struct pollfd poll_fds[] = {{.fd = manager.socket_fd, .events = POLLIN},
				    {.fd = manager.stop_fds[0], .events = POLLIN}};

	(void)context;
	while (poll_fds[1].revents == 0) {
		if (poll(poll_fds, 2, 20) > 0 && poll_fds[0].revents)
			hear();
		drop_what_hung_up();
	}
	return NULL;
}

void service_manager_open(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	manager.count = manager.line_count = 0;
	snprintf(manager.path, sizeof(manager.path), "/tmp/zcf-test-manager-%d", (int)getpid());
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", manager.path);
	unlink(manager.path);
	manager.socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	REQUIRE_EQUAL(bind(manager.socket_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	REQUIRE_EQUAL(pipe2(manager.stop_fds, O_CLOEXEC), 0);
	REQUIRE_EQUAL(pthread_create(&manager.thread, NULL, listen_to_service, NULL), 0);
}

void service_manager_close(void)
{
	close(manager.stop_fds[1]);
	REQUIRE_EQUAL(pthread_join(manager.thread, NULL), 0);
	while (manager.count > 0)
		drop_at(0);
	close(manager.stop_fds[0]);
	close(manager.socket_fd);
	unlink(manager.path);
}

/* In the child: descriptors to 3, 4, ..., and what says so into the environment. */
static void pass_on(uint64_t watchdog_us)
{
	char text[32], names[KEPT_AT_MOST * 128] = "";

	for (int i = 0; i < manager.count; i++)
		REQUIRE((manager.kept[i].fd = fcntl(manager.kept[i].fd, F_DUPFD_CLOEXEC, HIGH_FD)) >= 0);
	for (int i = 0; i < manager.count; i++) {
		REQUIRE_EQUAL(dup2(manager.kept[i].fd, 3 + i), 3 + i);
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i > 0 ? ":" : "",
			 manager.kept[i].name);
	}
	setenv("NOTIFY_SOCKET", manager.path, 1);
	setenv("ZCF_FDSTORE", "64", 1);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
	snprintf(text, sizeof(text), "%d", manager.count);
	setenv("LISTEN_FDS", text, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	if (watchdog_us > 0) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)watchdog_us);
		setenv("WATCHDOG_USEC", text, 1);
	}
}

void service_manager_start(struct process *process, uint64_t watchdog_us, const char *const *arguments)
{
	const char *copy[16] = {process_program};
	int fds[2];

	for (int i = 0; i < 14 && arguments[i] != NULL; i++)
		copy[i + 1] = arguments[i];
	process->length = process->mark = 0;
	process->output[0] = '\0';
	REQUIRE_EQUAL(pipe2(fds, O_CLOEXEC), 0);
	pthread_mutex_lock(&manager.lock);
	process->pid = fork();
	REQUIRE(process->pid >= 0);
	if (process->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		pass_on(watchdog_us);
		execv(process_program, (char *const *)copy);
		_exit(127);
	}
	pthread_mutex_unlock(&manager.lock);
	close(fds[1]);
	process->output_fd = fds[0];
}

int service_manager_count(const char *prefix)
{
	int count = 0;

	pthread_mutex_lock(&manager.lock);
	for (int i = 0; i < manager.count; i++)
		count += strncmp(manager.kept[i].name, prefix, strlen(prefix)) == 0;
	pthread_mutex_unlock(&manager.lock);
	return count;
}

void service_manager_await(const char *prefix, int count)
{
	while (service_manager_count(prefix) != count)
		test_sleep_ns(10 * NS_PER_MS);
}

int service_manager_take_messages(const char *line)
{
	int count = 0;

	pthread_mutex_lock(&manager.lock);
	for (int i = 0; i < manager.line_count; i++)
		count += strcmp(manager.lines[i], line) == 0;
	manager.line_count = 0;
	pthread_mutex_unlock(&manager.lock);
	return count;
}
