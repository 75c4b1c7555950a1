/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever may connect to a channel's socket may say anything to it. Nobody else notices. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "raw_peer.h"
#include "test.h"
#include "zcframe/version.h"

struct event_log {
	int count[ZCF_EVENT_EXPELLED + 1];
	int last_error;
};

static void note_event(void *context, const struct zcf_event *event)
{
	struct event_log *log = context;

	REQUIRE(event->consumer != NULL && event->detail != NULL && event->detail[0] != '\0');
	REQUIRE_EQUAL(event->consumer->pid, getpid());
	log->count[event->kind]++;
	log->last_error = event->error;
}

/* Dispatch until the caller has an answer, and take it. */
static long await_answer(struct test_channel *channel, int socket_fd, void *answer, size_t capacity)
{
	long size;

	fcntl(socket_fd, F_SETFL, O_NONBLOCK);
	while ((size = raw_receive(socket_fd, answer, capacity, NULL, 0, NULL)) == -EAGAIN)
		zcf_producer_wait(channel->producer, test_now_ns() + NS_PER_MS);
	return size;
}

static void require_refused(struct test_channel *channel, const void *message, size_t size_bytes, int error,
			    const char *sentence)
{
	struct zcf_message_refused refused = {0};
	int socket_fd = raw_connect(channel->name);

	raw_send(socket_fd, message, size_bytes, NULL, 0);
	REQUIRE_EQUAL(await_answer(channel, socket_fd, &refused, sizeof(refused)), sizeof(refused));
	REQUIRE_EQUAL(refused.header.type, ZCF_MESSAGE_REFUSED);
	REQUIRE_EQUAL(refused.header.protocol_major, ZCF_PROTOCOL_MAJOR);
	REQUIRE_EQUAL(refused.error, error);
	REQUIRE(strstr(refused.detail, sentence) != NULL);
	REQUIRE_EQUAL(raw_receive(socket_fd, &refused, sizeof(refused), NULL, 0, NULL), 0);
	close(socket_fd);
}

/* The channel serves a real consumer as if nothing had happened. */
static void require_sound(struct test_channel *channel)
{
	struct zcf_consumer *consumer = test_channel_attach(channel, NULL);

	test_channel_publish(channel);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	zcf_consumer_close(consumer);
	test_channel_await_consumers(channel, 0);
}

static void a_caller_of_another_protocol_is_told_which_side_to_upgrade(void **state)
{
	struct test_channel channel;
	struct event_log log = {0};
	struct {
		struct zcf_message_hello hello;
		char more[300];
	} message = {0};

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	zcf_producer_set_listener(channel.producer, note_event, &log);
	raw_hello_init(&message.hello);
	for (size_t size = sizeof(message.hello.header); size <= sizeof(message); size += 8) {
		message.hello.header.size_bytes = (uint32_t)size;
		message.hello.header.protocol_major = ZCF_PROTOCOL_MAJOR + 1;
		require_refused(&channel, &message, size, -EPROTONOSUPPORT, "upgrade the producer");
		message.hello.header.protocol_major = ZCF_PROTOCOL_MAJOR - 1;
		require_refused(&channel, &message, size, -EPROTONOSUPPORT, "upgrade the consumer");
	}
	REQUIRE(log.count[ZCF_EVENT_REFUSED] > 0);
	REQUIRE_EQUAL(log.count[ZCF_EVENT_REFUSED], test_channel_snapshot(&channel)->refused_total);
	REQUIRE_EQUAL(log.last_error, -EPROTONOSUPPORT);
	zcf_producer_set_listener(channel.producer, NULL, NULL);
	require_sound(&channel);
	test_channel_close(&channel);
}

static void garbage_is_refused_whatever_its_length(void **state)
{
	static char garbage[8192];
	struct zcf_message_hello hello;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	memset(garbage, 0x5a, sizeof(garbage));
	for (size_t size = 1; size <= sizeof(garbage); size = size * 2 + 1)
		require_refused(&channel, garbage, size, -EPROTO, "not a greeting");
	for (size_t size = 1; size < sizeof(hello); size++) {
		raw_hello_init(&hello);
		require_refused(&channel, &hello, size, -EPROTO, "not a greeting");
	}
	raw_hello_init(&hello);
	hello.header.magic++;
	require_refused(&channel, &hello, sizeof(hello), -EPROTO, "not a greeting");
	raw_hello_init(&hello);
	hello.header.size_bytes++;
	require_refused(&channel, &hello, sizeof(hello), -EPROTO, "not a greeting");
	raw_hello_init(&hello);
	hello.header.type = ZCF_MESSAGE_RELEASED;
	require_refused(&channel, &hello, sizeof(hello), -EPROTO, "not a greeting");
	raw_hello_init(&hello);
	hello.purpose = 99;
	require_refused(&channel, &hello, sizeof(hello), -EPROTO, "not a greeting");
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->attached_total, 0);
	require_sound(&channel);
	test_channel_close(&channel);
}

static void absurd_wishes_are_granted_within_bounds(void **state)
{
	struct zcf_message_hello hello;
	struct zcf_message_welcome welcome;
	struct test_channel channel;
	int fds[ZCF_WELCOME_MAX_FDS], socket_fd;
	size_t fd_count;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	raw_hello_init(&hello);
	hello.rate = hello.rate_value = hello.max_leases = UINT32_MAX;
	hello.lease_deadline_ns = UINT64_MAX;
	memset(hello.label, '\x1b', sizeof(hello.label)); /* an escape character, and no zero at its end */
	socket_fd = raw_connect("calls");
	raw_send(socket_fd, &hello, sizeof(hello), NULL, 0);
	REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	REQUIRE_EQUAL(raw_receive(socket_fd, &welcome, sizeof(welcome), fds, ZCF_WELCOME_MAX_FDS, &fd_count),
		      sizeof(welcome));
	REQUIRE_EQUAL(welcome.max_leases, 1);
	REQUIRE_EQUAL(welcome.lease_deadline_ns, TEST_NO_DEADLINE_NS);
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
	REQUIRE_EQUAL(strspn(snapshot->consumers[0].label, "?"), ZCF_LABEL_SIZE - 1);
	REQUIRE(snapshot->consumers[0].rate <= ZCF_RATE_NEWEST_ONLY);
	for (size_t i = 0; i < fd_count; i++)
		close(fds[i]);
	close(socket_fd);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void descriptors_that_a_peer_sends_are_dropped(void **state)
{
	struct zcf_message_hello hello;
	struct raw_consumer raw;
	struct test_channel channel;
	int fds[200], pipe_fds[2], fds_before;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	REQUIRE_EQUAL(pipe2(pipe_fds, O_CLOEXEC), 0);
	for (int i = 0; i < 200; i++)
		fds[i] = pipe_fds[1];
	raw_attach(&raw, &channel);
	int socket_fd = raw_connect("calls");
	zcf_producer_dispatch(channel.producer);
	fds_before = test_fd_count();
	raw_hello_init(&hello);
	hello.header.magic = 0;
	raw_send(socket_fd, &hello, sizeof(hello), fds, 200);
	raw_send(raw.socket_fd, &hello, sizeof(hello.header), fds, 200);
	zcf_producer_dispatch(channel.producer);
	zcf_producer_dispatch(channel.producer);
	REQUIRE_EQUAL(test_fd_count(), fds_before - 1); /* the producer's end of the refused call */
	/* Only our own end of the pipe is left: the reader sees the end when it is closed. */
	close(pipe_fds[1]);
	REQUIRE_EQUAL(read(pipe_fds[0], fds, 1), 0);
	close(pipe_fds[0]);
	close(socket_fd);
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 1);
	raw_detach(&raw);
	test_channel_await_consumers(&channel, 0);
	require_sound(&channel);
	test_channel_close(&channel);
}

static void a_hundred_callers_that_say_nothing_do_not_keep_a_consumer_out(void **state)
{
	struct test_channel channel;
	int callers[100], fds_before;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	fds_before = test_fd_count();
	for (int i = 0; i < 100; i++) {
		callers[i] = raw_connect("calls");
		if (i % 8 == 7)
			zcf_producer_dispatch(channel.producer);
	}
	require_sound(&channel);
	/* All but sixteen have been hung up on, and in the end these too. */
	REQUIRE(test_fd_count() - fds_before - 100 <= 16);
	while (test_fd_count() - fds_before > 100)
		zcf_producer_wait(channel.producer, test_now_ns() + 10 * NS_PER_MS);
	for (int i = 0; i < 100; i++) {
		char byte;

		REQUIRE_EQUAL(read(callers[i], &byte, 1), 0);
		close(callers[i]);
	}
	require_sound(&channel);
	test_channel_close(&channel);
}

static void a_full_queue_of_callers_delays_a_consumer_and_does_not_refuse_it(void **state)
{
	struct test_channel channel;
	struct test_open open;
	int callers[256], count = 0;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/calls.sock", test_runtime_directory());
	callers[0] = raw_connect("calls");
	for (count = 1; count < 256; count++) {
		callers[count] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(callers[count], (struct sockaddr *)&address, sizeof(address)) < 0)
			break;
	}
	REQUIRE_EQUAL(errno, EAGAIN);
	close(callers[count]);
	test_open_start(&open, "calls", NULL, PATIENCE_NS);
	test_sleep_ns(20 * NS_PER_MS);
	REQUIRE(!atomic_load(&open.done));
	REQUIRE_EQUAL(test_open_finish(&open, channel.producer), 0);
	zcf_consumer_close(open.consumer);
	while (count > 0)
		close(callers[--count]);
	test_channel_close(&channel);
}

static void a_caller_that_hangs_up_at_any_moment_is_no_error(void **state)
{
	struct zcf_message_hello hello;
	struct test_channel channel;
	int fds_before;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	fds_before = test_fd_count();
	raw_hello_init(&hello);
	for (int purpose = 0; purpose <= ZCF_HELLO_QUERY; purpose++) {
		int socket_fd = raw_connect("calls");

		/* Without a word, in the middle of an attachment, of a question. */
		hello.purpose = (uint32_t)purpose;
		if (purpose)
			raw_send(socket_fd, &hello, sizeof(hello), NULL, 0);
		close(socket_fd);
		for (int i = 0; i < 3; i++)
			REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
		REQUIRE_EQUAL(test_fd_count(), fds_before);
	}
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumer_count, 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->attached_total, 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->refused_total, 0);
	require_sound(&channel);
	test_channel_close(&channel);
}

static void a_consumer_that_floods_its_socket_is_expelled_and_the_others_go_on(void **state)
{
	struct zcf_message_header message;
	struct test_channel channel;
	struct raw_consumer raw;
	struct event_log log = {0};
	long sent = 0;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	raw_attach(&raw, &channel);
	zcf_producer_set_listener(channel.producer, note_event, &log);
	raw_header_init(&message, ZCF_MESSAGE_RELEASED, sizeof(message));
	while (send(raw.socket_fd, &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT) > 0 || errno == EAGAIN) {
		sent++;
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	}
	REQUIRE_EQUAL(errno, EPIPE);
	REQUIRE(sent > 100); /* an honest one is never mistaken for it */
	REQUIRE_EQUAL(log.count[ZCF_EVENT_EXPELLED], 1);
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 1);
	zcf_producer_set_listener(channel.producer, NULL, NULL);
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	zcf_consumer_close(consumer);
	raw_detach(&raw);
	test_channel_close(&channel);
}

static void a_consumer_that_never_reads_its_notices_costs_nothing_but_its_own(void **state)
{
	struct test_channel channel;
	struct raw_consumer raw;

	(void)state;
	test_channel_open(&channel, "calls", NULL);
	raw_attach(&raw, &channel);
	for (uint32_t i = 1; i <= 5000; i++) {
		atomic_store(&raw.lane->waiting, zcf_lane_waiting_word(ZCF_LANE_SLEEPS_IN_POLL, i));
		test_channel_publish(&channel);
	}
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->notice_calls, 5000);
	struct zcf_consumer *other = test_channel_attach(&channel, NULL);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(other)), 0);
	zcf_consumer_close(other);
	raw_detach(&raw);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_caller_of_another_protocol_is_told_which_side_to_upgrade),
		TEST(garbage_is_refused_whatever_its_length),
		TEST(absurd_wishes_are_granted_within_bounds),
		TEST(descriptors_that_a_peer_sends_are_dropped),
		TEST(a_hundred_callers_that_say_nothing_do_not_keep_a_consumer_out),
		TEST(a_full_queue_of_callers_delays_a_consumer_and_does_not_refuse_it),
		TEST(a_caller_that_hangs_up_at_any_moment_is_no_error),
		TEST(a_consumer_that_floods_its_socket_is_expelled_and_the_others_go_on),
		TEST(a_consumer_that_never_reads_its_notices_costs_nothing_but_its_own),
	};

	return TEST_RUN(tests);
}
