/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include "clock.h"
#include "interrupt.h"
#include "message.h"
#include "process.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ARGUMENTS 15
#define LOOK_MS        200
/* To end by itself once it was told to. */
#define GRACE_NS UINT64_C(5000000000)

struct launched {
	pid_t process;
	int messages_fd; /* What it says. */
	FILE *output;
	char line[512]; /* What has come of the line that it is saying. */
	size_t length;
	char reason[512]; /* The last line that was no step. */
};

static json_t *missing(const char *why)
{
	json_t *result = json_pack("{s:s}", "missing", why);

	/* What it says may be no UTF-8. */
	return result != NULL ? result : json_pack("{s:s}", "missing", "its benchmark failed");
}

static void become(const struct suite *suite, const char *path, const char *const *arguments, int output, int messages)
{
	const char *all[MOST_ARGUMENTS + 2] = {path};

	for (size_t i = 0; i < MOST_ARGUMENTS && arguments[i] != NULL; i++)
		all[i + 1] = arguments[i];
	/* With a group of its own: Ctrl-C is for us to hear, and to pass on to all of them. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setenv("TMPDIR", suite->directory, 1);
	dup2(output, STDOUT_FILENO);
	dup2(messages, STDERR_FILENO);
	execv(path, (char **)all);
	_exit(127);
}

static int start(struct launched *launched, const struct suite *suite, const char *path, const char *const *arguments)
{
	int ends[2];

	launched->output = tmpfile();
	if (launched->output == NULL || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	launched->process = fork();
	if (launched->process == 0)
		become(suite, path, arguments, fileno(launched->output), ends[1]);
	close(ends[1]);
	launched->messages_fd = ends[0];
	return launched->process < 0 ? -errno : 0;
}

static void take_line(struct launched *launched)
{
	launched->line[launched->length] = '\0';
	if (strncmp(launched->line, "step ", 5) == 0)
		progress_step("%s", launched->line + 5);
	else if (launched->length > 0)
		memcpy(launched->reason, launched->line, launched->length + 1);
	launched->length = 0;
}

/* @return Whether there may be more. */
static bool listen_to(struct launched *launched)
{
	struct pollfd ready = {.fd = launched->messages_fd, .events = POLLIN};
	char bytes[512];
	ssize_t count;

	if (poll(&ready, 1, LOOK_MS) <= 0)
		return true;
	count = read(launched->messages_fd, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < count; i++) {
		if (bytes[i] == '\n')
			take_line(launched);
		else if (launched->length + 1 < sizeof(launched->line))
			launched->line[launched->length++] = bytes[i];
	}
	return count > 0 || (count < 0 && errno == EINTR);
}

/* @return How it ended, as waitpid() says it. */
static int follow(struct launched *launched, unsigned limit_s)
{
	uint64_t deadline_ns = bench_now_ns() + limit_s * UINT64_C(1000000000), kill_ns = UINT64_MAX;
	bool more = true, is_late = false;
	int status = 0;

	while (waitpid(launched->process, &status, WNOHANG) == 0) {
		is_late = bench_now_ns() > deadline_ns;
		if ((is_late || interrupt_signal() != 0) && kill_ns == UINT64_MAX &&
		    kill(-launched->process, SIGTERM) == 0)
			kill_ns = bench_now_ns() + GRACE_NS;
		if (bench_now_ns() > kill_ns)
			kill(-launched->process, SIGKILL);
		if (more)
			more = listen_to(launched);
		else
			poll(NULL, 0, LOOK_MS);
	}
	/* Whom it has left behind. */
	kill(-launched->process, SIGTERM);
	while (more && poll(&(struct pollfd){.fd = launched->messages_fd, .events = POLLIN}, 1, 0) > 0)
		more = listen_to(launched);
	if (is_late)
		snprintf(launched->reason, sizeof(launched->reason), "its benchmark took longer than %u s", limit_s);
	return status;
}

static json_t *read_results(struct launched *launched, int status)
{
	json_error_t error;
	json_t *results;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		if (launched->reason[0] == '\0')
			snprintf(launched->reason, sizeof(launched->reason), "its benchmark was ended by signal %d",
				 WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		return missing(launched->reason);
	}
	rewind(launched->output);
	results = json_loadf(launched->output, 0, &error);
	return json_is_object(results) ? results : missing("its benchmark found nothing");
}

json_t *launch_benchmark(const struct suite *suite, const char *place, const char *const *arguments, unsigned limit_s)
{
	struct launched launched = {.messages_fd = -1};
	char path[PATH_MAX + 64];
	json_t *results = NULL;
	int error, status;

	if (!bench_find_beside(place, path, sizeof(path)))
		return missing("its benchmark is in a build directory only");
	error = start(&launched, suite, path, arguments);
	if (error < 0) {
		cli_message("cannot start %s: %s", path, strerror(-error));
		results = missing("its benchmark cannot be started");
	} else {
		status = follow(&launched, limit_s);
		if (interrupt_signal() == 0)
			results = read_results(&launched, status);
	}
	if (launched.output != NULL)
		fclose(launched.output);
	if (launched.messages_fd >= 0)
		close(launched.messages_fd);
	return results;
}
