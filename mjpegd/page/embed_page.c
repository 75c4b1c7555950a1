/* SPDX-License-Identifier: Apache-2.0 */
/* Runs while the program is built: puts the page together and writes it as a C array.
 * Usage: embed-page OUTPUT.C INDEX.HTML FILE...
 * A line of the page that says @NAME@ gives way to the FILE of that name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t column;

static FILE *open_or_fail(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return file;
}

static void write_byte(FILE *output, int byte)
{
	fprintf(output, "%d,%s", byte, ++column % 24 == 0 ? "\n" : "");
}

static void write_file(FILE *output, const char *path)
{
	FILE *input = open_or_fail(path, "rb");
	int byte;

	while ((byte = fgetc(input)) != EOF)
		write_byte(output, byte);
	fclose(input);
}

/* The file that a line asks for, or NULL if it asks for none. */
static const char *find_file(const char *line, char *const *files)
{
	size_t length = strcspn(line, "\n");

	if (length < 3 || line[0] != '@' || line[length - 1] != '@')
		return NULL;
	for (; *files != NULL; files++) {
		const char *slash = strrchr(*files, '/');
		const char *name = slash != NULL ? slash + 1 : *files;

		if (strlen(name) == length - 2 && strncmp(name, line + 1, length - 2) == 0)
			return *files;
	}
	fprintf(stderr, "embed-page: no file for %s", line);
	exit(EXIT_FAILURE);
}

static void write_page(FILE *output, const char *index_path, char *const *files)
{
	FILE *index = open_or_fail(index_path, "rb");
	char line[4096];

	while (fgets(line, sizeof(line), index) != NULL) {
		const char *file = find_file(line, files);

		if (file != NULL) {
			write_file(output, file);
			continue;
		}
		for (const char *character = line; *character != '\0'; character++)
			write_byte(output, (unsigned char)*character);
	}
	fclose(index);
}

int main(int argument_count, char **arguments)
{
	FILE *output;

	if (argument_count < 3) {
		fprintf(stderr, "usage: embed-page OUTPUT.C INDEX.HTML FILE...\n");
		return EXIT_FAILURE;
	}
	output = open_or_fail(arguments[1], "w");
	fprintf(output, "#include \"page_data.h\"\nconst unsigned char page_data[] = {\n");
	write_page(output, arguments[2], arguments + 3);
	fprintf(output, "};\nconst size_t page_data_size = sizeof(page_data);\n");
	if (fclose(output) != 0) {
		perror(arguments[1]);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
