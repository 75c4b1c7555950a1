/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include "interrupt.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void *bench_share(size_t size_bytes)
{
	/* MAP_POPULATE: no page fault in the middle of a measurement. */
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED) {
		cli_message("cannot map %zu bytes of shared memory: %s", size_bytes, strerror(errno));
		exit(CLI_FAILED);
	}
	return memory;
}

void bench_unshare(void *memory, size_t size_bytes)
{
	munmap(memory, size_bytes);
}

#define PROCESS_LIMIT_S 120

void bench_allow(uint64_t duration_ns)
{
	alarm(PROCESS_LIMIT_S + (unsigned)(duration_ns / 1000000000));
}

static void become_child(pid_t parent, int processor)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	/* Ctrl-C goes to every process of the terminal; the parent decides what it means. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* One that hangs ends with a message instead of never. */
	bench_allow(0);
	if (getppid() != parent)
		_exit(1);
	if (processor >= 0) {
		cpu_set_t only;
		CPU_ZERO(&only);
		CPU_SET(processor, &only);
		sched_setaffinity(0, sizeof(only), &only);
	}
}

pid_t bench_fork(int processor, int (*run)(void *context), void *context)
{
	pid_t parent = getpid();
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		become_child(parent, processor);
		_exit(run(context) == 0 ? 0 : 1);
	}
	if (child < 0) {
		int error = errno;
		cli_message("cannot start a process: %s", strerror(error));
		return -error;
	}
	return child;
}

bool bench_find_beside(const char *place, char *path, size_t size)
{
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *folder;

	if (length < 0)
		return false;
	own[length] = '\0';
	folder = strrchr(own, '/');
	if (folder == NULL)
		return false;
	*folder = '\0';
	snprintf(path, size, "%s/%s", own, place);
	return access(path, X_OK) == 0;
}

/* bench/peers/ is beside cli/, where zcf is, in a build directory. */
bool bench_find_program(const char *program, char *path, size_t size)
{
	char place[128];

	snprintf(place, sizeof(place), "../bench/peers/%s", program);
	return bench_find_beside(place, path, size);
}

bool bench_find_daemon(const char *folder, const char *daemon, char *path, size_t size)
{
	char place[128];

	snprintf(place, sizeof(place), "../%s/%s", folder, daemon);
	return bench_find_beside(place, path, size) || bench_find_beside(daemon, path, size);
}

int bench_become_program(const char *program, const char *role, int trial_fd, uint32_t index)
{
	char path[PATH_MAX + 64], fd_text[16], index_text[16];

	bench_find_program(program, path, sizeof(path));
	snprintf(fd_text, sizeof(fd_text), "%d", trial_fd);
	snprintf(index_text, sizeof(index_text), "%u", index);
	/* The program is to have it. */
	fcntl(trial_fd, F_SETFD, 0);
	execl(path, program, role, fd_text, index_text, (char *)NULL);
	cli_message("cannot start %s: %s", path, strerror(errno));
	return -1;
}

static int ask_program(void *path)
{
	execl(path, path, "available", (char *)NULL);
	return -1;
}

bool bench_program_is_available(const char *program)
{
	char path[PATH_MAX + 64];
	pid_t process;

	if (!bench_find_program(program, path, sizeof(path)))
		return false;
	process = bench_fork(-1, ask_program, path);
	return bench_wait_all(&process, 1) == 0;
}

static void end_all(const pid_t *processes, const bool *ended, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (processes[i] <= 0 || ended[i])
			continue;
		kill(processes[i], SIGKILL);
		waitpid(processes[i], NULL, 0);
	}
}

static void note_end(const pid_t *processes, bool *ended, size_t count, pid_t child)
{
	for (size_t i = 0; i < count; i++)
		if (processes[i] == child)
			ended[i] = true;
}

int bench_wait_all(const pid_t *processes, size_t count)
{
	bool *ended = cli_allocate(count, sizeof(*ended));
	size_t left = 0;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		left += processes[i] > 0;
		if (processes[i] < 0)
			result = -ECHILD;
	}
	while (left > 0 && result == 0) {
		int status;
		pid_t child = waitpid(-1, &status, 0);
		if (child < 0) {
			result = interrupt_signal() != 0 ? -EINTR : errno == EINTR ? 0 : -ECHILD;
			continue;
		}
		note_end(processes, ended, count, child);
		left--;
		if (WIFSIGNALED(status))
			cli_message("a process of the measurement was ended by signal %d (%s)%s", WTERMSIG(status),
				    strsignal(WTERMSIG(status)),
				    WTERMSIG(status) == SIGBUS ? "; is /dev/shm full?" : "");
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			result = -ECHILD;
	}
	end_all(processes, ended, count);
	free(ended);
	return result;
}

int bench_directory_create(char *path, size_t size)
{
	const char *parent = getenv("TMPDIR");

	snprintf(path, size, "%s/zcf-bench-XXXXXX", parent != NULL && parent[0] != '\0' ? parent : "/tmp");
	if (mkdtemp(path) != NULL)
		return 0;
	cli_message("cannot make a directory for sockets in %s: %s", path, strerror(errno));
	return -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	remove(path);
	return 0;
}

void bench_directory_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
