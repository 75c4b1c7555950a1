/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_AT_MOST 16

const char *process_program;

static void run_program(unsigned file_limit, const char *const *arguments, int output_fd)
{
	const char *copy[ARGUMENTS_AT_MOST + 2] = {process_program};
	struct rlimit limit = {file_limit, file_limit};

	for (int i = 0; i < ARGUMENTS_AT_MOST && arguments[i] != NULL; i++)
		copy[i + 1] = arguments[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(output_fd, STDOUT_FILENO);
	dup2(output_fd, STDERR_FILENO);
	if (file_limit > 0)
		setrlimit(RLIMIT_NOFILE, &limit);
	execv(process_program, (char *const *)copy);
	_exit(127);
}

void process_start_with_few_files(struct process *process, unsigned file_limit, const char *const *arguments)
{
	int fds[2];

	process->length = process->mark = 0;
	process->output[0] = '\0';
	REQUIRE_EQUAL(pipe2(fds, O_CLOEXEC), 0);
	process->pid = fork();
	REQUIRE(process->pid >= 0);
	if (process->pid == 0)
		run_program(file_limit, arguments, fds[1]);
	close(fds[1]);
	process->output_fd = fds[0];
}

void process_start(struct process *process, const char *const *arguments)
{
	process_start_with_few_files(process, 0, arguments);
}

/* @return Whether there may be more. */
static bool read_more(struct process *process)
{
	ssize_t length = read(process->output_fd, process->output + process->length,
			      sizeof(process->output) - 1 - process->length);

	if (length <= 0)
		return false;
	process->length += (size_t)length;
	process->output[process->length] = '\0';
	return true;
}

void process_await(struct process *process, const char *words)
{
	const char *found;

	while ((found = strstr(process->output + process->mark, words)) == NULL) {
		if (!read_more(process)) {
			print_error("the process ended without saying \"%s\", but:\n%s\n", words, process->output);
			REQUIRE(false);
		}
	}
	process->mark = (size_t)(found - process->output) + strlen(words);
}

bool process_said(const struct process *process, const char *words)
{
	return strstr(process->output, words) != NULL;
}

void process_signal(const struct process *process, int signal_number)
{
	REQUIRE_EQUAL(kill(process->pid, signal_number), 0);
}

int process_finish(struct process *process)
{
	int status;

	while (read_more(process))
		;
	close(process->output_fd);
	REQUIRE_EQUAL(waitpid(process->pid, &status, 0), process->pid);
	process->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int process_run(struct process *process, const char *const *arguments)
{
	process_start(process, arguments);
	return process_finish(process);
}

void process_abandon(struct process *process)
{
	if (process->pid <= 0)
		return;
	kill(process->pid, SIGKILL);
	process_finish(process);
}
