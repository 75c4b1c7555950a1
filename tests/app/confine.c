/* SPDX-License-Identifier: Apache-2.0 */
/* What a program gives up is gone, in all its threads, and what it needs still works. */
#include "app/confine.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child, since it cannot be undone. @return Its exit status: 0 if `body` returned. */
static int run_in_child(void (*body)(void))
{
	pid_t pid = fork();
	int status;

	REQUIRE(pid >= 0);
	if (pid == 0) {
		body();
		_exit(0);
	}
	REQUIRE_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			_exit(__LINE__ % 200 + 1);                                                                     \
	} while (0)

static void *try_what_is_given_up(void *context)
{
	char *const arguments[] = {"true", NULL};

	(void)context;
	MUST(execv("/bin/true", arguments) < 0 && errno == EPERM);
	MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
	MUST(unshare(CLONE_NEWNS) < 0 && errno == EPERM);
	MUST(chroot("/") < 0 && errno == EPERM);
	MUST(socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM);
	MUST(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
	return NULL;
}

static void try_what_is_needed(void)
{
	int fds[2];

	MUST(open("/dev/null", O_RDWR | O_CLOEXEC) >= 0);
	MUST(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) >= 0);
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	MUST(memfd_create("confine", MFD_CLOEXEC) >= 0);
	MUST(getpwuid(0) != NULL);
}

static pthread_barrier_t confined;

static void *try_in_an_older_thread(void *context)
{
	pthread_barrier_wait(&confined);
	return try_what_is_given_up(context);
}

static void confine_to_known_calls(void)
{
	pthread_t older, younger;

	MUST(pthread_barrier_init(&confined, NULL, 2) == 0);
	MUST(pthread_create(&older, NULL, try_in_an_older_thread, NULL) == 0);
	MUST(app_confine(APP_CONFINE_TO_KNOWN_CALLS) == 0);
	pthread_barrier_wait(&confined);
	MUST(pthread_join(older, NULL) == 0);
	try_what_is_given_up(NULL);
	MUST(pthread_create(&younger, NULL, try_what_is_given_up, NULL) == 0);
	MUST(pthread_join(younger, NULL) == 0);
	try_what_is_needed();
}

static void confine_dangerous_calls(void)
{
	char *const arguments[] = {"true", NULL};

	MUST(app_confine(APP_CONFINE_DANGEROUS_CALLS) == 0);
	MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
	MUST(unshare(CLONE_NEWNS) < 0 && errno == EPERM);
	try_what_is_needed();
	execv("/bin/true", arguments);
	_exit(77);
}

static void only_see_whether(void)
{
	if (app_confine(APP_CONFINE_DANGEROUS_CALLS) == -ENOSYS)
		_exit(1);
}

static bool can_confine(void)
{
	if (run_in_child(only_see_whether) == 0)
		return true;
	print_message("no system calls can be given up here: not tried\n");
	return false;
}

static void calls_that_are_not_known_fail_in_every_thread(void **state)
{
	(void)state;
	if (can_confine())
		REQUIRE_EQUAL(run_in_child(confine_to_known_calls), 0);
}

static void where_programs_are_started_only_what_is_dangerous_fails(void **state)
{
	(void)state;
	if (can_confine())
		REQUIRE_EQUAL(run_in_child(confine_dangerous_calls), 0);
}

static char given_directory[128];

static void become_nobody(void)
{
	char why[256];
	struct stat status;
	gid_t groups[8];

	MUST(app_become_user("nobody", given_directory, why, sizeof(why)) == 0);
	MUST(stat(given_directory, &status) == 0 && status.st_uid == getuid() && getuid() != 0 && geteuid() != 0);
	MUST(setuid(0) < 0 && setresuid(0, 0, 0) < 0 && setgid(0) < 0);
	for (int i = 0, count = getgroups(8, groups); i < count; i++)
		MUST(groups[i] != 0);
	MUST(open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0);
	/* Whom we are already we become without any right. */
	MUST(app_become_user("nobody", NULL, why, sizeof(why)) == 0);
	MUST(app_become_user("root", NULL, why, sizeof(why)) == -EPERM);
	MUST(strstr(why, "only root") != NULL);
}

static void root_becomes_another_user_and_cannot_come_back(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	char why[256];

	(void)state;
	REQUIRE_EQUAL(app_become_user("no-such-user", NULL, why, sizeof(why)), -EINVAL);
	REQUIRE(strstr(why, "no-such-user") != NULL);
	if (nobody == NULL || !test_may_become(nobody->pw_uid, nobody->pw_gid))
		return;
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0755), 0);
	snprintf(given_directory, sizeof(given_directory), "%s/given", test_runtime_directory());
	REQUIRE_EQUAL(run_in_child(become_nobody), 0);
	REQUIRE_EQUAL(rmdir(given_directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_that_are_not_known_fail_in_every_thread),
		TEST(where_programs_are_started_only_what_is_dangerous_fails),
		TEST(root_becomes_another_user_and_cannot_come_back),
	};

	return TEST_RUN(tests);
}
