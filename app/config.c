/* SPDX-License-Identifier: Apache-2.0 */
/* inih splits keys from values and strips comments. What it does not do is done here, in the reader that
 * feeds it lines: count them, refuse a line that it would cut in two, and begin sections (it reports
 * neither a section without keys nor more than 50 characters of a section's name). */
#include "config.h"

#include "config_value.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every section of every program: those that the running program does not read are skipped. */
static const char *const known_sections[] = {"camera",   "channel", "runtime", "vio",
					     "watchdog", "mjpegd",  "yolod",   "streamd"};

struct config_reader {
	FILE *file;
	const char *path;
	const struct app_config_section *sections;
	void *context;
	char *line; /* getline()'s */
	size_t line_size;
	int line_number;

	const struct app_config_section *section; /* NULL before the first and in those that are skipped. */
	bool skipping;
	void *target;
	uint64_t keys_seen; /* One bit for each key of the section. */

	int result; /* Stays with the first error. */
	int error_line;
	char *error;
	size_t error_size;
};

__attribute__((format(printf, 3, 4))) static void fail(struct config_reader *reader, int result, const char *format,
						       ...)
{
	char sentence[512];
	va_list arguments;

	if (reader->result != 0)
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	reader->result = result;
	reader->error_line = reader->line_number;
	snprintf(reader->error, reader->error_size, "%s:%d: %s", reader->path, reader->line_number, sentence);
}

static bool is_known_section(const char *name)
{
	for (size_t i = 0; i < sizeof(known_sections) / sizeof(known_sections[0]); i++) {
		if (strcmp(name, known_sections[i]) == 0)
			return true;
	}
	return false;
}

static const struct app_config_section *find_section(const struct config_reader *reader, const char *name)
{
	for (const struct app_config_section *section = reader->sections; section->name != NULL; section++) {
		if (strcmp(section->name, name) == 0)
			return section;
	}
	return NULL;
}

static void begin_section(struct config_reader *reader, const char *name, const char *argument)
{
	const struct app_config_section *section = find_section(reader, name);
	char why[256] = "";

	reader->section = NULL;
	reader->skipping = section == NULL;
	reader->keys_seen = 0;
	if (section == NULL) {
		if (!is_known_section(name))
			fail(reader, -EINVAL,
			     "unknown section [%s]; known are [camera], [channel NAME], [runtime], [vio], "
			     "[watchdog], [mjpegd], [yolod] and [streamd]",
			     name);
		return;
	}
	if (section->takes_argument && *argument == '\0') {
		fail(reader, -EINVAL, "[%s] needs a name: [%s NAME]", name, name);
		return;
	}
	if (!section->takes_argument && *argument != '\0') {
		fail(reader, -EINVAL, "[%s] takes no name, but has '%s'", name, argument);
		return;
	}
	reader->target = section->begin(reader->context, argument, why, sizeof(why));
	if (reader->target == NULL)
		fail(reader, -EINVAL, "%s", why);
	else
		reader->section = section;
}

/* `[name]` or `[name argument]`, with nothing behind it but a comment. */
static void read_section_line(struct config_reader *reader, char *text)
{
	char *name = text + 1, *end = strchr(name, ']'), *argument, *rest;

	if (end == NULL) {
		fail(reader, -EINVAL, "section without its closing ']'");
		return;
	}
	for (rest = end + 1; isspace((unsigned char)*rest);)
		rest++;
	if (*rest != '\0' && *rest != ';' && *rest != '#') {
		fail(reader, -EINVAL, "unexpected text after ']'");
		return;
	}
	while (isspace((unsigned char)*name))
		name++;
	while (end > name && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	for (argument = name; *argument != '\0' && !isspace((unsigned char)*argument);)
		argument++;
	if (*argument != '\0')
		*argument++ = '\0';
	while (isspace((unsigned char)*argument))
		argument++;
	begin_section(reader, name, argument);
}

/* inih's reader: like fgets(), but NULL also ends the file at the first error. */
static char *read_line(char *buffer, int buffer_size, void *context)
{
	struct config_reader *reader = context;
	ssize_t length;
	char *text;

	if (reader->result != 0)
		return NULL;
	length = getline(&reader->line, &reader->line_size, reader->file);
	if (length < 0)
		return NULL;
	reader->line_number++;
	text = reader->line;
	if (memchr(text, '\0', (size_t)length) != NULL) {
		fail(reader, -EINVAL, "the line holds a zero byte; this is not a configuration file");
		return NULL;
	}
	if (reader->line_number == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	/* inih would take an indented line for the continuation of the value above it. */
	while (*text == ' ' || *text == '\t')
		text++;
	if (*text == '[') {
		read_section_line(reader, text);
		text = strcpy(reader->line, "\n");
	}
	if (strlen(text) >= (size_t)buffer_size) {
		fail(reader, -EINVAL, "the line is longer than %d characters", buffer_size - 1);
		return NULL;
	}
	return strcpy(buffer, text);
}

static void list_keys(const struct app_config_key *keys, char *list, size_t list_size)
{
	size_t length = 0;

	list[0] = '\0';
	for (const struct app_config_key *key = keys; key->name != NULL && length < list_size; key++)
		length +=
			(size_t)snprintf(list + length, list_size - length, "%s%s", length > 0 ? ", " : "", key->name);
}

/* inih's handler, called for each key. Returns 1: errors are kept in the reader. */
static int read_key(void *context, const char *ini_section, const char *name, const char *value)
{
	struct config_reader *reader = context;
	const struct app_config_key *key;
	char why[384] = "";
	int error;

	(void)ini_section;
	if (reader->result != 0 || reader->skipping)
		return 1;
	if (reader->section == NULL) {
		fail(reader, -EINVAL, "'%s' stands before the first [section]", name);
		return 1;
	}
	for (key = reader->section->keys; key->name != NULL && strcmp(key->name, name) != 0;)
		key++;
	if (key->name == NULL) {
		list_keys(reader->section->keys, why, sizeof(why));
		fail(reader, -EINVAL, "unknown key '%s' in [%s]; known are %s", name, reader->section->name, why);
		return 1;
	}
	if (reader->keys_seen & (UINT64_C(1) << (key - reader->section->keys))) {
		fail(reader, -EINVAL, "%s is set twice in one section", name);
		return 1;
	}
	reader->keys_seen |= UINT64_C(1) << (key - reader->section->keys);
	error = config_value_set(key, reader->target, value, why, sizeof(why));
	if (error != 0)
		fail(reader, error, "%s", error == -ENOMEM ? "out of memory" : why);
	return 1;
}

static void parse(struct config_reader *reader)
{
	int ini_line = ini_parse_stream(read_line, reader, read_key, reader);

	if (ferror(reader->file)) {
		reader->result = errno != 0 ? -errno : -EIO;
		snprintf(reader->error, reader->error_size, "%s: cannot be read: %s", reader->path,
			 strerror(-reader->result));
	} else if (ini_line < 0) {
		fail(reader, -ENOMEM, "out of memory");
	} else if (ini_line > 0 && (reader->result == 0 || ini_line < reader->error_line)) {
		reader->result = 0;
		reader->line_number = ini_line;
		fail(reader, -EINVAL, "neither a [section] nor 'key = value' nor a comment (# or ;)");
	}
}

int app_config_load(const char *path, const struct app_config_section *sections, void *context, char *error,
		    size_t error_size)
{
	struct config_reader reader = {
		.path = path, .sections = sections, .context = context, .error = error, .error_size = error_size};

	reader.file = fopen(path, "re");
	if (reader.file == NULL) {
		int open_error = errno;

		snprintf(error, error_size, "%s: cannot be opened: %s", path, strerror(open_error));
		return -open_error;
	}
	errno = 0;
	parse(&reader);
	free(reader.line);
	fclose(reader.file);
	return reader.result;
}

void app_config_free_strings(const struct app_config_key *keys, void *target)
{
	for (const struct app_config_key *key = keys; key->name != NULL; key++) {
		if (key->type == APP_CONFIG_STRING || key->type == APP_CONFIG_USER) {
			char **field = (char **)((char *)target + key->offset);

			free(*field);
			*field = NULL;
		}
	}
}
