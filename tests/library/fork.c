/* SPDX-License-Identifier: Apache-2.0 */
/* A child that was forked by a consumer is nobody: it cannot acquire, release or spoil anything of its parent's. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "consumer/consumer.h"
#include "raw_peer.h"
#include "test.h"

struct inherited {
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
};

static void skip_where_children_inherit_everything(void)
{
	if (test_emulator_lacks("a forked child that has not what its parent keeps to itself (MADV_DONTFORK, "
				"MADV_WIPEONFORK)"))
		skip();
}

static void misuse(void *context)
{
	struct inherited *inherited = context;
	struct zcf_frame *frame = NULL;

	REQUIRE_EQUAL(zcf_frame_check(inherited->frame), 0);
	REQUIRE(test_stamp_is(inherited->frame, 1));
	REQUIRE_EQUAL(zcf_consumer_acquire(inherited->consumer, 0, &frame), -ECHILD);
	REQUIRE(strstr(zcf_error_detail(), "fork") != NULL);
	REQUIRE_EQUAL(zcf_consumer_acquire(inherited->consumer, -1, &frame), -ECHILD);
	REQUIRE_EQUAL(zcf_consumer_acquire_next(inherited->consumer, 0, &frame), -ECHILD);
	REQUIRE_EQUAL(zcf_frame_release(inherited->frame), -ECHILD);
	REQUIRE(strstr(zcf_error_detail(), "parent") != NULL);
	REQUIRE_EQUAL(zcf_consumer_get_fd(inherited->consumer), -ECHILD);
	REQUIRE(frame == NULL);
	zcf_consumer_close(inherited->consumer);
	REQUIRE(test_stamp_is(inherited->frame, 1));
	REQUIRE_EQUAL(zcf_frame_release(inherited->frame), -ECHILD);
}

static void a_child_can_neither_acquire_nor_release_for_its_parent(void **state)
{
	struct test_channel channel;
	struct inherited inherited;
	struct test_child child;

	(void)state;
	skip_where_children_inherit_everything();
	test_channel_open(&channel, "fork", NULL);
	inherited.consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	inherited.frame = test_acquire_now(inherited.consumer);
	test_child_start_with_fds(&child, misuse, &inherited);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	/* For the parent nothing has changed. */
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 1);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
	for (int i = 0; i < 6; i++)
		test_channel_publish(&channel);
	REQUIRE(test_stamp_is(inherited.frame, 1));
	REQUIRE_EQUAL(zcf_frame_release(inherited.frame), 0);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(inherited.consumer)), 0);
	zcf_consumer_close(inherited.consumer);
	test_channel_close(&channel);
}

static void close_in_child(void *context)
{
	zcf_consumer_close(context);
}

static void a_child_that_closes_its_copy_leaves_the_parents_pollable_descriptor_alone(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	skip_where_children_inherit_everything();
	test_channel_open(&channel, "fork", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	struct pollfd poll_fd = {.fd = zcf_consumer_get_fd(consumer), .events = POLLIN};
	test_child_start_with_fds(&child, close_in_child, consumer);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(poll(&poll_fd, 1, 10000), 1);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void use_the_hole_and_close(void *context)
{
	struct zcf_consumer *consumer = context;
	/* The lane is not mapped in a child: whatever the child maps may come to lie there. */
	void *hole = consumer->attachment->lane;
	char *page = mmap(hole, ZCF_LANE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	REQUIRE(page == hole);
	strcpy(page, "mine");
	zcf_consumer_close(consumer);
	REQUIRE(strcmp(page, "mine") == 0); /* or a fault */
}

static void a_child_that_closes_its_copy_unmaps_nothing_of_its_own(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	skip_where_children_inherit_everything();
	test_channel_open(&channel, "fork", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_child_start_with_fds(&child, use_the_hole_and_close, consumer);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void consume_in_child(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("fork", NULL, PATIENCE_NS, &consumer), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	REQUIRE(test_stamp_is(frame, 1));
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
}

/* With the parent's consumer, whose own frame is still there for it afterwards. */
static void run_in_child(void (*body)(void *context))
{
	struct test_channel channel;
	struct test_child child;

	test_channel_open(&channel, "fork", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	test_child_start_with_fds(&child, body, consumer);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_child_may_open_a_consumer_of_its_own(void **state)
{
	(void)state;
	run_in_child(consume_in_child);
}

static void misuse_beside_an_own_consumer(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	REQUIRE_EQUAL(zcf_consumer_open("fork", NULL, PATIENCE_NS, &consumer), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(context, 0, &frame), -ECHILD);
	zcf_consumer_close(context);
	zcf_consumer_close(consumer);
}

static void a_consumer_of_its_own_gives_a_child_nothing_of_its_parents(void **state)
{
	(void)state;
	skip_where_children_inherit_everything();
	run_in_child(misuse_beside_an_own_consumer);
}

static void hold_and_fork(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("fork", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	pid_t grandchild = fork();
	REQUIRE(grandchild >= 0);
	if (grandchild == 0) {
		/* It keeps the socket open, and lives on. */
		for (;;)
			pause();
	}
	test_child_report(grandchild);
	test_child_await_command();
}

static void the_death_of_a_holder_is_noticed_although_its_child_keeps_the_socket_open(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_channel_open(&channel, "fork", NULL);
	test_child_start(&child, hold_and_fork, NULL);
	test_child_next_report(&child, channel.producer);
	test_channel_publish(&channel);
	pid_t grandchild = (pid_t)test_child_next_report(&child, channel.producer);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
	/* The grandchild has a copy of the report pipe too: its end would tell us nothing. */
	test_child_signal(&child, SIGKILL);
	test_channel_await_consumers(&channel, 0);
	REQUIRE_EQUAL(kill(grandchild, 0), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
	REQUIRE_EQUAL(kill(grandchild, SIGKILL), 0);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), -SIGKILL);
	test_channel_close(&channel);
}

static void wait_for_the_end(void *context)
{
	(void)context;
	test_child_await_command();
}

static void a_consumer_that_closes_is_gone_although_its_child_keeps_the_socket_open(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_channel_open(&channel, "fork", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_child_start_with_fds(&child, wait_for_the_end, NULL);
	zcf_consumer_close(consumer);
	test_channel_await_consumers(&channel, 0);
	test_child_kill(&child);
	test_channel_close(&channel);
}

static bool has_something_to_do(const struct test_channel *channel)
{
	struct pollfd poll_fd = {.fd = zcf_producer_get_fd(channel->producer), .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0;
}

static void attach_and_wait(void *context)
{
	struct zcf_consumer *consumer;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("fork", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	test_child_await_command();
}

/* epoll goes on about what is closed for as long as anybody has it. */
static void what_a_child_of_the_producer_keeps_gives_the_producer_nothing_to_do(void **state)
{
	struct test_child consumer, keeper;
	struct zcf_message_hello hello;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "fork", NULL);
	test_child_start(&consumer, attach_and_wait, NULL);
	test_child_next_report(&consumer, channel.producer);
	int silent = raw_connect("fork");
	REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	test_child_start_with_fds(&keeper, wait_for_the_end, NULL);
	/* One dies, and the other is hung up on when it has said nothing for a second, and then speaks. */
	test_child_kill(&consumer);
	test_channel_await_consumers(&channel, 0);
	REQUIRE(!has_something_to_do(&channel));
	int fds_before = test_fd_count();
	while (test_fd_count() == fds_before)
		zcf_producer_wait(channel.producer, test_now_ns() + 10 * NS_PER_MS);
	raw_hello_init(&hello);
	raw_send(silent, &hello, sizeof(hello), NULL, 0);
	REQUIRE(!has_something_to_do(&channel));
	test_child_kill(&keeper);
	close(silent);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_child_can_neither_acquire_nor_release_for_its_parent),
		TEST(a_child_that_closes_its_copy_leaves_the_parents_pollable_descriptor_alone),
		TEST(a_child_that_closes_its_copy_unmaps_nothing_of_its_own),
		TEST(a_child_may_open_a_consumer_of_its_own),
		TEST(a_consumer_of_its_own_gives_a_child_nothing_of_its_parents),
		TEST(a_consumer_that_closes_is_gone_although_its_child_keeps_the_socket_open),
		TEST(the_death_of_a_holder_is_noticed_although_its_child_keeps_the_socket_open),
		TEST(what_a_child_of_the_producer_keeps_gives_the_producer_nothing_to_do),
	};

	return TEST_RUN(tests);
}
