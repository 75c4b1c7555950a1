/* SPDX-License-Identifier: Apache-2.0 */
#include "process_name.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

const char *process_name(char buffer[PROCESS_NAME_SIZE], int32_t pid)
{
	char path[64], line[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	snprintf(buffer, PROCESS_NAME_SIZE, "?");
	file = fopen(path, "re");
	if (file == NULL)
		return buffer;
	if (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		text_clean(buffer, PROCESS_NAME_SIZE, line, sizeof(line));
	}
	fclose(file);
	return buffer;
}
