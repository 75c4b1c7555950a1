/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: one event is one line, whatever it holds. */
#include "app/log.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int saved_stderr;
static int pipe_fds[2];

static void capture_begin(void)
{
	REQUIRE_EQUAL(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
	saved_stderr = dup(STDERR_FILENO);
	REQUIRE(dup2(pipe_fds[1], STDERR_FILENO) == STDERR_FILENO);
}

/* What was written since, as text. */
static void capture_end(char *text, size_t size)
{
	ssize_t length;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_fds[1]);
	length = read(pipe_fds[0], text, size - 1);
	close(pipe_fds[0]);
	text[length > 0 ? length : 0] = '\0';
}

static void a_line_in_a_file_is_logfmt_with_a_time(void **state)
{
	char text[4096];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	capture_begin();
	app_log_open("prog", APP_LOG_INFO);
	app_log(APP_LOG_INFO, "it happened", "count=%d", 3);
	capture_end(text, sizeof(text));
	REQUIRE(strncmp(text, "time=", 5) == 0);
	REQUIRE(strcmp(strchr(text, ' '), " level=info program=prog msg=\"it happened\" count=3\n") == 0);
}

static void a_line_to_the_journal_begins_with_its_priority(void **state)
{
	char text[4096], stream[64];
	struct stat status;

	(void)state;
	capture_begin();
	REQUIRE_EQUAL(fstat(STDERR_FILENO, &status), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev,
		 (unsigned long long)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	app_log_open("prog", APP_LOG_INFO);
	app_log(APP_LOG_WARNING, "careful", NULL);
	capture_end(text, sizeof(text));
	unsetenv("JOURNAL_STREAM");
	REQUIRE(strcmp(text, "<4>level=warning program=prog msg=careful\n") == 0);
}

static void lines_below_the_level_are_not_written(void **state)
{
	char text[4096];

	(void)state;
	capture_begin();
	app_log_open("prog", APP_LOG_WARNING);
	app_log(APP_LOG_INFO, "no", NULL);
	app_log_set_level(APP_LOG_DEBUG);
	app_log(APP_LOG_DEBUG, "yes", NULL);
	capture_end(text, sizeof(text));
	REQUIRE(strstr(text, "msg=no") == NULL);
	REQUIRE(strstr(text, "msg=yes") != NULL);
}

static void a_field_can_neither_end_the_line_nor_overrun_it(void **state)
{
	char text[8192], field[4000];

	(void)state;
	memset(field, 'x', sizeof(field) - 1);
	field[sizeof(field) - 1] = '\0';
	field[10] = '\n';
	capture_begin();
	app_log_open("prog", APP_LOG_INFO);
	app_log(APP_LOG_ERROR, "long", "field=%s", field);
	capture_end(text, sizeof(text));
	REQUIRE(strchr(text, '\n') == text + strlen(text) - 1);
	REQUIRE(strlen(text) <= 2048);
}

static void values_are_quoted_where_they_must_be(void **state)
{
	char quoted[64];

	(void)state;
	REQUIRE(strcmp(app_log_quote(quoted, sizeof(quoted), "plain/path.avi"), "plain/path.avi") == 0);
	REQUIRE(strcmp(app_log_quote(quoted, sizeof(quoted), ""), "\"\"") == 0);
	REQUIRE(strcmp(app_log_quote(quoted, sizeof(quoted), NULL), "\"\"") == 0);
	REQUIRE(strcmp(app_log_quote(quoted, sizeof(quoted), "a b=\"c\"\n\x01"), "\"a b=\\\"c\\\"\\n\\x01\"") == 0);
}

static void quoting_never_overruns_its_buffer(void **state)
{
	char buffer[32];

	(void)state;
	for (size_t size = 1; size < sizeof(buffer); size++) {
		memset(buffer, 0x55, sizeof(buffer));
		app_log_quote(buffer, size, "a \"quoted\" text\x01 that is longer than the buffer");
		REQUIRE(strlen(buffer) < size);
		REQUIRE_EQUAL(buffer[size], 0x55);
		/* A quote that was opened is closed. */
		if (size >= 3)
			REQUIRE(buffer[0] == '"' && buffer[strlen(buffer) - 1] == '"');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_in_a_file_is_logfmt_with_a_time), TEST(a_line_to_the_journal_begins_with_its_priority),
		TEST(lines_below_the_level_are_not_written),  TEST(a_field_can_neither_end_the_line_nor_overrun_it),
		TEST(values_are_quoted_where_they_must_be),   TEST(quoting_never_overruns_its_buffer),
	};

	return TEST_RUN(tests);
}
