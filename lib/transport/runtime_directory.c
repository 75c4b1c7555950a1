/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/runtime_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "transport/endpoint.h"
#include "zcframe/consumer.h"
#include "zcframe/snapshot.h"

static int copy_path(char *ret_path, size_t size_bytes, int length)
{
	if (length >= 0 && (size_t)length < size_bytes)
		return 0;
	if (size_bytes > 0)
		ret_path[0] = '\0';
	return zcf_fail(-ENAMETOOLONG, "the runtime directory's path is longer than %zu bytes", size_bytes);
}

/* A directory in /tmp is anybody's to make: it counts only if it is this user's own. */
static int check_own(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0 || (S_ISDIR(status.st_mode) && status.st_uid == geteuid()))
		return 0;
	return zcf_fail(-EPERM,
			"runtime directory %s was made by another user (%u); set ZCF_RUNTIME_DIR or XDG_RUNTIME_DIR",
			path, (unsigned)status.st_uid);
}

int zcf_runtime_directory(char *ret_path, size_t size_bytes)
{
	const char *own = getenv("ZCF_RUNTIME_DIR");
	const char *session = getenv("XDG_RUNTIME_DIR");
	int error;

	if (own && own[0])
		return copy_path(ret_path, size_bytes, snprintf(ret_path, size_bytes, "%s", own));
	if (geteuid() == 0 || access(ZCF_SYSTEM_RUNTIME_DIRECTORY, F_OK) == 0)
		return copy_path(ret_path, size_bytes,
				 snprintf(ret_path, size_bytes, "%s", ZCF_SYSTEM_RUNTIME_DIRECTORY));
	if (session && session[0])
		return copy_path(ret_path, size_bytes, snprintf(ret_path, size_bytes, "%s/zcframe", session));
	error = copy_path(ret_path, size_bytes, snprintf(ret_path, size_bytes, "/tmp/zcframe-%u", (unsigned)geteuid()));
	return error < 0 ? error : check_own(ret_path);
}

int zcf_runtime_directory_resolve(const char *given, char *ret_path, size_t size_bytes)
{
	if (given && given[0])
		return copy_path(ret_path, size_bytes, snprintf(ret_path, size_bytes, "%s", given));
	return zcf_runtime_directory(ret_path, size_bytes);
}

/* The channel of a socket's file name, or false if it is not one of ours. */
static bool channel_of_file(const char *file_name, char channel[ZCF_CHANNEL_NAME_SIZE])
{
	size_t length = strlen(file_name), suffix = strlen(ZCF_SOCKET_SUFFIX);

	if (length <= suffix || length - suffix >= ZCF_CHANNEL_NAME_SIZE ||
	    strcmp(file_name + length - suffix, ZCF_SOCKET_SUFFIX) != 0)
		return false;
	memcpy(channel, file_name, length - suffix);
	channel[length - suffix] = '\0';
	return zcf_channel_name_check(channel) == 0;
}

int zcf_channel_for_each(const char *runtime_directory, int (*visit)(void *context, const char *channel), void *context)
{
	char path[512], channel[ZCF_CHANNEL_NAME_SIZE];
	struct dirent **entries;
	int result = zcf_runtime_directory_resolve(runtime_directory, path, sizeof(path));

	if (result < 0)
		return result;
	int count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : zcf_fail(-errno, "runtime directory %s: %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (result == 0 && channel_of_file(entries[i]->d_name, channel))
			result = visit(context, channel);
		free(entries[i]);
	}
	free(entries);
	return result;
}
