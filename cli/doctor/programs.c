/* SPDX-License-Identifier: Apache-2.0 */
/* Do the programs on this machine belong together? */
#include "checks.h"

#include "text.h"

#include <zcframe/version.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK             "versions"
#define ANSWER_TIMEOUT_MS 5000

extern char **environ;

static void check_library(struct findings *findings)
{
	char built[32];

	snprintf(built, sizeof(built), "%d.%d.%d", ZCF_VERSION_MAJOR, ZCF_VERSION_MINOR, ZCF_VERSION_PATCH);
	if (strcmp(built, zcf_version()) == 0) {
		findings_good(findings, CHECK, "zcf and libzcframe %s, protocol %d.%d", built, ZCF_PROTOCOL_MAJOR,
			      ZCF_PROTOCOL_MINOR);
		return;
	}
	findings_problem(findings, FINDING_WARNING, CHECK, "zcf %s runs with libzcframe %s", built, zcf_version());
	findings_remedy(findings,
			"install both from the same package, then run ldconfig; 'ldd $(command -v zcf)' shows "
			"which library is found");
}

/* Beside zcf itself first: in a build tree or under /opt the others are not on $PATH. */
static bool find_program(const char *name, char *path, size_t size)
{
	char own[PATH_MAX], directories[PATH_MAX];
	char *rest = NULL;
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	if (length > 0) {
		own[length] = '\0';
		*strrchr(own, '/') = '\0';
		snprintf(path, size, "%s/%s", own, name);
		if (access(path, X_OK) == 0)
			return true;
	}
	snprintf(directories, sizeof(directories), "%s", getenv("PATH") != NULL ? getenv("PATH") : "");
	for (char *directory = strtok_r(directories, ":", &rest); directory != NULL;
	     directory = strtok_r(NULL, ":", &rest)) {
		snprintf(path, size, "%s/%s", directory, name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* First line that `path --version` prints. */
static int ask_version(const char *path, char *line, size_t size)
{
	char *const arguments[] = {(char *)path, "--version", NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], error, status = 0;
	ssize_t length = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = -posix_spawn(&pid, path, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error == 0) {
		struct pollfd answer = {.fd = ends[0], .events = POLLIN};
		if (poll(&answer, 1, ANSWER_TIMEOUT_MS) == 1)
			length = read(ends[0], line, size - 1);
		else
			kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	close(ends[0]);
	line[length > 0 ? length : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return error != 0 ? error : length > 0 && status == 0 ? 0 : -EPROTO;
}

/* "zcf-camerad 0.1.0 (...)": does the version stand in it as a word? */
static bool mentions_version(const char *line, const char *version)
{
	size_t length = strlen(version);

	for (const char *word = line; *word != '\0'; word += strspn(word, " ,()")) {
		size_t word_length = strcspn(word, " ,()");
		if (word_length == length && strncmp(word, version, length) == 0)
			return true;
		word += word_length;
	}
	return false;
}

static void check_program(struct findings *findings, const char *name, const char *purpose)
{
	char path[PATH_MAX + 64], answer[160], line[160];
	int error;

	if (!find_program(name, path, sizeof(path))) {
		findings_problem(findings, FINDING_WARNING, CHECK, "%s, %s, is not installed", name, purpose);
		findings_remedy(findings, "install it if this machine is to run it, or put it on $PATH");
		return;
	}
	error = ask_version(path, answer, sizeof(answer));
	text_clean(line, sizeof(line), answer, sizeof(answer));
	if (error < 0) {
		findings_problem(findings, FINDING_BROKEN, CHECK, "%s does not start: %s", path,
				 error == -EPROTO ? "no answer to --version" : strerror(-error));
		findings_remedy(findings, "'ldd %s' shows whether a library is missing", path);
	} else if (!mentions_version(line, zcf_version())) {
		findings_problem(findings, FINDING_WARNING, CHECK, "%s is of another version than libzcframe %s: %s",
				 path, zcf_version(), line);
		findings_remedy(findings, "install all of zcframe from the same release");
	} else {
		findings_good(findings, CHECK, "%s", line);
	}
}

void check_programs(struct findings *findings)
{
	check_library(findings);
	check_program(findings, "zcf-camerad", "the camera daemon");
	check_program(findings, "zcf-mjpegd", "the web page");
}
