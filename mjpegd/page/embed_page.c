/* SPDX-License-Identifier: Apache-2.0 */
/* Runs while the program is built: puts style and script into the page, and writes it as a C array.
 * Usage: embed-page INDEX.HTML STYLE.CSS SCRIPT.JS OUTPUT.C */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *path)
{
	perror(path);
	exit(EXIT_FAILURE);
}

static size_t column;

static void write_byte(FILE *output, int byte)
{
	fprintf(output, "%d,%s", byte, ++column % 24 == 0 ? "\n" : "");
}

static void write_file(FILE *output, const char *path)
{
	FILE *input = fopen(path, "rb");
	int byte;

	if (input == NULL)
		fail(path);
	while ((byte = fgetc(input)) != EOF)
		write_byte(output, byte);
	if (ferror(input))
		fail(path);
	fclose(input);
}

/* Lines that say @style@ or @script@ give way to those files. */
static void write_page(FILE *output, char **arguments)
{
	FILE *index = fopen(arguments[1], "rb");
	char line[4096];

	if (index == NULL)
		fail(arguments[1]);
	while (fgets(line, sizeof(line), index) != NULL) {
		if (strcmp(line, "@style@\n") == 0)
			write_file(output, arguments[2]);
		else if (strcmp(line, "@script@\n") == 0)
			write_file(output, arguments[3]);
		else
			for (const char *character = line; *character != '\0'; character++)
				write_byte(output, (unsigned char)*character);
	}
	if (ferror(index))
		fail(arguments[1]);
	fclose(index);
}

int main(int argument_count, char **arguments)
{
	FILE *output;

	if (argument_count != 5) {
		fprintf(stderr, "usage: embed-page INDEX.HTML STYLE.CSS SCRIPT.JS OUTPUT.C\n");
		return EXIT_FAILURE;
	}
	output = fopen(arguments[4], "w");
	if (output == NULL)
		fail(arguments[4]);
	fprintf(output, "#include \"page_data.h\"\nconst unsigned char page_data[] = {\n");
	write_page(output, arguments);
	fprintf(output, "};\nconst size_t page_data_size = sizeof(page_data);\n");
	if (fclose(output) != 0)
		fail(arguments[4]);
	return EXIT_SUCCESS;
}
