/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime_directory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory(char *path, size_t size)
{
	const char *configured = getenv("ZCF_EMULATION_DIR");
	const char *session = getenv("XDG_RUNTIME_DIR");
	int length;
	if (configured && *configured)
		length = snprintf(path, size, "%s", configured);
	else if (session && *session)
		length = snprintf(path, size, "%s/zcf-emulation", session);
	else if (geteuid() == 0)
		length = snprintf(path, size, "/run/zcf-emulation");
	else
		length = snprintf(path, size, "/tmp/zcf-emulation-%u", (unsigned)geteuid());
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : length;
}

int emulation_runtime_path(char *path, size_t size, const char *file)
{
	int used = directory(path, size);
	if (used < 0 || !file)
		return used < 0 ? used : 0;
	int length = snprintf(path + used, size - (size_t)used, "/%s", file);
	return length < 0 || (size_t)length >= size - (size_t)used ? -ENAMETOOLONG : 0;
}

int emulation_runtime_directory_create(void)
{
	char path[256];
	struct stat status;
	if (emulation_runtime_path(path, sizeof(path), NULL))
		return -ENAMETOOLONG;
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	if (lstat(path, &status))
		return -errno;
	/* Under /tmp anybody may have been first: a directory of somebody else would let them play our driver. */
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid())
		return -EPERM;
	return 0;
}
