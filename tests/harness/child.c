/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "require.h"
#include "test.h"

#define MAX_CHILDREN 64

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS};
static pid_t running[MAX_CHILDREN];
static int own_report_fd = -1, own_command_fd = -1;

void test_child_report(int64_t value)
{
	REQUIRE_EQUAL(write(own_report_fd, &value, sizeof(value)), sizeof(value));
}

int64_t test_child_await_command(void)
{
	int64_t value;

	REQUIRE_EQUAL(read(own_command_fd, &value, sizeof(value)), sizeof(value));
	return value;
}

static void remember(pid_t old, pid_t new)
{
	for (int i = 0; i < MAX_CHILDREN; i++) {
		if (running[i] == old) {
			running[i] = new;
			return;
		}
	}
}

static void close_inherited(void)
{
	/* Move our two ends out of the way of what is closed. */
	int report_fd = fcntl(own_report_fd, F_DUPFD, 1000), command_fd = fcntl(own_command_fd, F_DUPFD, 1000);

	REQUIRE(report_fd >= 0 && command_fd >= 0);
	REQUIRE(dup2(report_fd, 3) == 3 && dup2(command_fd, 4) == 4);
	REQUIRE_EQUAL(syscall(SYS_close_range, 5, ~0u, 0), 0);
	own_report_fd = 3;
	own_command_fd = 4;
}

static void start(struct test_child *child, void (*body)(void *context), void *context, bool keep_fds)
{
	int reports[2], commands[2];
	pid_t parent = getpid();

	REQUIRE(pipe2(reports, O_CLOEXEC) == 0 && pipe2(commands, O_CLOEXEC) == 0);
	pid_t pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* cmocka catches these and would go on with its next test, in the child. */
		for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
			signal(fatal_signals[i], SIG_DFL);
		if (getppid() != parent)
			_exit(TEST_CHILD_FAILED);
		close(reports[0]);
		close(commands[1]);
		own_report_fd = reports[1];
		own_command_fd = commands[0];
		if (!keep_fds)
			close_inherited();
		body(context);
		_exit(0);
	}
	close(reports[1]);
	close(commands[0]);
	remember(0, pid);
	*child = (struct test_child){.pid = pid, .report_fd = reports[0], .command_fd = commands[1]};
}

void test_child_start(struct test_child *child, void (*body)(void *context), void *context)
{
	start(child, body, context, false);
}

void test_child_start_with_fds(struct test_child *child, void (*body)(void *context), void *context)
{
	start(child, body, context, true);
}

/* Until the child's pipe has something, or is closed. */
static void serve_until_readable(int fd, struct zcf_producer *producer)
{
	struct pollfd poll_fds[2] = {{.fd = fd, .events = POLLIN},
				     {.fd = producer ? zcf_producer_get_fd(producer) : -1, .events = POLLIN}};

	while (!poll_fds[0].revents) {
		/* Not for ever: silent callers are dropped by the clock. */
		REQUIRE(poll(poll_fds, 2, 100) >= 0 || errno == EINTR);
		if (producer)
			zcf_producer_dispatch(producer);
	}
}

int64_t test_child_next_report(struct test_child *child, struct zcf_producer *producer)
{
	int64_t value = 0;

	serve_until_readable(child->report_fd, producer);
	REQUIRE_EQUAL(read(child->report_fd, &value, sizeof(value)), sizeof(value));
	return value;
}

void test_child_command(struct test_child *child, int64_t value)
{
	REQUIRE_EQUAL(write(child->command_fd, &value, sizeof(value)), sizeof(value));
}

void test_child_signal(struct test_child *child, int signal_number)
{
	REQUIRE_EQUAL(kill(child->pid, signal_number), 0);
}

int test_child_finish(struct test_child *child, struct zcf_producer *producer)
{
	int status;
	char rest;

	do
		serve_until_readable(child->report_fd, producer);
	while (read(child->report_fd, &rest, 1) > 0);
	REQUIRE_EQUAL(waitpid(child->pid, &status, 0), child->pid);
	remember(child->pid, 0);
	close(child->report_fd);
	close(child->command_fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void test_child_kill(struct test_child *child)
{
	test_child_signal(child, SIGKILL);
	test_child_finish(child, NULL);
}

int test_child_end_all(void)
{
	int count = 0;

	for (int i = 0; i < MAX_CHILDREN; i++) {
		if (!running[i])
			continue;
		kill(running[i], SIGKILL);
		waitpid(running[i], NULL, 0);
		running[i] = 0;
		count++;
	}
	return count;
}
