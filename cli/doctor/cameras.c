/* SPDX-License-Identifier: Apache-2.0 */
/* May this user open the cameras? */
#include "checks.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK "cameras"

static const char *current_user(void)
{
	const struct passwd *entry = getpwuid(geteuid());

	return entry != NULL ? entry->pw_name : "USER";
}

static void report_closed(struct findings *findings, const char *device, int error)
{
	struct stat status;
	const struct group *group = stat(device, &status) == 0 ? getgrgid(status.st_gid) : NULL;

	findings_problem(findings, FINDING_WARNING, CHECK, "camera %s cannot be opened by this user: %s", device,
			 strerror(error));
	findings_remedy(findings,
			"sudo usermod -aG %s %s, then log in again; a zcf-camerad that runs as its own user needs the "
			"same",
			group != NULL ? group->gr_name : "video", current_user());
}

void check_cameras(struct findings *findings)
{
	glob_t devices = {0};
	size_t usable = 0;

	if (glob("/dev/video*", 0, NULL, &devices) != 0 || devices.gl_pathc == 0) {
		findings_good(findings, CHECK, "no cameras (/dev/video*); the synthetic camera and files need none");
		globfree(&devices);
		return;
	}
	for (size_t i = 0; i < devices.gl_pathc; i++) {
		if (access(devices.gl_pathv[i], R_OK | W_OK) < 0)
			report_closed(findings, devices.gl_pathv[i], errno);
		else
			usable++;
	}
	if (usable > 0)
		findings_good(findings, CHECK, "%zu of %zu camera devices can be opened by this user", usable,
			      devices.gl_pathc);
	globfree(&devices);
}
