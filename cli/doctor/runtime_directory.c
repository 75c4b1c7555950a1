/* SPDX-License-Identifier: Apache-2.0 */
/* Where the sockets are: right owner, right permissions, and a path that fits. */
#include "checks.h"

#include <zcframe/consumer.h>

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CHECK "runtime-directory"
/* "/" and the name of a channel and ".sock" of a usual length. */
#define SOCKET_NAME_ROOM 32

static const char *user_name(uid_t user, char *buffer, size_t size)
{
	const struct passwd *entry = getpwuid(user);

	if (entry != NULL)
		snprintf(buffer, size, "%s", entry->pw_name);
	else
		snprintf(buffer, size, "user %u", (unsigned)user);
	return buffer;
}

static const char *origin(void)
{
	const char *given = getenv("ZCF_RUNTIME_DIR");

	return given != NULL && given[0] != '\0' ? "from $ZCF_RUNTIME_DIR" : "the default";
}

static void report_missing(struct findings *findings, const char *path)
{
	findings_problem(findings, FINDING_WARNING, CHECK, "%s (%s) does not exist: no producer has run here yet", path,
			 origin());
	findings_remedy(findings, "start zcf-camerad, which makes it; if it runs already, it uses another one: compare "
				  "$ZCF_RUNTIME_DIR and the user");
}

/* Whether nobody but root can have put @p path where it is, as with what is in /run. */
static bool is_placed_by_root(const char *path)
{
	char parent[PATH_MAX];
	char *slash;
	struct stat status;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return false;
	slash[slash == parent ? 1 : 0] = '\0';
	return stat(parent, &status) == 0 && status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void judge_status(struct findings *findings, const char *path, const struct stat *status)
{
	char owner[64];

	user_name(status->st_uid, owner, sizeof(owner));
	if (!S_ISDIR(status->st_mode)) {
		findings_problem(findings, FINDING_BROKEN, CHECK, "%s (%s) is not a directory", path, origin());
		findings_remedy(findings, "remove it, or set ZCF_RUNTIME_DIR to a directory");
	} else if (status->st_uid != 0 && status->st_uid != geteuid() && !is_placed_by_root(path)) {
		findings_problem(
			findings, FINDING_WARNING, CHECK,
			"%s (%s) belongs to %s, who can show anything in it, and this user cannot publish there", path,
			origin(), owner);
		findings_remedy(findings,
				"right if the camera daemon runs as %s; otherwise set ZCF_RUNTIME_DIR to a directory "
				"of your own",
				owner);
	} else if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status->st_mode & S_ISVTX) == 0) {
		findings_problem(findings, FINDING_BROKEN, CHECK,
				 "%s (%s) can be written to by others (mode %04o), who could put false sockets there",
				 path, origin(), (unsigned)(status->st_mode & 07777));
		findings_remedy(findings, "chmod go-w %s", path);
	} else if (access(path, R_OK | X_OK) < 0) {
		findings_problem(findings, FINDING_BROKEN, CHECK, "%s (%s, of %s, mode %04o) cannot be read: %s", path,
				 origin(), owner, (unsigned)(status->st_mode & 07777), strerror(errno));
		findings_remedy(findings, "join the group that may (see 'stat %s'), or chmod o+rx %s", path, path);
	} else {
		findings_good(findings, CHECK, "runtime directory %s (%s), of %s, mode %04o", path, origin(), owner,
			      (unsigned)(status->st_mode & 07777));
	}
}

void check_runtime_directory(struct findings *findings)
{
	char path[PATH_MAX];
	struct stat status;
	struct sockaddr_un address;
	int error = zcf_runtime_directory(path, sizeof(path));

	if (error < 0) {
		findings_problem(findings, FINDING_BROKEN, CHECK, "%s", zcf_error_detail());
		findings_remedy(findings, "set ZCF_RUNTIME_DIR to a directory of your own");
		return;
	}
	if (strlen(path) + SOCKET_NAME_ROOM > sizeof(address.sun_path)) {
		findings_problem(findings, FINDING_BROKEN, CHECK,
				 "%s (%s) is too long: a socket's whole path has to fit into %zu bytes", path, origin(),
				 sizeof(address.sun_path) - 1);
		findings_remedy(findings, "set ZCF_RUNTIME_DIR to a shorter path");
		return;
	}
	if (stat(path, &status) < 0 && errno == ENOENT) {
		report_missing(findings, path);
	} else if (stat(path, &status) < 0) {
		findings_problem(findings, FINDING_BROKEN, CHECK, "%s (%s): %s", path, origin(), strerror(errno));
		findings_remedy(findings, "make it reachable, or set ZCF_RUNTIME_DIR to a directory of your own");
	} else {
		judge_status(findings, path, &status);
	}
}
