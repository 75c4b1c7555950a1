/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "peer.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 120

static char directory[64];
static int fds_before;

const char *harness_socket_path(void)
{
	static char path[96];
	snprintf(path, sizeof(path), "%s/ion.socket", directory);
	return path;
}

int harness_count_fds(void)
{
	DIR *entries = opendir("/proc/self/fd");
	int count = 0;
	while (entries && readdir(entries))
		count++;
	if (entries)
		closedir(entries);
	return count;
}

void harness_set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static int count_files(void)
{
	DIR *entries = opendir(directory);
	int count = 0;
	while (entries && readdir(entries))
		count++;
	if (entries)
		closedir(entries);
	return count - 2;
}

void harness_await_nothing_left(void)
{
	while (count_files() > 0)
		poll(NULL, 0, 5); /* the watchdog ends us if it stays */
}

static void clear_switches(void)
{
	extern char **environ;
	for (char **variable = environ; *variable;) {
		char name[64];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*variable, "="), *variable);
		if (!strncmp(name, "ZCF_EMULATION_", 14) && strcmp(name, "ZCF_EMULATION_DIR") &&
		    strcmp(name, "ZCF_EMULATION_DEBUG")) {
			unsetenv(name);
			variable = environ;
		} else {
			variable++;
		}
	}
}

int harness_open(void **state)
{
	(void)state;
	clear_switches();
	fds_before = harness_count_fds();
	assert_int_equal(hb_mem_module_open(), 0);
	return 0;
}

int harness_close(void **state)
{
	char path[96];
	(void)state;
	clear_switches();
	while (hb_mem_module_close() == 0)
		;
	assert_int_equal(harness_count_fds(), fds_before);
	snprintf(path, sizeof(path), "%s/control", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/highest-share-id", directory);
	unlink(path);
	harness_await_nothing_left();
	return 0;
}

int harness_run(int argc, char **argv, const char *name, const struct CMUnitTest *tests, size_t count)
{
	if (argc == 3 && !strcmp(argv[1], "peer"))
		return peer_main(atoi(argv[2]));
	strcpy(directory, "/tmp/emulation-test-XXXXXX");
	if (!mkdtemp(directory))
		return 1;
	setenv("ZCF_EMULATION_DIR", directory, 1);
	clear_switches();
	alarm(WATCHDOG_SECONDS);
	int failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
	harness_await_nothing_left();
	rmdir(directory);
	return failed;
}
