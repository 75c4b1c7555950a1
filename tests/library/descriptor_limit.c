/* SPDX-License-Identifier: Apache-2.0 */
/* A full table of descriptors: a clear error, nothing lost, and everything works again when there is room. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "raw_peer.h"
#include "test.h"

/* Leave room for so many more descriptors, below which there are no gaps. */
static struct rlimit leave_room(int count)
{
	struct rlimit before, limit;
	int next = dup(0);

	REQUIRE(next >= 0);
	close(next);
	REQUIRE_EQUAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)(next + count);
	REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static void consume_on_command(void *context)
{
	struct zcf_consumer *consumer = NULL;
	int room = *(int *)context, error, fds_before = test_fd_count();
	int mappings_before = test_shared_mapping_count();
	struct rlimit limit = leave_room(room);

	error = zcf_consumer_open("limit", NULL, PATIENCE_NS, &consumer);
	REQUIRE(error == 0 || strstr(zcf_error_detail(), "descriptor") || strstr(zcf_error_detail(), "open files"));
	test_child_report(error);
	REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	zcf_consumer_close(consumer);
	REQUIRE_EQUAL(test_fd_count(), fds_before);
	REQUIRE_EQUAL(zcf_consumer_open("limit", NULL, PATIENCE_NS, &consumer), 0);
	zcf_consumer_close(consumer);
	REQUIRE_EQUAL(test_fd_count(), fds_before);
	REQUIRE_EQUAL(test_shared_mapping_count(), mappings_before);
}

static void a_consumer_without_descriptors_says_so_and_loses_none(void **state)
{
	struct test_channel channel;
	struct test_child child;
	int error = -EMFILE;

	(void)state;
	test_channel_open(&channel, "limit", NULL);
	/* A socket, and five descriptors that travel with the answer: six are enough, anything less is not. */
	for (int room = 0; room <= 6; room++) {
		test_child_start(&child, consume_on_command, &room);
		error = (int)test_child_next_report(&child, channel.producer);
		REQUIRE_EQUAL(error, room < 6 ? -EMFILE : 0);
		REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
		test_channel_await_consumers(&channel, 0);
	}
	test_channel_close(&channel);
}

static void a_producer_without_descriptors_refuses_and_goes_on_serving(void **state)
{
	struct zcf_message_refused refused;
	struct zcf_message_hello hello;
	struct test_channel channel;
	bool welcomed = false;

	(void)state;
	test_channel_open(&channel, "limit", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	raw_hello_init(&hello);
	for (int room = 0; !welcomed; room++) {
		int socket_fd = raw_connect("limit"), fds_before = test_fd_count();
		raw_send(socket_fd, &hello, sizeof(hello), NULL, 0);
		struct rlimit limit = leave_room(room);
		int error = zcf_producer_dispatch(channel.producer);
		REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
		welcomed = error == 0;
		if (welcomed) {
			/* A socket, a lane, and a descriptor to watch the process by: not one of them is spared. */
			REQUIRE_EQUAL(room, 3);
		} else {
			REQUIRE_EQUAL(error, -EMFILE);
			REQUIRE_EQUAL(raw_receive(socket_fd, &refused, sizeof(refused), NULL, 0, NULL),
				      sizeof(refused));
			REQUIRE_EQUAL(refused.header.type, ZCF_MESSAGE_REFUSED);
			REQUIRE_EQUAL(refused.error, -EMFILE);
			REQUIRE_EQUAL(test_fd_count(), fds_before);
		}
		close(socket_fd);
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
		test_channel_publish(&channel);
		REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	}
	test_channel_await_consumers(&channel, 1);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* The limit may be lowered from outside, below what is open already. */
static void a_producer_finds_its_spare_descriptor_again(void **state)
{
	struct zcf_message_refused refused;
	struct zcf_message_hello hello;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "limit", NULL);
	raw_hello_init(&hello);
	int first_fd = raw_connect("limit");
	raw_send(first_fd, &hello, sizeof(hello), NULL, 0);
	struct rlimit limit = leave_room(0), none = {.rlim_max = limit.rlim_max};
	REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &none), 0);
	REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), -EMFILE);
	REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	/* With no room at all it takes a caller off the queue, and says that it cannot serve it. */
	int second_fd = raw_connect("limit");
	raw_send(second_fd, &hello, sizeof(hello), NULL, 0);
	limit = leave_room(0);
	REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), -EMFILE);
	REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	REQUIRE_EQUAL(recv(second_fd, &refused, sizeof(refused), MSG_DONTWAIT), sizeof(refused));
	REQUIRE_EQUAL(refused.error, -EMFILE);
	close(first_fd);
	close(second_fd);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void a_pool_or_channel_that_finds_no_descriptor_leaves_nothing(void **state)
{
	struct zcf_producer *producer = NULL;
	struct zcf_format format;
	struct zcf_pool *pool = NULL;
	int fds_before = test_fd_count(), error = -EMFILE;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_GREY, 64, 64, 0), 0);
	for (int room = 0; room <= 3; room++) {
		struct rlimit limit = leave_room(room);

		error = zcf_pool_create(NULL, &format, 3, &pool);
		REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
		/* The memory that is available is read from a file, which is closed before. */
		REQUIRE_EQUAL(error, room < 3 ? -EMFILE : 0);
		if (error < 0) {
			REQUIRE(strstr(zcf_error_detail(), "ulimit -n") != NULL);
			REQUIRE_EQUAL(test_fd_count(), fds_before);
		}
	}
	fds_before = test_fd_count();
	error = -EMFILE;
	for (int room = 0; error == -EMFILE; room++) {
		struct rlimit limit = leave_room(room);

		error = zcf_producer_create("limit", pool, NULL, &producer);
		REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (error < 0) {
			REQUIRE_EQUAL(error, -EMFILE);
			REQUIRE_EQUAL(test_fd_count(), fds_before);
			REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
		}
	}
	REQUIRE_EQUAL(error, 0);
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
}

static void a_consumer_without_room_for_the_pollable_descriptor_goes_on_without(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "limit", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int room = 0; room < 2; room++) {
		struct rlimit limit = leave_room(room);

		REQUIRE_EQUAL(zcf_consumer_get_fd(consumer), -EMFILE);
		REQUIRE_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
		test_channel_publish(&channel);
		REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	}
	REQUIRE(zcf_consumer_get_fd(consumer) >= 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_consumer_without_descriptors_says_so_and_loses_none),
		TEST(a_producer_without_descriptors_refuses_and_goes_on_serving),
		TEST(a_producer_finds_its_spare_descriptor_again),
		TEST(a_pool_or_channel_that_finds_no_descriptor_leaves_nothing),
		TEST(a_consumer_without_room_for_the_pollable_descriptor_goes_on_without),
	};

	return TEST_RUN(tests);
}
