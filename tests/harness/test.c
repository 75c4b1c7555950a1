/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

static pid_t main_pid;
static char directory[64];
static int fds_before, mappings_before;

void test_require_failed(const char *file, int line, const char *text)
{
	if (getpid() == main_pid && syscall(SYS_gettid) == main_pid) {
		print_error("%s:%d: required: %s\n", file, line, text);
		_fail(file, line);
	}
	fprintf(stderr, "%s:%d: required in process %d: %s\n", file, line, (int)getpid(), text);
	if (getpid() == main_pid)
		abort();
	_exit(TEST_CHILD_FAILED);
}

void test_require_equal_failed(const char *file, int line, const char *text, int64_t actual, int64_t expected)
{
	char sentence[512];

	snprintf(sentence, sizeof(sentence), "%s, but %lld is not %lld", text, (long long)actual, (long long)expected);
	test_require_failed(file, line, sentence);
}

static int count_entries(const char *path)
{
	struct dirent *entry;
	DIR *stream = opendir(path);
	int count = 0;

	if (!stream)
		return -1;
	while ((entry = readdir(stream)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(stream);
	return count;
}

int test_fd_count(void)
{
	return count_entries("/proc/self/fd") - 1; /* not that of the directory itself */
}

int test_shared_mapping_count(void)
{
	char line[512];
	FILE *file = fopen("/proc/self/maps", "re");
	int count = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "memfd:zcframe-") != NULL;
	fclose(file);
	return count;
}

const char *test_runtime_directory(void)
{
	return directory;
}

int test_runtime_directory_entries(void)
{
	return count_entries(directory);
}

uint64_t test_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void test_sleep_ns(int64_t duration_ns)
{
	struct timespec rest = {.tv_sec = duration_ns / NS_PER_S, .tv_nsec = duration_ns % NS_PER_S};

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
}

bool test_emulator_lacks(const char *what)
{
	const char *emulated = getenv("ZCF_TEST_EMULATED_CPU");

	if (!emulated || !*emulated)
		return false;
	print_message("skipped under qemu-user: %s\n", what);
	return true;
}

int test_setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/zcf-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	setenv("ZCF_RUNTIME_DIR", directory, 1);
	fds_before = test_fd_count();
	mappings_before = test_shared_mapping_count();
	return 0;
}

int test_teardown(void **state)
{
	int children = test_child_end_all(), entries, fds, mappings;

	(void)state;
	entries = test_runtime_directory_entries();
	fds = test_fd_count() - fds_before;
	mappings = test_shared_mapping_count() - mappings_before;
	if (rmdir(directory) < 0) {
		char command[128];

		snprintf(command, sizeof(command), "rm -rf '%s'", directory);
		if (system(command) != 0)
			print_error("%s: could not be removed\n", directory);
	}
	if (!children && !entries && !fds && !mappings)
		return 0;
	print_error("left behind: %d children, %d files, %d descriptors, %d mappings\n", children, entries, fds,
		    mappings);
	return -1;
}

static void bark(int signal_number)
{
	static const char message[] = "watchdog: the test hangs\n";

	(void)signal_number;
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(2);
	abort();
}

int test_run(const struct CMUnitTest *tests, size_t count, unsigned limit_s)
{
	main_pid = getpid();
	signal(SIGALRM, bark);
	alarm(limit_s);
	return _cmocka_run_group_tests("library", tests, count, NULL, NULL);
}

bool test_may_become(uint32_t uid, uint32_t gid)
{
	gid_t groups[] = {gid};
	int status = 1;
	pid_t pid = geteuid() == 0 ? fork() : -1;

	if (pid == 0)
		_exit(setgroups(1, groups) == 0 && setgid(gid) == 0 && setuid(uid) == 0 ? 0 : 1);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		return true;
	print_message("this process cannot become another user: not tried\n");
	return false;
}
