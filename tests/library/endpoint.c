/* SPDX-License-Identifier: Apache-2.0 */
/* The one name that a channel has in the file system: who may make it, who may take it over, who removes it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "test.h"

#define NOBODY 65534

static void path_of(const char *file_name, char path[256])
{
	snprintf(path, 256, "%s/%s", test_runtime_directory(), file_name);
}

/* Try to open a channel over a fresh pool. */
static int try_create(const char *name, const char *directory)
{
	struct zcf_producer_options options;
	struct zcf_producer *producer = NULL;
	struct zcf_format format;
	struct zcf_pool *pool;

	zcf_producer_options_init(&options);
	options.runtime_directory = directory;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_GREY, 8, 8, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 2, &pool), 0);
	int error = zcf_producer_create(name, pool, &options, &producer);
	REQUIRE((error == 0) == (producer != NULL));
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
	return error;
}

static void the_socket_has_the_mode_that_was_asked_for_and_is_removed_at_the_end(void **state)
{
	struct test_channel channel;
	struct stat status;
	char path[256];

	(void)state;
	test_channel_open(&channel, "mode", NULL);
	path_of("mode.sock", path);
	REQUIRE_EQUAL(lstat(path, &status), 0);
	REQUIRE(S_ISSOCK(status.st_mode));
	REQUIRE_EQUAL(status.st_mode & 07777, 0660);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 1);
	test_channel_close(&channel);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
}

static void a_second_producer_of_a_channel_is_refused_and_the_first_goes_on(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "taken", NULL);
	REQUIRE_EQUAL(try_create("taken", NULL), -EADDRINUSE);
	REQUIRE(strstr(zcf_error_detail(), "another process publishes it") != NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void publish_until_killed(void *context)
{
	struct test_channel channel;

	(void)context;
	test_channel_open(&channel, "stale", NULL);
	test_child_report(1);
	test_child_await_command();
}

static void the_socket_of_a_killed_producer_is_taken_over(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_child_start(&child, publish_until_killed, NULL);
	test_child_next_report(&child, NULL);
	REQUIRE_EQUAL(try_create("stale", NULL), -EADDRINUSE);
	test_child_kill(&child);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 1);
	test_channel_open(&channel, "stale", NULL);
	zcf_consumer_close(test_channel_attach(&channel, NULL));
	test_channel_close(&channel);
}

static void what_is_not_a_socket_is_left_alone(void **state)
{
	char path[256], content[8] = {0};

	(void)state;
	path_of("file.sock", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0);
	REQUIRE_EQUAL(write(fd, "keep", 4), 4);
	close(fd);
	REQUIRE_EQUAL(try_create("file", NULL), -EADDRINUSE);
	REQUIRE(strstr(zcf_error_detail(), "not a socket") != NULL);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE_EQUAL(read(fd, content, sizeof(content)), 4);
	REQUIRE(strcmp(content, "keep") == 0);
	close(fd);
	unlink(path);

	path_of("link.sock", path);
	REQUIRE_EQUAL(symlink("/dev/null", path), 0);
	REQUIRE_EQUAL(try_create("link", NULL), -EADDRINUSE);
	REQUIRE_EQUAL(unlink(path), 0);

	path_of("directory.sock", path);
	REQUIRE_EQUAL(mkdir(path, 0700), 0);
	REQUIRE_EQUAL(try_create("directory", NULL), -EADDRINUSE);
	REQUIRE_EQUAL(rmdir(path), 0);
}

static void a_producer_removes_only_its_own_socket(void **state)
{
	struct test_channel first, second;
	char path[256];

	(void)state;
	test_channel_open(&first, "mine", NULL);
	path_of("mine.sock", path);
	/* Somebody with the right to do so puts another one there. */
	REQUIRE_EQUAL(unlink(path), 0);
	test_channel_open(&second, "mine", NULL);
	test_channel_close(&first);
	REQUIRE_EQUAL(access(path, F_OK), 0);
	zcf_consumer_close(test_channel_attach(&second, NULL));
	test_channel_close(&second);
}

static void a_runtime_directory_that_is_missing_is_created(void **state)
{
	char path[256];
	struct stat status;

	(void)state;
	path_of("new", path);
	REQUIRE_EQUAL(try_create("x", path), 0);
	REQUIRE_EQUAL(stat(path, &status), 0);
	REQUIRE_EQUAL(status.st_mode & (S_IWGRP | S_IWOTH), 0);
	REQUIRE_EQUAL(rmdir(path), 0);
}

static void a_runtime_directory_that_others_may_write_to_is_refused(void **state)
{
	(void)state;
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0777), 0);
	REQUIRE_EQUAL(try_create("x", NULL), -EPERM);
	REQUIRE(strstr(zcf_error_detail(), test_runtime_directory()) != NULL);
	REQUIRE(strstr(zcf_error_detail(), "chmod") != NULL);
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0770), 0);
	REQUIRE_EQUAL(try_create("x", NULL), -EPERM);
	/* As /tmp: others may make names, and cannot remove ours. */
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 01777), 0);
	REQUIRE_EQUAL(try_create("x", NULL), 0);
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0700), 0);
	REQUIRE_EQUAL(try_create("x", NULL), 0);
}

static void create_as_nobody(void *context)
{
	REQUIRE(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	test_child_report(try_create("x", context));
	/* And what can be done about it is said. */
	test_child_report(strstr(zcf_error_detail(), "ZCF_RUNTIME_DIR") != NULL);
}

static int create_as_nobody_in(const char *directory)
{
	struct test_child child;

	test_child_start(&child, create_as_nobody, (void *)directory);
	int error = (int)test_child_next_report(&child, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 1);
	REQUIRE_EQUAL(test_child_finish(&child, NULL), 0);
	return error;
}

static void a_runtime_directory_of_another_user_is_refused(void **state)
{
	char path[256];

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: changing the user needs root\n");
		skip();
	}
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0755), 0);
	path_of("foreign", path);
	REQUIRE(mkdir(path, 0755) == 0 && chown(path, 1234, 1234) == 0);
	/* Neither root ... */
	REQUIRE_EQUAL(try_create("x", path), -EPERM);
	/* ... nor anybody else. */
	REQUIRE_EQUAL(create_as_nobody_in(path), -EPERM);
	/* root's directory is trusted, but one has to have the right to write to it. */
	REQUIRE_EQUAL(create_as_nobody_in(test_runtime_directory()), -EACCES);
	REQUIRE_EQUAL(chown(path, 0, 0), 0);
	REQUIRE_EQUAL(chmod(path, 0700), 0);
	REQUIRE_EQUAL(create_as_nobody_in(path), -EACCES);
	strcat(path, "/missing");
	REQUIRE_EQUAL(create_as_nobody_in(path), -EACCES);
	*strrchr(path, '/') = '\0';
	REQUIRE_EQUAL(rmdir(path), 0);
}

/* Reports the first error that is not "there is no producer", or 0 when it is told to end. */
static void open_as_nobody_again_and_again(void *context)
{
	struct zcf_consumer *consumer;
	const _Atomic bool *end = context;
	int error = 0;

	REQUIRE(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	test_child_report(0);
	while (!atomic_load(end) && (error == 0 || error == -ENOENT)) {
		error = zcf_consumer_open("channel", NULL, 0, &consumer);
		if (error == 0)
			zcf_consumer_close(consumer);
	}
	test_child_report(error == -ENOENT ? 0 : error);
}

static void a_consumer_that_comes_while_the_socket_is_made_is_not_refused(void **state)
{
	struct test_child child;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: changing the user needs root\n");
		skip();
	}
	_Atomic bool *end = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(end != MAP_FAILED);
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0755), 0);
	test_child_start(&child, open_as_nobody_again_and_again, (void *)end);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 0);
	for (int i = 0; i < 300; i++) {
		struct zcf_producer_options options;
		struct zcf_producer *producer;
		struct zcf_format format;
		struct zcf_pool *pool;

		REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_GREY, 64, 64, 0), 0);
		REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 2, &pool), 0);
		zcf_producer_options_init(&options);
		options.socket_mode = 0666;
		REQUIRE_EQUAL(zcf_producer_create("channel", pool, &options, &producer), 0);
		zcf_producer_dispatch(producer);
		zcf_producer_destroy(producer);
		zcf_pool_destroy(pool);
	}
	atomic_store(end, true);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 0);
	REQUIRE_EQUAL(test_child_finish(&child, NULL), 0);
	munmap((void *)end, 4096);
}

static void a_runtime_directory_that_is_a_file_is_refused(void **state)
{
	char path[256];
	struct zcf_consumer *consumer;

	(void)state;
	path_of("file", path);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	REQUIRE_EQUAL(try_create("x", path), -ENOTDIR);
	setenv("ZCF_RUNTIME_DIR", path, 1);
	REQUIRE_EQUAL(zcf_consumer_open("x", NULL, 0, &consumer), -ENOENT);
	REQUIRE_EQUAL(unlink(path), 0);
}

static void a_path_that_does_not_fit_into_a_socket_address_is_refused_on_both_sides(void **state)
{
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer = NULL;
	char path[600];

	(void)state;
	zcf_consumer_options_init(&options);
	options.runtime_directory = path;
	for (size_t length = 101; length < sizeof(path); length += 120) {
		memset(path, 'd', sizeof(path));
		path[0] = '/';
		path[length] = '\0';
		REQUIRE_EQUAL(try_create("name", path), -ENAMETOOLONG);
		REQUIRE_EQUAL(zcf_consumer_open("name", &options, 0, &consumer), -ENAMETOOLONG);
	}
	REQUIRE(consumer == NULL);
}

static void the_longest_path_that_fits_works_on_both_sides(void **state)
{
	struct zcf_consumer_options options;
	struct zcf_producer_options producer_options;
	struct zcf_format format;
	struct test_channel channel = {.name = "n"};
	char path[108];
	struct test_open opening;

	(void)state;
	memset(path, 'd', sizeof(path));
	memcpy(path, test_runtime_directory(), strlen(test_runtime_directory()));
	path[strlen(test_runtime_directory())] = '/';
	path[107 - strlen("/n.sock")] = '\0';
	zcf_producer_options_init(&producer_options);
	producer_options.runtime_directory = path;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_GREY, 8, 8, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 2, &channel.pool), 0);
	REQUIRE_EQUAL(zcf_producer_create("n", channel.pool, &producer_options, &channel.producer), 0);
	zcf_consumer_options_init(&options);
	options.runtime_directory = path;
	test_open_start(&opening, "n", &options, PATIENCE_NS);
	REQUIRE_EQUAL(test_open_finish(&opening, channel.producer), 0);
	zcf_consumer_close(opening.consumer);
	test_channel_close(&channel);
	REQUIRE_EQUAL(rmdir(path), 0);
}

static int collect(void *context, const char *channel)
{
	strcat(context, channel);
	strcat(context, " ");
	return strcmp(channel, "stop") == 0 ? 7 : 0;
}

static void channels_are_listed_in_order_and_other_files_are_not(void **state)
{
	struct test_channel b, a;
	char path[256], names[256] = "";

	(void)state;
	test_channel_open(&b, "b", NULL);
	test_channel_open(&a, "a.x", NULL);
	path_of("other", path);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	REQUIRE_EQUAL(zcf_channel_for_each(NULL, collect, names), 0);
	REQUIRE(strcmp(names, "a.x b ") == 0);
	unlink(path);
	test_channel_close(&a);
	test_channel_close(&b);
	test_channel_open(&a, "stop", NULL);
	names[0] = '\0';
	REQUIRE_EQUAL(zcf_channel_for_each(NULL, collect, names), 7);
	test_channel_close(&a);
	REQUIRE_EQUAL(zcf_channel_for_each("/nonexistent/zcf", collect, names), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_socket_has_the_mode_that_was_asked_for_and_is_removed_at_the_end),
		TEST(a_second_producer_of_a_channel_is_refused_and_the_first_goes_on),
		TEST(the_socket_of_a_killed_producer_is_taken_over),
		TEST(what_is_not_a_socket_is_left_alone),
		TEST(a_producer_removes_only_its_own_socket),
		TEST(a_runtime_directory_that_is_missing_is_created),
		TEST(a_runtime_directory_that_others_may_write_to_is_refused),
		TEST(a_runtime_directory_of_another_user_is_refused),
		TEST(a_consumer_that_comes_while_the_socket_is_made_is_not_refused),
		TEST(a_runtime_directory_that_is_a_file_is_refused),
		TEST(a_path_that_does_not_fit_into_a_socket_address_is_refused_on_both_sides),
		TEST(the_longest_path_that_fits_works_on_both_sides),
		TEST(channels_are_listed_in_order_and_other_files_are_not),
	};

	return TEST_RUN(tests);
}
