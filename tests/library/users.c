/* SPDX-License-Identifier: Apache-2.0 */
/* Who may attach, by user and group, and that nobody's calls keep the others out. Needs root, to be other users. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "raw_peer.h"
#include "test.h"

#define USER        61234
#define GROUP       61235
#define OTHER_GROUP 61236

static bool may_be_others(void)
{
	return test_may_become(USER + 1, OTHER_GROUP) && chmod(test_runtime_directory(), 0755) == 0;
}

struct identity {
	uint32_t uid, gid, supplementary_gid;
};

/* In a child: become somebody else, and report what an open says, then what a query says. */
static void open_as(void *context)
{
	static struct zcf_snapshot snapshot;
	const struct identity *identity = context;
	gid_t groups[] = {identity->supplementary_gid};
	struct zcf_consumer *consumer = NULL;

	REQUIRE_EQUAL(setgroups(1, groups), 0);
	REQUIRE_EQUAL(setgid(identity->gid), 0);
	REQUIRE_EQUAL(setuid(identity->uid), 0);
	test_child_report(zcf_consumer_open("users", NULL, PATIENCE_NS, &consumer));
	test_child_report(zcf_snapshot_query("users", NULL, PATIENCE_NS, &snapshot));
	test_child_await_command();
	zcf_consumer_close(consumer);
}

static void open_channel(struct test_channel *channel, const struct zcf_producer_options *options)
{
	struct zcf_format format;

	snprintf(channel->name, sizeof(channel->name), "users");
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, 64, 64, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 3, &channel->pool), 0);
	REQUIRE_EQUAL(zcf_producer_create("users", channel->pool, options, &channel->producer), 0);
}

/* What becomes of one with this identity: what the open said, which the query must say too. */
static int64_t outcome_for(struct test_channel *channel, uint32_t uid, uint32_t gid, uint32_t supplementary_gid)
{
	struct identity identity = {uid, gid, supplementary_gid};
	struct test_child child;

	test_child_start(&child, open_as, &identity);
	int64_t opened = test_child_next_report(&child, channel->producer);
	REQUIRE_EQUAL(test_child_next_report(&child, channel->producer), opened);
	test_child_command(&child, 0);
	REQUIRE_EQUAL(test_child_finish(&child, channel->producer), 0);
	return opened;
}

static void only_users_and_groups_of_the_lists_may_attach_or_ask(void **state)
{
	const uint32_t users[] = {7, USER}, groups[] = {GROUP};
	struct zcf_producer_options options;
	struct test_channel channel;

	(void)state;
	if (!may_be_others())
		return;
	zcf_producer_options_init(&options);
	options.socket_mode = 0666;
	options.allowed_users = users;
	options.allowed_user_count = 2;
	options.allowed_groups = groups;
	options.allowed_group_count = 1;
	open_channel(&channel, &options);
	REQUIRE_EQUAL(outcome_for(&channel, USER, OTHER_GROUP, OTHER_GROUP), 0);
	REQUIRE_EQUAL(outcome_for(&channel, USER + 1, GROUP, OTHER_GROUP), 0);
	if (!test_emulator_lacks("the supplementary groups of a peer (SO_PEERGROUPS)"))
		REQUIRE_EQUAL(outcome_for(&channel, USER + 1, OTHER_GROUP, GROUP), 0);
	/* Root may, whoever is on the list. */
	REQUIRE_EQUAL(outcome_for(&channel, 0, 0, 0), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->refused_total, 0);
	REQUIRE_EQUAL(outcome_for(&channel, USER + 1, OTHER_GROUP, OTHER_GROUP), -EACCES);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->refused_total, 2);
	test_channel_close(&channel);
}

/* In a child: somebody who is in as many groups as some are, the allowed one among them. */
static void open_as_a_member_of_many(void *context)
{
	const struct identity *identity = context;
	struct zcf_consumer *consumer = NULL;
	gid_t groups[500];

	for (uint32_t i = 0; i < 500; i++)
		groups[i] = identity->supplementary_gid - 250 + i;
	REQUIRE_EQUAL(setgroups(500, groups), 0);
	REQUIRE_EQUAL(setgid(identity->gid), 0);
	REQUIRE_EQUAL(setuid(identity->uid), 0);
	test_child_report(zcf_consumer_open("users", NULL, PATIENCE_NS, &consumer));
	zcf_consumer_close(consumer);
}

static void who_is_in_hundreds_of_groups_is_found_by_any_of_them(void **state)
{
	struct identity identity = {USER, OTHER_GROUP, GROUP};
	const uint32_t groups[] = {GROUP};
	struct zcf_producer_options options;
	struct test_channel channel;
	struct test_child child;

	(void)state;
	if (!may_be_others() || test_emulator_lacks("the supplementary groups of a peer (SO_PEERGROUPS)"))
		return;
	zcf_producer_options_init(&options);
	options.socket_mode = 0666;
	options.allowed_groups = groups;
	options.allowed_group_count = 1;
	open_channel(&channel, &options);
	test_child_start(&child, open_as_a_member_of_many, &identity);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 0);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	test_channel_close(&channel);
}

static void whom_the_socket_s_mode_keeps_out_makes_the_producer_do_nothing(void **state)
{
	struct zcf_producer_options options;
	struct test_channel channel;

	(void)state;
	if (!may_be_others())
		return;
	zcf_producer_options_init(&options);
	options.socket_mode = 0660;
	options.socket_group = GROUP;
	open_channel(&channel, &options);
	REQUIRE_EQUAL(outcome_for(&channel, USER, GROUP, GROUP), 0);
	REQUIRE_EQUAL(outcome_for(&channel, USER, OTHER_GROUP, GROUP), 0);
	REQUIRE_EQUAL(outcome_for(&channel, USER, OTHER_GROUP, OTHER_GROUP), -EACCES);
	/* It was not even heard. */
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->refused_total, 0);
	test_channel_close(&channel);
}

static void a_user_s_consumers_are_limited_and_leave_room_for_others(void **state)
{
	struct zcf_producer_options options;
	struct zcf_consumer *consumers[2], *one_more;
	struct test_channel channel;
	struct test_open open;

	(void)state;
	zcf_producer_options_init(&options);
	options.socket_mode = 0666;
	options.max_consumers_per_user = 2;
	open_channel(&channel, &options);
	for (int i = 0; i < 2; i++)
		consumers[i] = test_channel_attach(&channel, NULL);
	test_open_start(&open, "users", NULL, PATIENCE_NS);
	REQUIRE_EQUAL(test_open_finish(&open, channel.producer), -EUSERS);
	REQUIRE(strstr(open.detail, "this user has 2 consumers already") != NULL);
	if (may_be_others())
		REQUIRE_EQUAL(outcome_for(&channel, USER, GROUP, GROUP), 0);
	zcf_consumer_close(consumers[0]);
	test_channel_await_consumers(&channel, 1);
	one_more = test_channel_attach(&channel, NULL);
	zcf_consumer_close(one_more);
	zcf_consumer_close(consumers[1]);
	test_channel_close(&channel);
}

/* A user that calls without end is not heard any more, and another user's calls are. */
static void a_flood_of_one_user_s_calls_does_not_keep_another_out(void **state)
{
	struct zcf_producer_options options;
	struct identity identity = {USER, GROUP, GROUP};
	struct test_channel channel;
	struct test_child child;
	int silent[64], silent_count = 0;

	(void)state;
	zcf_producer_options_init(&options);
	options.socket_mode = 0666;
	open_channel(&channel, &options);
	/* As long as it says nothing it has a place among the handshakes: all of them, for now. */
	for (; silent_count < 64; silent_count++) {
		silent[silent_count] = raw_connect("users");
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	}
	if (may_be_others()) {
		test_child_start(&child, open_as, &identity);
		REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 0);
		REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), 0);
		test_child_command(&child, 0);
		REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	}
	while (test_channel_snapshot(&channel)->dropped_calls < 100) {
		close(raw_connect("users"));
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	}
	if (may_be_others())
		REQUIRE_EQUAL(outcome_for(&channel, USER, GROUP, GROUP), 0);
	while (silent_count > 0)
		close(silent[--silent_count]);
	/* And it is forgotten when it is over. */
	zcf_consumer_close(test_channel_attach(&channel, NULL));
	test_channel_close(&channel);
}

/* In a child: call as somebody else, say nothing until told to, then greet. Reports the answer's type. */
static void greet_late_as(void *context)
{
	const struct identity *identity = context;
	struct zcf_message_welcome welcome;
	struct zcf_message_hello hello;
	int fds[ZCF_WELCOME_MAX_FDS];
	size_t fd_count;

	REQUIRE_EQUAL(setuid(identity->uid), 0);
	int socket_fd = raw_connect("users");
	test_child_report(0);
	test_child_await_command();
	raw_hello_init(&hello);
	/* If the call was dropped meanwhile, this is where it shows. */
	if (send(socket_fd, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello)) {
		test_child_report(-1);
		return;
	}
	test_child_report(raw_receive(socket_fd, &welcome, sizeof(welcome), fds, ZCF_WELCOME_MAX_FDS, &fd_count) > 0
				  ? welcome.header.type
				  : -1);
}

static void one_user_s_silent_calls_do_not_push_another_s_out(void **state)
{
	struct identity identity = {.uid = USER};
	struct zcf_producer_options options;
	struct test_channel channel;
	struct test_child child;
	int silent[40];

	(void)state;
	if (!may_be_others())
		return;
	zcf_producer_options_init(&options);
	options.socket_mode = 0666;
	open_channel(&channel, &options);
	test_child_start(&child, greet_late_as, &identity);
	test_child_next_report(&child, channel.producer);
	for (int i = 0; i < 40; i++) {
		silent[i] = raw_connect("users");
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	}
	test_child_command(&child, 0);
	REQUIRE_EQUAL(test_child_next_report(&child, channel.producer), ZCF_MESSAGE_WELCOME);
	REQUIRE_EQUAL(test_child_finish(&child, channel.producer), 0);
	for (int i = 0; i < 40; i++)
		close(silent[i]);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_users_and_groups_of_the_lists_may_attach_or_ask),
		TEST(who_is_in_hundreds_of_groups_is_found_by_any_of_them),
		TEST(whom_the_socket_s_mode_keeps_out_makes_the_producer_do_nothing),
		TEST(a_user_s_consumers_are_limited_and_leave_room_for_others),
		TEST(one_user_s_silent_calls_do_not_push_another_s_out),
		TEST(a_flood_of_one_user_s_calls_does_not_keep_another_out),
	};

	return TEST_RUN(tests);
}
