/* SPDX-License-Identifier: Apache-2.0 */
/* Give a target each file of a folder: replay FOLDER. For builds without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define LARGEST_INPUT (1 << 20)

static int replay_file(const char *path)
{
	static uint8_t data[LARGEST_INPUT];
	FILE *file = fopen(path, "rb");

	if (!file)
		return -1;
	size_t size = fread(data, 1, sizeof(data), file);
	fclose(file);
	/* Exactly as large as it is, so that reading behind it shows. */
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact)
		return -1;
	for (size_t i = 0; i < size; i++)
		exact[i] = data[i];
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

int main(int argument_count, char **arguments)
{
	int count = 0;

	for (int i = 1; i < argument_count; i++) {
		DIR *folder = opendir(arguments[i]);
		struct dirent *entry;

		if (!folder) {
			perror(arguments[i]);
			return 1;
		}
		while ((entry = readdir(folder))) {
			char path[1024];

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", arguments[i], entry->d_name);
			if (replay_file(path) < 0) {
				perror(path);
				return 1;
			}
			count++;
		}
		closedir(folder);
	}
	printf("%d inputs\n", count);
	return count > 0 ? 0 : 1;
}
