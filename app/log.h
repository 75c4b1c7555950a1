/* SPDX-License-Identifier: Apache-2.0 */
/** @file log.h
 * Structured log lines of our programs, on standard error: logfmt (`level=info program=zcf-camerad
 * msg="consumer attached" channel=... pid=...`), with the priority prefix that journald reads when standard
 * error is the journal, and plain and readable when it is a terminal. */
#ifndef ZCFRAME_APP_LOG_H
#define ZCFRAME_APP_LOG_H

enum app_log_level {
	APP_LOG_ERROR = 0,
	APP_LOG_WARNING = 1,
	APP_LOG_INFO = 2,
	APP_LOG_DEBUG = 3,
};

/** Name the program and set the least urgent level that is printed. Call once, before any other thread runs. */
void app_log_open(const char *program, enum app_log_level level);

/** Change the level, for a reload. */
void app_log_set_level(enum app_log_level level);

/** "error", "warning", "info" or "debug" to a level. @return 0 or -EINVAL. */
int app_log_level_parse(const char *text, enum app_log_level *ret_level);

/**
 * Write one line.
 *
 * @param message  A sentence without variables, so that equal events are equal lines.
 * @param fields   printf format of logfmt pairs ("channel=%s pid=%d"), or NULL. Quote what may hold blanks
 *                 with app_log_quote().
 * @note Thread-safe: a line is one write(2).
 */
void app_log(enum app_log_level level, const char *message, const char *fields, ...)
	__attribute__((format(printf, 3, 4)));

/** Quote and escape @p text for a logfmt value into @p buffer. @return buffer. */
const char *app_log_quote(char *buffer, unsigned long size, const char *text);

#endif
