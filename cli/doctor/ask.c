/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Once there is nothing to read any more. */
#define END_TIMEOUT_MS 500

extern char **environ;

bool find_program(const char *name, char *path, size_t size)
{
	char directories[PATH_MAX];
	char *rest = NULL;

	snprintf(directories, sizeof(directories), "%s", getenv("PATH") != NULL ? getenv("PATH") : "");
	for (char *directory = strtok_r(directories, ":", &rest); directory != NULL;
	     directory = strtok_r(NULL, ":", &rest)) {
		snprintf(path, size, "%s/%s", directory, name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

bool find_own_program(const char *name, const char *folder, char *path, size_t size)
{
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[length > 0 ? length : 0] = '\0';
	if (strrchr(own, '/') != NULL) {
		*strrchr(own, '/') = '\0';
		snprintf(path, size, "%s/%s", own, name);
		if (access(path, X_OK) == 0)
			return true;
		snprintf(path, size, "%s/../%s/%s", own, folder != NULL ? folder : ".", name);
		if (folder != NULL && access(path, X_OK) == 0)
			return true;
	}
	return find_program(name, path, size);
}

static int spawn(char *const *arguments, int output_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output_fd, STDERR_FILENO);
	error = -posix_spawn(ret_pid, arguments[0], &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Read to the end. @return false if the time was up before, or more came than fits. */
static bool read_answer(int fd, int timeout_ms, char *text, size_t size)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t used = 0;
	bool ended = false;

	while (!ended && used + 1 < size && poll(&ready, 1, timeout_ms) == 1) {
		ssize_t length = read(fd, text + used, size - 1 - used);
		ended = length <= 0;
		used += length > 0 ? (size_t)length : 0;
	}
	text[used] = '\0';
	return ended;
}

/* A program may have closed its output and not end. */
static int wait_for_end(pid_t pid)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	int status = 0;

	for (int waited_ms = 0; waitpid(pid, &status, WNOHANG) == 0; waited_ms++) {
		if (waited_ms == END_TIMEOUT_MS)
			kill(pid, SIGKILL);
		nanosleep(&nap, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void ask(char *const *arguments, int timeout_ms, struct answer *ret_answer)
{
	int ends[2];
	pid_t pid;

	*ret_answer = (struct answer){.exit_status = -1};
	if (pipe2(ends, O_CLOEXEC) < 0) {
		ret_answer->error = -errno;
		return;
	}
	ret_answer->error = spawn(arguments, ends[1], &pid);
	close(ends[1]);
	if (ret_answer->error == 0) {
		if (!read_answer(ends[0], timeout_ms, ret_answer->text, sizeof(ret_answer->text)))
			kill(pid, SIGKILL);
		ret_answer->exit_status = wait_for_end(pid);
	}
	close(ends[0]);
}
