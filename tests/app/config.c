/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: what is understood, and that every mistake is named with its line. */
#include "app/config.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct example {
	bool flag;
	uint32_t count;
	double ratio;
	char *text;
	char *user;
	uint64_t duration_ns;
	char argument[64];
};

static const struct app_config_key keys[] = {
	{"flag", APP_CONFIG_BOOL, offsetof(struct example, flag), 0, 0, NULL},
	{"count", APP_CONFIG_UINT32, offsetof(struct example, count), 1, 100, NULL},
	{"ratio", APP_CONFIG_DOUBLE, offsetof(struct example, ratio), 0.5, 10, NULL},
	{"text", APP_CONFIG_STRING, offsetof(struct example, text), 0, 0, NULL},
	{"user", APP_CONFIG_USER, offsetof(struct example, user), 0, 0, NULL},
	{"duration", APP_CONFIG_DURATION, offsetof(struct example, duration_ns), 1e6, 60e9, NULL},
	{"pause", APP_CONFIG_DURATION, offsetof(struct example, duration_ns), 0, 3600e9, NULL},
	{"tick", APP_CONFIG_DURATION, offsetof(struct example, duration_ns), 1, 1.5e9, NULL},
	{0},
};

static void *begin(void *context, const char *argument, char *why, size_t why_size)
{
	struct example *example = context;

	if (strcmp(argument, "taken") == 0) {
		snprintf(why, why_size, "the name is taken");
		return NULL;
	}
	snprintf(example->argument, sizeof(example->argument), "%s", argument);
	return example;
}

static const struct app_config_section sections[] = {
	{"camera", false, begin, keys},
	{"channel", true, begin, keys},
	{0},
};

static char path[] = "/tmp/zcf-test-config-XXXXXX";

static void write_file(const void *text, size_t size)
{
	FILE *file = fopen(path, "we");

	REQUIRE(file != NULL);
	REQUIRE_EQUAL(fwrite(text, 1, size, file), size);
	REQUIRE_EQUAL(fclose(file), 0);
}

static int load(const char *text, struct example *example, char error[512])
{
	write_file(text, strlen(text));
	*example = (struct example){0};
	error[0] = '\0';
	return app_config_load(path, sections, example, error, 512);
}

/* The text is refused, in this line, with these words. */
static void require_refused(const char *text, int line, const char *words)
{
	char error[512], place[64];
	struct example example;

	REQUIRE_EQUAL(load(text, &example, error), -EINVAL);
	snprintf(place, sizeof(place), "%s:%d: ", path, line);
	if (strncmp(error, place, strlen(place)) != 0 || strstr(error, words) == NULL)
		print_error("said: %s\n", error);
	REQUIRE(strncmp(error, place, strlen(place)) == 0);
	REQUIRE(strstr(error, words) != NULL);
	app_config_free_strings(keys, &example);
}

static void every_type_of_value_reaches_its_field(void **state)
{
	char error[512];
	struct example example;

	(void)state;
	REQUIRE_EQUAL(load("# a comment\n"
			   "[camera]\n"
			   "flag = Yes\n"
			   "  count=7 ; a comment behind a value\n"
			   "ratio : 2.5\n"
			   "text = /a path/with blanks.avi\n"
			   "duration = 1.5s",
			   &example, error),
		      0);
	REQUIRE(example.flag);
	REQUIRE_EQUAL(example.count, 7);
	REQUIRE(example.ratio == 2.5);
	REQUIRE(strcmp(example.text, "/a path/with blanks.avi") == 0);
	REQUIRE_EQUAL(example.duration_ns, 1500000000);
	app_config_free_strings(keys, &example);
	REQUIRE(example.text == NULL);
}

static void durations_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {{"2000us", 2000000}, {"66ms", 66000000}, {"1000000ns", 1000000}, {"1 min", 60000000000}};
	char error[512], text[64];
	struct example example;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "[camera]\nduration = %s\n", cases[i].text);
		REQUIRE_EQUAL(load(text, &example, error), 0);
		REQUIRE_EQUAL(example.duration_ns, cases[i].ns);
	}
	require_refused("[camera]\nduration = 66\n", 2, "66ms");
	require_refused("[camera]\nduration = 61s\n", 2, "duration");
	require_refused("[camera]\nduration = -5ms\n", 2, "duration");
	require_refused("[camera]\nduration = nans\n", 2, "duration");
	require_refused("[camera]\nduration = 1e300s\n", 2, "duration");
	require_refused("[camera]\nduration = ms\n", 2, "duration");
	require_refused("[camera]\nduration = 5 parsecs\n", 2, "duration");
	/* The limits are said in words that are durations themselves. */
	require_refused("[camera]\nduration = 0\n", 2, "from 1ms to 1min, not '0'");
	require_refused("[camera]\npause = 2\n", 2, "from 0 to 60min, not '2'");
	require_refused("[camera]\ntick = 2s\n", 2, "from 1ns to 1500ms, not '2s'");
}

static void a_user_is_one_that_this_machine_has(void **state)
{
	char error[512];
	struct example example;

	(void)state;
	REQUIRE_EQUAL(load("[camera]\nuser = root\n", &example, error), 0);
	REQUIRE(strcmp(example.user, "root") == 0);
	app_config_free_strings(keys, &example);
	REQUIRE(example.user == NULL);
	REQUIRE_EQUAL(load("[camera]\nuser =\n", &example, error), 0);
	REQUIRE(strcmp(example.user, "") == 0);
	app_config_free_strings(keys, &example);
	require_refused("[camera]\nuser = no-such-user\n", 2, "user: there is no user 'no-such-user'");
}

static void a_section_begins_even_without_keys_and_with_a_long_name(void **state)
{
	char error[512];
	struct example example;

	(void)state;
	REQUIRE_EQUAL(load("[ channel  a_name_that_is_longer_than_the_fifty_characters_of_inih_ ]\n", &example, error),
		      0);
	REQUIRE(strcmp(example.argument, "a_name_that_is_longer_than_the_fifty_characters_of_inih_") == 0);
}

static void sections_of_other_programs_are_skipped(void **state)
{
	char error[512];
	struct example example;

	(void)state;
	REQUIRE_EQUAL(load("[mjpegd]\nport = 8080\n[camera]\ncount = 3\n[yolod]\nx = y\n", &example, error), 0);
	REQUIRE_EQUAL(example.count, 3);
}

static void a_wrong_value_is_named_with_its_line(void **state)
{
	(void)state;
	require_refused("[camera]\n\ncount = 0\n", 3, "count must be a whole number from 1 to 100, not '0'");
	require_refused("[camera]\ncount = 101\n", 2, "'101'");
	require_refused("[camera]\ncount = -1\n", 2, "'-1'");
	require_refused("[camera]\ncount = 1x\n", 2, "'1x'");
	require_refused("[camera]\ncount =\n", 2, "''");
	require_refused("[camera]\ncount = 99999999999999999999999\n", 2, "whole number");
	require_refused("[camera]\ncount = 4294967297\n", 2, "whole number");
	require_refused("[camera]\nratio = nan\n", 2, "from 0.5 to 10");
	require_refused("[camera]\nratio = 11\n", 2, "from 0.5 to 10");
	require_refused("[camera]\nflag = maybe\n", 2, "yes or no");
}

static void an_unknown_key_or_section_is_named_with_its_line_and_what_is_known(void **state)
{
	(void)state;
	require_refused("[camera]\ncount = 1\ncuont = 2\n", 3,
			"unknown key 'cuont' in [camera]; known are flag, count");
	require_refused("[camera]\n[kamera]\n", 2, "unknown section [kamera]");
	require_refused("count = 1\n", 1, "before the first [section]");
	require_refused("[camera]\ncount = 1\ncount = 2\n", 3, "twice");
}

static void a_malformed_line_is_named(void **state)
{
	char long_line[400] = "[camera]\ntext = ";

	(void)state;
	require_refused("[camera]\nnonsense\n", 2, "neither");
	require_refused("[camera]\nnonsense\n[kamera]\n", 2, "neither");
	require_refused("[camera\n", 1, "']'");
	require_refused("[camera] count = 1\n", 1, "after ']'");
	require_refused("[channel]\n", 1, "[channel NAME]");
	require_refused("[camera front]\n", 1, "takes no name");
	require_refused("[channel taken]\n", 1, "the name is taken");
	memset(long_line + strlen(long_line), 'x', 300);
	require_refused(long_line, 2, "longer than");
}

static void a_file_that_is_no_text_is_refused(void **state)
{
	static const char binary[] = "[camera]\ntext = a\0b\n";
	char error[512];
	struct example example = {0};

	(void)state;
	write_file(binary, sizeof(binary) - 1);
	REQUIRE_EQUAL(app_config_load(path, sections, &example, error, sizeof(error)), -EINVAL);
	REQUIRE(strstr(error, ":2: ") != NULL);
	REQUIRE_EQUAL(app_config_load("/nonexistent/zcframe.conf", sections, &example, error, sizeof(error)), -ENOENT);
	REQUIRE(strstr(error, "/nonexistent/zcframe.conf") != NULL);
	REQUIRE_EQUAL(app_config_load("/tmp", sections, &example, error, sizeof(error)), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_type_of_value_reaches_its_field),
		TEST(durations_have_units),
		TEST(a_user_is_one_that_this_machine_has),
		TEST(a_section_begins_even_without_keys_and_with_a_long_name),
		TEST(sections_of_other_programs_are_skipped),
		TEST(a_wrong_value_is_named_with_its_line),
		TEST(an_unknown_key_or_section_is_named_with_its_line_and_what_is_known),
		TEST(a_malformed_line_is_named),
		TEST(a_file_that_is_no_text_is_refused),
	};
	int file = mkstemp(path), failed;

	if (file < 0)
		return 1;
	close(file);
	failed = TEST_RUN(tests);
	unlink(path);
	return failed;
}
