/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Where the lines go decides how they look: the journal adds time and program itself, a person wants few
 * words, and a file or pipe needs everything. */
enum log_target {
	LOG_TARGET_FILE,
	LOG_TARGET_TERMINAL,
	LOG_TARGET_JOURNAL,
};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
/* What syslog(3) calls LOG_ERR, LOG_WARNING, LOG_INFO and LOG_DEBUG. */
static const char level_priorities[] = {'3', '4', '6', '7'};

static const char *log_program = "zcframe";
static enum log_target log_target = LOG_TARGET_FILE;
static atomic_int log_level = APP_LOG_INFO;

/* systemd sets JOURNAL_STREAM to device and inode of the stream it connected; standard error may have been
 * redirected since, so compare. */
static bool standard_error_is_journal(void)
{
	const char *journal_stream = getenv("JOURNAL_STREAM");
	struct stat status;
	unsigned long long device, inode;

	return journal_stream != NULL && sscanf(journal_stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == (dev_t)device && status.st_ino == (ino_t)inode;
}

void app_log_open(const char *program, enum app_log_level level)
{
	log_program = program;
	if (standard_error_is_journal())
		log_target = LOG_TARGET_JOURNAL;
	else if (isatty(STDERR_FILENO))
		log_target = LOG_TARGET_TERMINAL;
	else
		log_target = LOG_TARGET_FILE;
	app_log_set_level(level);
}

void app_log_set_level(enum app_log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

int app_log_level_parse(const char *text, enum app_log_level *ret_level)
{
	for (unsigned i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*ret_level = (enum app_log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A line under construction. Text that does not fit is cut, never overrun. */
struct line {
	char text[2048];
	size_t length;
};

static void line_append_v(struct line *line, const char *format, va_list arguments)
{
	/* One byte stays free for the newline. */
	size_t room = sizeof(line->text) - 1 - line->length;
	int length = vsnprintf(line->text + line->length, room, format, arguments);

	if (length > 0)
		line->length += (size_t)length < room ? (size_t)length : room - 1;
}

__attribute__((format(printf, 2, 3))) static void line_append(struct line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line_append_v(line, format, arguments);
	va_end(arguments);
}

static void line_begin(struct line *line, enum app_log_level level, const char *message)
{
	char quoted[512], stamp[32];
	struct timespec now;
	struct tm broken_down;

	clock_gettime(CLOCK_REALTIME, &now);
	switch (log_target) {
	case LOG_TARGET_JOURNAL:
		line_append(line, "<%c>", level_priorities[level]);
		break;
	case LOG_TARGET_TERMINAL:
		localtime_r(&now.tv_sec, &broken_down);
		strftime(stamp, sizeof(stamp), "%H:%M:%S", &broken_down);
		line_append(line, "%s.%03ld %s: ", stamp, now.tv_nsec / 1000000, log_program);
		if (level != APP_LOG_INFO)
			line_append(line, "%s: ", level_names[level]);
		line_append(line, "%s", message);
		return;
	case LOG_TARGET_FILE:
		gmtime_r(&now.tv_sec, &broken_down);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &broken_down);
		line_append(line, "time=%s.%03ldZ ", stamp, now.tv_nsec / 1000000);
		break;
	}
	line_append(line, "level=%s program=%s msg=%s", level_names[level], log_program,
		    app_log_quote(quoted, sizeof(quoted), message));
}

void app_log(enum app_log_level level, const char *message, const char *fields, ...)
{
	struct line line = {.length = 0};
	int saved_errno = errno;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	line_begin(&line, level, message);
	if (fields != NULL) {
		va_list arguments;

		line_append(&line, log_target == LOG_TARGET_TERMINAL ? "  " : " ");
		va_start(arguments, fields);
		line_append_v(&line, fields, arguments);
		va_end(arguments);
	}
	/* One event is one line, whatever a field holds. */
	for (size_t i = 0; i < line.length; i++) {
		if (line.text[i] == '\n' || line.text[i] == '\r')
			line.text[i] = ' ';
	}
	line.text[line.length++] = '\n';
	/* A log that cannot be written has nowhere to complain. */
	if (write(STDERR_FILENO, line.text, line.length) < 0) {
	}
	errno = saved_errno;
}

static bool needs_quotes(const char *text)
{
	if (*text == '\0')
		return true;
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte <= ' ' || byte == 0x7f || byte == '"' || byte == '\\' || byte == '=')
			return true;
	}
	return false;
}

/* Writes one character, escaped, and returns its length; at most 4 bytes. */
static unsigned escape_character(char *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	if (byte == '"' || byte == '\\') {
		out[0] = '\\';
		out[1] = (char)byte;
		return 2;
	}
	if (byte == '\n') {
		memcpy(out, "\\n", 2);
		return 2;
	}
	if (byte < ' ' || byte == 0x7f) {
		out[0] = '\\';
		out[1] = 'x';
		out[2] = digits[byte >> 4];
		out[3] = digits[byte & 15];
		return 4;
	}
	out[0] = (char)byte;
	return 1;
}

const char *app_log_quote(char *buffer, unsigned long size, const char *text)
{
	unsigned long length = 0;
	bool quoted;

	if (size == 0)
		return buffer;
	if (text == NULL)
		text = "";
	quoted = needs_quotes(text);
	if (quoted && size < 3) {
		buffer[0] = '\0';
		return buffer;
	}
	if (quoted)
		buffer[length++] = '"';
	for (; *text != '\0'; text++) {
		char escaped[4];
		unsigned escaped_length = escape_character(escaped, (unsigned char)*text);

		/* Room for the closing quote and the terminating zero. */
		if (length + escaped_length + 2 > size)
			break;
		memcpy(buffer + length, escaped, escaped_length);
		length += escaped_length;
	}
	if (quoted)
		buffer[length++] = '"';
	buffer[length] = '\0';
	return buffer;
}
