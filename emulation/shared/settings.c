/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "runtime_directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/** Read the control file; too long a tail is ignored. @return Its length, 0 if there is none. */
static size_t read_control_file(char *text, size_t size)
{
	char path[256];
	if (emulation_runtime_path(path, sizeof(path), "control"))
		return 0;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return 0;
	ssize_t length = read(file, text, size - 1);
	close(file);
	text[length > 0 ? length : 0] = 0;
	return length > 0 ? (size_t)length : 0;
}

static bool find_line(const char *text, const char *name, char *value, size_t size)
{
	size_t name_length = strlen(name);
	for (const char *line = text; line && *line;) {
		if (!strncmp(line, name, name_length) && line[name_length] == '=') {
			const char *start = line + name_length + 1;
			snprintf(value, size, "%.*s", (int)strcspn(start, "\r\n"), start);
			return true;
		}
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return false;
}

bool emulation_setting(const char *name, char *value, size_t size)
{
	char text[4096];
	value[0] = 0;
	if (read_control_file(text, sizeof(text)) && find_line(text, name, value, size))
		return value[0] != 0;
	const char *environment = getenv(name);
	if (environment)
		snprintf(value, size, "%s", environment);
	return value[0] != 0;
}

bool emulation_setting_on(const char *name)
{
	static const char *const off[] = {"0", "no", "off", "false"};
	char value[32];
	if (!emulation_setting(name, value, sizeof(value)))
		return false;
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		if (!strcasecmp(value, off[i]))
			return false;
	}
	return true;
}

int64_t emulation_setting_number(const char *name, int64_t otherwise)
{
	char value[32], *end;
	if (!emulation_setting(name, value, sizeof(value)))
		return otherwise;
	long long number = strtoll(value, &end, 0);
	return *end ? otherwise : (int64_t)number;
}
