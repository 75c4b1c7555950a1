/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer finds its producer: by name, now or later, or learns why not. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "test.h"

#define NOBODY 65534

static void a_consumer_opens_a_channel_by_name_and_is_told_what_it_was_granted(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 5, .lease_deadline_ns = 123456789, .frame_interval_ns = 777};
	struct zcf_consumer_options options;
	struct zcf_consumer_info info;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "A.b-c_9", &setup);
	zcf_consumer_options_init(&options);
	options.max_leases = 2;
	struct zcf_consumer *consumer = test_channel_attach(&channel, &options);
	zcf_consumer_get_info(consumer, &info);
	REQUIRE_EQUAL(info.epoch, zcf_producer_get_epoch(channel.producer));
	REQUIRE(info.epoch != 0);
	REQUIRE_EQUAL(info.frame_interval_ns, 777);
	REQUIRE_EQUAL(info.lease_deadline_ns, 123456789);
	REQUIRE_EQUAL(info.max_leases, 2);
	REQUIRE_EQUAL(info.buffer_count, 5);
	REQUIRE(memcmp(&info.format, zcf_buffer_get_format(zcf_pool_get_buffer(channel.pool, 0)),
		       sizeof(info.format)) == 0);
	REQUIRE(strcmp(info.backend, "memfd") == 0);
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 1);
	zcf_consumer_close(consumer);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void a_consumer_gets_at_most_the_deadline_of_the_channel_and_leaves_two_buffers_to_the_camera(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 5, .lease_deadline_ns = 1000 * NS_PER_MS};
	struct zcf_consumer_options options;
	struct zcf_consumer_info info;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "grant", &setup);
	zcf_consumer_options_init(&options);
	options.max_leases = ZCF_MAX_LEASES;
	options.lease_deadline_ns = 2000 * NS_PER_MS;
	struct zcf_consumer *greedy = test_channel_attach(&channel, &options);
	options.lease_deadline_ns = 10 * NS_PER_MS;
	struct zcf_consumer *modest = test_channel_attach(&channel, &options);
	zcf_consumer_get_info(greedy, &info);
	REQUIRE_EQUAL(info.lease_deadline_ns, 1000 * NS_PER_MS);
	REQUIRE_EQUAL(info.max_leases, 3);
	zcf_consumer_get_info(modest, &info);
	REQUIRE_EQUAL(info.lease_deadline_ns, 10 * NS_PER_MS);
	zcf_consumer_close(greedy);
	zcf_consumer_close(modest);
	test_channel_close(&channel);
}

static void a_consumer_waits_for_a_producer_that_starts_later(void **state)
{
	struct test_channel channel;
	struct test_open open;
	struct zcf_frame *frame;

	(void)state;
	test_open_start(&open, "later", NULL, PATIENCE_NS);
	test_sleep_ns(50 * NS_PER_MS);
	REQUIRE(!atomic_load(&open.done));
	test_channel_open(&channel, "later", NULL);
	REQUIRE_EQUAL(test_open_finish(&open, channel.producer), 0);
	REQUIRE_EQUAL(test_channel_publish(&channel), 1);
	frame = test_acquire_now(open.consumer);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->flags, 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(open.consumer);
	test_channel_close(&channel);
}

static void without_a_producer_an_open_ends_in_time_and_says_what_to_do(void **state)
{
	struct zcf_consumer *consumer = NULL;
	uint64_t before_ns = test_now_ns();

	(void)state;
	REQUIRE_EQUAL(zcf_consumer_open("nobody", NULL, 0, &consumer), -ENOENT);
	REQUIRE_EQUAL(zcf_consumer_open("nobody", NULL, 30 * NS_PER_MS, &consumer), -ENOENT);
	REQUIRE(test_now_ns() - before_ns >= 30 * (uint64_t)NS_PER_MS);
	REQUIRE(strstr(zcf_error_detail(), "nobody") != NULL);
	REQUIRE(strstr(zcf_error_detail(), test_runtime_directory()) != NULL);
	REQUIRE(strstr(zcf_error_detail(), "start") != NULL);
	REQUIRE(consumer == NULL);
}

static void a_producer_that_is_there_but_never_answers_is_told_from_one_that_is_not_there(void **state)
{
	struct zcf_consumer *consumer = NULL;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "mute", NULL); /* and never dispatch */
	REQUIRE_EQUAL(zcf_consumer_open("mute", NULL, 0, &consumer), -ENOENT);
	REQUIRE(strstr(zcf_error_detail(), "does not answer") != NULL);
	REQUIRE(consumer == NULL);
	test_channel_close(&channel);
}

static void names_that_cannot_be_are_refused_on_both_sides(void **state)
{
	static const char too_long[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const char *const names[] = {"",    ".",    "..",    "../x",     "a/b", "/abs", ".hidden",
					    "a b", "a\nb", "a\x01", "\xc3\xa4", "a:b", "a%s",  too_long};
	struct zcf_consumer *consumer = NULL;
	struct zcf_producer *producer = NULL;
	struct zcf_snapshot *snapshot = malloc(sizeof(*snapshot));
	struct test_channel channel;

	(void)state;
	REQUIRE_EQUAL(strlen(too_long), ZCF_CHANNEL_NAME_SIZE);
	test_channel_open(&channel, &too_long[1], NULL);
	zcf_producer_destroy(channel.producer);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		REQUIRE_EQUAL(zcf_consumer_open(names[i], NULL, 0, &consumer), -EINVAL);
		REQUIRE_EQUAL(zcf_producer_create(names[i], channel.pool, NULL, &producer), -EINVAL);
		REQUIRE_EQUAL(zcf_snapshot_query(names[i], NULL, 0, snapshot), -EINVAL);
	}
	REQUIRE_EQUAL(zcf_consumer_open(NULL, NULL, 0, &consumer), -EINVAL);
	REQUIRE(consumer == NULL && producer == NULL);
	zcf_pool_destroy(channel.pool);
	free(snapshot);
}

static void options_that_cannot_be_are_refused(void **state)
{
	struct zcf_consumer_options good, bad;
	struct zcf_consumer *consumer = NULL;

	(void)state;
	zcf_consumer_options_init(&good);
#define REQUIRE_BAD(statement)                                                                                         \
	do {                                                                                                           \
		bad = good;                                                                                            \
		statement;                                                                                             \
		REQUIRE_EQUAL(zcf_consumer_open("x", &bad, 0, &consumer), -EINVAL);                                    \
	} while (0)
	REQUIRE_BAD(bad.struct_size = 0);
	REQUIRE_BAD(bad.struct_size = 4096);
	REQUIRE_BAD(bad.max_leases = 0);
	REQUIRE_BAD(bad.max_leases = ZCF_MAX_LEASES + 1);
	REQUIRE_BAD(bad.rate = (enum zcf_rate)4);
	REQUIRE_BAD(bad.rate = (enum zcf_rate) - 1);
	REQUIRE_BAD(bad.rate = ZCF_RATE_EVERY_NTH);
	REQUIRE_BAD(bad.rate = ZCF_RATE_AT_MOST_MILLIHERTZ);
	REQUIRE(consumer == NULL);
}

static void one_more_consumer_than_the_channel_takes_is_refused_and_its_place_is_free_again_later(void **state)
{
	struct test_channel_setup setup = {.max_consumers = 2};
	struct test_channel channel;
	struct test_open open;

	(void)state;
	test_channel_open(&channel, "full", &setup);
	struct zcf_consumer *first = test_channel_attach(&channel, NULL);
	struct zcf_consumer *second = test_channel_attach(&channel, NULL);
	test_open_start(&open, "full", NULL, PATIENCE_NS);
	REQUIRE_EQUAL(test_open_finish(&open, channel.producer), -EUSERS);
	REQUIRE(strstr(open.detail, "2 consumers") != NULL);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->refused_total, 1);
	zcf_consumer_close(first);
	test_channel_await_consumers(&channel, 1);
	first = test_channel_attach(&channel, NULL);
	zcf_consumer_close(first);
	zcf_consumer_close(second);
	test_channel_close(&channel);
}

static void a_channel_takes_as_many_consumers_as_the_header_says(void **state)
{
	struct zcf_consumer *consumers[ZCF_MAX_CONSUMERS];
	struct test_channel channel;
	struct test_open open;

	(void)state;
	test_channel_open(&channel, "crowd", NULL);
	for (int i = 0; i < ZCF_MAX_CONSUMERS; i++)
		consumers[i] = test_channel_attach(&channel, NULL);
	test_open_start(&open, "crowd", NULL, PATIENCE_NS);
	REQUIRE_EQUAL(test_open_finish(&open, channel.producer), -EUSERS);
	test_channel_publish(&channel);
	for (int i = 0; i < ZCF_MAX_CONSUMERS; i++)
		REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumers[i])), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumer_count, ZCF_MAX_CONSUMERS);
	for (int i = 0; i < ZCF_MAX_CONSUMERS; i++)
		zcf_consumer_close(consumers[i]);
	test_channel_close(&channel);
}

static void open_as_nobody(void *context)
{
	struct zcf_consumer *consumer = NULL;

	(void)context;
	REQUIRE(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	test_child_report(zcf_consumer_open("private", NULL, PATIENCE_NS, &consumer));
	test_child_report(strstr(zcf_error_detail(), "may not attach") != NULL);
	REQUIRE(consumer == NULL);
}

static void a_user_whom_the_socket_does_not_admit_is_refused_by_the_kernel(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: changing the user needs root\n");
		skip();
	}
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0755), 0);
	test_channel_open(&channel, "private", NULL);
	test_child_start(&child, open_as_nobody, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), -EACCES);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 1);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->refused_total, 0);
	test_channel_close(&channel);
}

static void on_signal(int signal_number)
{
	(void)signal_number;
}

static void *interrupt_open(void *context)
{
	struct test_open *open = context;

	/* Until it has ended: a signal before the wait would not count. */
	while (!atomic_load(&open->done)) {
		pthread_kill(open->thread, SIGUSR1);
		test_sleep_ns(5 * NS_PER_MS);
	}
	return NULL;
}

static void a_signal_handler_ends_an_open_that_waits(void **state)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct test_open open;

	(void)state;
	sigaction(SIGUSR1, &action, NULL);
	test_open_start(&open, "nobody", NULL, -1);
	interrupt_open(&open);
	REQUIRE_EQUAL(test_open_finish(&open, NULL), -EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_consumer_opens_a_channel_by_name_and_is_told_what_it_was_granted),
		TEST(a_consumer_gets_at_most_the_deadline_of_the_channel_and_leaves_two_buffers_to_the_camera),
		TEST(a_consumer_waits_for_a_producer_that_starts_later),
		TEST(without_a_producer_an_open_ends_in_time_and_says_what_to_do),
		TEST(a_producer_that_is_there_but_never_answers_is_told_from_one_that_is_not_there),
		TEST(names_that_cannot_be_are_refused_on_both_sides),
		TEST(options_that_cannot_be_are_refused),
		TEST(one_more_consumer_than_the_channel_takes_is_refused_and_its_place_is_free_again_later),
		TEST(a_channel_takes_as_many_consumers_as_the_header_says),
		TEST(a_user_whom_the_socket_does_not_admit_is_refused_by_the_kernel),
		TEST(a_signal_handler_ends_an_open_that_waits),
	};

	return TEST_RUN(tests);
}
