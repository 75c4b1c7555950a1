/* SPDX-License-Identifier: Apache-2.0 */
#include "numbering.h"

#include "message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *grab_numbered_path(const char *path, uint32_t number, uint32_t count)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash != NULL ? slash : path, '.');
	size_t stem_length = dot != NULL ? (size_t)(dot - path) : strlen(path);
	size_t size = strlen(path) + 16;
	char *numbered = cli_allocate(size, 1);
	int digits = snprintf(NULL, 0, "%" PRIu32, count);

	/* Equally many digits, so that the names sort as the frames do. */
	snprintf(numbered, size, "%.*s-%0*" PRIu32 "%s", (int)stem_length, path, digits < 3 ? 3 : digits, number,
		 path + stem_length);
	return numbered;
}
