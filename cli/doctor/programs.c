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

#define VERSIONS          "versions"
#define CONFIGURATION     "configuration"
#define LINE_SIZE         320
#define ANSWER_TIMEOUT_MS 5000

extern char **environ;

static void check_library(struct findings *findings)
{
	char built[32];

	snprintf(built, sizeof(built), "%d.%d.%d", ZCF_VERSION_MAJOR, ZCF_VERSION_MINOR, ZCF_VERSION_PATCH);
	if (strcmp(built, zcf_version()) == 0) {
		findings_good(findings, VERSIONS, "zcf and libzcframe %s, protocol %u.%u", built, ZCF_PROTOCOL_MAJOR,
			      ZCF_PROTOCOL_MINOR);
		return;
	}
	findings_problem(findings, FINDING_WARNING, VERSIONS, "zcf %s runs with libzcframe %s", built, zcf_version());
	findings_remedy(findings,
			"install both from the same package, then run ldconfig; 'ldd $(command -v zcf)' shows "
			"which library is found");
}

/* Beside zcf itself, in its build tree (cli/zcf, camerad/zcf-camerad), or on $PATH. */
static bool find_program(const char *name, char *path, size_t size)
{
	char own[PATH_MAX], directories[PATH_MAX];
	char *rest = NULL;
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[length > 0 ? length : 0] = '\0';
	if (strrchr(own, '/') != NULL) {
		*strrchr(own, '/') = '\0';
		snprintf(path, size, "%s/%s", own, name);
		if (access(path, X_OK) == 0)
			return true;
		snprintf(path, size, "%s/../%s/%s", own, name + strlen("zcf-"), name);
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

static int spawn(const char *path, const char *option, int output_fd, pid_t *ret_pid)
{
	char *const arguments[] = {(char *)path, (char *)option, NULL};
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output_fd, STDERR_FILENO);
	error = -posix_spawn(ret_pid, path, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Read to the end. @return false if the time was up before, or more came than fits. */
static bool read_answer(int fd, char *answer, size_t size)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t used = 0;
	bool ended = false;

	while (!ended && used + 1 < size && poll(&ready, 1, ANSWER_TIMEOUT_MS) == 1) {
		ssize_t length = read(fd, answer + used, size - 1 - used);
		ended = length <= 0;
		used += length > 0 ? (size_t)length : 0;
	}
	answer[used] = '\0';
	return ended;
}

/* First line that `path option` prints, harmless to show. @return 0 if it ended well and said something. */
static int ask(const char *path, const char *option, char line[LINE_SIZE])
{
	char answer[4096];
	int ends[2], error, status = 0;
	pid_t pid;

	line[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	error = spawn(path, option, ends[1], &pid);
	close(ends[1]);
	if (error == 0) {
		if (!read_answer(ends[0], answer, sizeof(answer)))
			kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		text_clean(line, LINE_SIZE, answer, strcspn(answer, "\n"));
	}
	close(ends[0]);
	return error != 0 ? error : line[0] != '\0' && status == 0 ? 0 : -EPROTO;
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

/* @return Whether the program starts at all. */
static bool check_version(struct findings *findings, const char *path)
{
	char line[LINE_SIZE];
	int error = ask(path, "--version", line);

	if (error < 0) {
		findings_problem(findings, FINDING_BROKEN, VERSIONS, "%s does not start: %s", path,
				 error != -EPROTO ? strerror(-error)
				 : line[0] != 0   ? line
						  : "no answer to --version");
		findings_remedy(findings, "'ldd %s' shows whether a library is missing", path);
	} else if (!mentions_version(line, zcf_version())) {
		findings_problem(findings, FINDING_WARNING, VERSIONS, "%s is of another version than libzcframe %s: %s",
				 path, zcf_version(), line);
		findings_remedy(findings, "install all of zcframe from the same release");
	} else {
		findings_good(findings, VERSIONS, "%s", line);
	}
	return error == 0;
}

static void check_configuration(struct findings *findings, const char *path)
{
	char line[LINE_SIZE];
	int error = ask(path, "--check-config", line);

	if (error == 0) {
		findings_good(findings, CONFIGURATION, "%s", line);
		return;
	}
	findings_problem(findings, FINDING_BROKEN, CONFIGURATION, "%s",
			 error == -EPROTO && line[0] != '\0' ? line : "the configuration cannot be checked");
	findings_remedy(findings, "correct it; zcframe.conf(5) explains every line, '%s --check-config' tries again",
			path);
}

/* @param purpose  What it is for, if a machine without it is worth a word. */
static void check_program(struct findings *findings, const char *name, const char *purpose)
{
	char path[PATH_MAX + 64];

	if (!find_program(name, path, sizeof(path))) {
		if (purpose == NULL)
			return;
		findings_problem(findings, FINDING_WARNING, VERSIONS, "%s, %s, is not installed", name, purpose);
		findings_remedy(findings, "install it if this machine is to run it, or put it on $PATH");
		return;
	}
	if (check_version(findings, path))
		check_configuration(findings, path);
}

void check_programs(struct findings *findings)
{
	check_library(findings);
	check_program(findings, "zcf-camerad", "the camera daemon");
	check_program(findings, "zcf-mjpegd", "the web page");
	check_program(findings, "zcf-streamd", NULL);
}
