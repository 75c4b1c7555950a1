/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What root alone can do for the user: a directory in /run, say. One that is there stays as it is. */
static int give_directory(const char *directory, const struct passwd *user, char *why, size_t why_size)
{
	if (mkdir(directory, 0755) != 0)
		return errno == EEXIST ? 0 : (snprintf(why, why_size, "%s: %s", directory, strerror(errno)), -errno);
	if (lchown(directory, user->pw_uid, user->pw_gid) == 0)
		return 0;
	snprintf(why, why_size, "%s cannot be given to user %s: %s", directory, user->pw_name, strerror(errno));
	return -errno;
}

int app_become_user(const char *user, const char *directory, char *why, size_t why_size)
{
	const struct passwd *entry = getpwnam(user);
	int error = 0;

	if (entry == NULL) {
		snprintf(why, why_size, "there is no user '%s' to run as", user);
		return -EINVAL;
	}
	if (geteuid() == entry->pw_uid && getuid() == entry->pw_uid)
		return 0;
	if (geteuid() != 0) {
		snprintf(why, why_size, "only root can become user '%s'; start it as root, or as that user", user);
		return -EPERM;
	}
	if (directory != NULL)
		error = give_directory(directory, entry, why, why_size);
	if (error != 0)
		return error;
	/* Groups first: afterwards there is no right to. All three ids, so that there is no way back. */
	if (initgroups(user, entry->pw_gid) != 0 || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0) {
		snprintf(why, why_size, "cannot become user '%s': %s", user, strerror(errno));
		return -errno;
	}
	if (entry->pw_uid != 0 && setuid(0) == 0) {
		snprintf(why, why_size, "became user '%s' and could become root again", user);
		return -EPERM;
	}
	return 0;
}
