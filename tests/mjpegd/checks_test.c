/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, host names, addresses to listen on, and text of others. */
#include "host_check.h"
#include "listener.h"
#include "printable.h"
#include "token.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "0123456789abcdef0123"

static char token_path[] = "/tmp/zcf-token-XXXXXX";

static int create_token_file(void **state)
{
	int fd = mkstemp(token_path);

	(void)state;
	return fd >= 0 ? close(fd) : -1;
}

static int remove_token_file(void **state)
{
	(void)state;
	return unlink(token_path);
}

static int load(const char *text, struct token *token)
{
	FILE *file = fopen(token_path, "w");
	char why[512] = "";
	int error;

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	error = token_load(token_path, token, why, sizeof(why));
	/* A refusal says why, and never shows the token. */
	assert_true(error == 0 || strstr(why, token_path) != NULL);
	assert_null(strstr(why, TOKEN));
	return error;
}

static void only_the_very_token_matches(void **state)
{
	struct token token;
	char longer[TOKEN_MAXIMUM_LENGTH * 2];

	(void)state;
	assert_int_equal(load(TOKEN "\n", &token), 0);
	assert_true(token_matches(&token, TOKEN));
	assert_false(token_matches(&token, ""));
	assert_false(token_matches(&token, "0123456789abcdef012"));
	assert_false(token_matches(&token, "0123456789abcdef01234"));
	assert_false(token_matches(&token, "1123456789abcdef0123"));
	assert_false(token_matches(&token, "0123456789abcdef0124"));
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_false(token_matches(&token, longer));
	memcpy(longer, TOKEN, strlen(TOKEN));
	assert_false(token_matches(&token, longer));
}

static void a_token_may_be_as_long_as_is_said_and_no_longer(void **state)
{
	char text[TOKEN_MAXIMUM_LENGTH + 2];
	struct token token;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(load(text, &token), -EINVAL);
	text[TOKEN_MAXIMUM_LENGTH] = '\0';
	assert_int_equal(load(text, &token), 0);
	assert_true(token_matches(&token, text));
	text[TOKEN_MAXIMUM_LENGTH - 1] = '\0';
	assert_false(token_matches(&token, text));
}

static void a_file_without_a_usable_token_is_refused(void **state)
{
	struct token token;
	char why[512];

	(void)state;
	assert_int_equal(load("", &token), -EINVAL);
	assert_int_equal(load("\n" TOKEN "\n", &token), -EINVAL);
	assert_int_equal(load("short\n", &token), -EINVAL);
	assert_int_equal(load("has blanks in between it\n", &token), -EINVAL);
	assert_int_equal(load("has/slashes+and&amps====\n", &token), -EINVAL);
	assert_int_equal(token_load("/nonexistent/token", &token, why, sizeof(why)), -ENOENT);
}

static void addresses_and_our_own_names_are_ours(void **state)
{
	char own[256], with_port[300];

	(void)state;
	assert_int_equal(gethostname(own, sizeof(own)), 0);
	snprintf(with_port, sizeof(with_port), "%s.local:8080", own);
	assert_true(host_is_ours(NULL, NULL));
	assert_true(host_is_ours("127.0.0.1:8080", NULL));
	assert_true(host_is_ours("192.168.1.7", NULL));
	assert_true(host_is_ours("[::1]:8080", NULL));
	assert_true(host_is_ours("[fe80::1]", NULL));
	assert_true(host_is_ours("localhost:8080", NULL));
	assert_true(host_is_ours("LocalHost", NULL));
	assert_true(host_is_ours("camera.localhost:80", NULL));
	assert_true(host_is_ours(own, NULL));
	assert_true(host_is_ours(with_port, NULL));
	assert_true(host_is_ours("camera.example:443", "other.example, camera.example"));
}

static void names_that_others_can_point_at_us_are_not_ours(void **state)
{
	(void)state;
	assert_false(host_is_ours("evil.example:8080", NULL));
	assert_false(host_is_ours("127.0.0.1.evil.example", NULL));
	assert_false(host_is_ours("localhost.evil.example", NULL));
	assert_false(host_is_ours("evillocalhost", NULL));
	assert_false(host_is_ours(".localhost.", NULL));
	assert_false(host_is_ours("", NULL));
	assert_false(host_is_ours("[::1", NULL));
	assert_false(host_is_ours("[evil.example]", NULL));
	assert_false(host_is_ours("camera.example", "camera.example.org"));
	assert_false(host_is_ours("camera.example.org", "camera.example"));
	assert_false(host_is_ours("camera.example", ""));
}

static void an_address_is_taken_or_refused_with_an_example(void **state)
{
	static const char *const good[] = {"127.0.0.1:8080", "0.0.0.0:80", "[::1]:8080", "[::]:0", "localhost:65535"};
	static const char *const bad[] = {
		"",       "8080",           ":8080",        "127.0.0.1",   "127.0.0.1:",
		"::1:80", "127.0.0.1:8o80", "[::1:8080",    "[]:8080",     "127.0.0.1:65536",
		"a:-1",   "a: 1",           "127.0.0.1:1 ", "[::1]x:8080", "host:99999999999999999999"};
	char why[512];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(listener_check(good[i], why, sizeof(why)), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (listener_check(bad[i], why, sizeof(why)) != -EINVAL)
			fail_msg("'%s' was taken for an address", bad[i]);
		assert_non_null(strstr(why, "127.0.0.1:8080"));
	}
}

static void the_port_that_was_picked_is_in_the_url(void **state)
{
	struct listener listener;
	char why[512], expected[64];
	unsigned port;

	(void)state;
	assert_int_equal(listener_open("127.0.0.1:0", &listener, why, sizeof(why)), 0);
	assert_int_equal(sscanf(listener.url, "http://127.0.0.1:%u/", &port), 1);
	assert_int_not_equal(port, 0);
	assert_true(listener.is_loopback);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", port);
	{
		struct listener second;

		assert_int_equal(listener_open(expected, &second, why, sizeof(why)), -EADDRINUSE);
		assert_non_null(strstr(why, expected));
	}
	close(listener.fd);
	assert_int_equal(listener_open("0.0.0.0:0", &listener, why, sizeof(why)), 0);
	assert_false(listener.is_loopback);
	close(listener.fd);
}

static void require_clean(const char *text, const char *expected)
{
	char buffer[32];

	memset(buffer, '#', sizeof(buffer));
	memcpy(buffer, text, strlen(text) + 1);
	printable_clean(buffer, sizeof(buffer));
	assert_string_equal(buffer, expected);
}

static void text_of_others_is_made_printable(void **state)
{
	char unterminated[4] = {'a', 'b', 'c', 'd'};

	(void)state;
	require_clean("", "");
	require_clean("plain <b>&\"'", "plain <b>&\"'");
	require_clean("grün 猫 🐈", "grün 猫 🐈");
	require_clean("a\nb\tc\x7f", "a?b?c?");
	require_clean("\xff\xfe", "??");
	require_clean("\xc3", "?");
	require_clean("\xe7\x8c", "??");
	require_clean("\xc0\xaf", "??");           /* Longer than need be. */
	require_clean("\xed\xa0\x80", "???");      /* Half of a pair. */
	require_clean("\xf4\x90\x80\x80", "????"); /* Beyond the last. */
	require_clean("\xc2\x9b"
		      "31m",
		      "??31m"); /* A control character of the upper half. */
	printable_clean(unterminated, sizeof(unterminated));
	assert_string_equal(unterminated, "abc");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_very_token_matches),
		cmocka_unit_test(a_token_may_be_as_long_as_is_said_and_no_longer),
		cmocka_unit_test(a_file_without_a_usable_token_is_refused),
		cmocka_unit_test(addresses_and_our_own_names_are_ours),
		cmocka_unit_test(names_that_others_can_point_at_us_are_not_ours),
		cmocka_unit_test(an_address_is_taken_or_refused_with_an_example),
		cmocka_unit_test(the_port_that_was_picked_is_in_the_url),
		cmocka_unit_test(text_of_others_is_made_printable),
	};

	return cmocka_run_group_tests(tests, create_token_file, remove_token_file);
}
