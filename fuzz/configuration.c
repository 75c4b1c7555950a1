/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file, as the camera daemon reads it. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "camerad/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings_overrides overrides = {0};
	struct settings settings;
	char path[64], why[512];
	int fd = memfd_create("zcframe-fuzz-configuration", MFD_CLOEXEC);

	REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	overrides.config_path = path;
	why[0] = '\0';
	int error = settings_load(&overrides, &settings, why, sizeof(why));
	/* It says what is wrong, and where. */
	REQUIRE(error == 0 || strlen(why) > 0);
	settings_fini(&settings);
	close(fd);
	return 0;
}
