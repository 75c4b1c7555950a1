/* SPDX-License-Identifier: Apache-2.0 */
/* A producer's process ends, a service manager keeps its descriptors, and the next one goes on with its consumers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/handover.h"
#include "channel.h"
#include "test.h"

#define KEPT_AT_MOST 16

/* What a service manager does: it has a copy of each descriptor, under its name. */
struct keeper {
	struct zcf_kept_fd kept[KEPT_AT_MOST];
	char names[KEPT_AT_MOST][128];
	size_t count;
};

static void keeper_keep(void *context, const char *name, int fd)
{
	struct keeper *keeper = context;
	size_t i;

	for (i = 0; i < keeper->count; i++)
		if (strcmp(keeper->names[i], name) == 0)
			break;
	if (i == keeper->count) {
		if (fd < 0)
			return;
		REQUIRE(keeper->count < KEPT_AT_MOST);
		snprintf(keeper->names[keeper->count++], sizeof(keeper->names[0]), "%s", name);
	} else {
		close(keeper->kept[i].fd);
	}
	if (fd >= 0) {
		keeper->kept[i] = (struct zcf_kept_fd){keeper->names[i], fcntl(fd, F_DUPFD_CLOEXEC, 0)};
		REQUIRE(keeper->kept[i].fd >= 0);
		return;
	}
	keeper->count--;
	if (i != keeper->count) {
		memcpy(keeper->names[i], keeper->names[keeper->count], sizeof(keeper->names[i]));
		keeper->kept[i] = (struct zcf_kept_fd){keeper->names[i], keeper->kept[keeper->count].fd};
	}
}

static struct zcf_kept_fd *keeper_find(struct keeper *keeper, const char *name)
{
	for (size_t i = 0; i < keeper->count; i++)
		if (strcmp(keeper->names[i], name) == 0)
			return &keeper->kept[i];
	return NULL;
}

static void keeper_end(struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->count; i++)
		close(keeper->kept[i].fd);
}

#define CHANNEL "handover"

/* One life of the producer, with what the one before left. */
static void begin_life(struct test_channel *channel, struct keeper *keeper, uint32_t width_pixels)
{
	struct zcf_producer_options options;
	struct zcf_format format;

	zcf_producer_options_init(&options);
	options.lease_deadline_ns = TEST_NO_DEADLINE_NS;
	options.keep = keeper_keep;
	options.keep_context = keeper;
	options.kept = keeper->kept;
	options.kept_count = keeper->count;
	snprintf(channel->name, sizeof(channel->name), CHANNEL);
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, width_pixels, 64, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 3, &channel->pool), 0);
	/* The producer reads the keeper's list while it changes it. */
	struct keeper before = *keeper;
	for (size_t i = 0; i < before.count; i++) {
		before.kept[i].name = before.names[i];
		before.kept[i].fd = fcntl(keeper->kept[i].fd, F_DUPFD_CLOEXEC, 0);
	}
	options.kept = before.kept;
	int error = zcf_producer_create(CHANNEL, channel->pool, &options, &channel->producer);
	keeper_end(&before);
	if (error)
		print_error("%s\n", zcf_error_detail());
	REQUIRE_EQUAL(error, 0);
}

static void end_life(struct test_channel *channel)
{
	zcf_producer_hand_over(channel->producer);
	zcf_pool_destroy(channel->pool);
}

static void end_for_good(struct test_channel *channel, struct keeper *keeper)
{
	test_channel_close(channel);
	/* A producer that ends for good leaves nothing behind. */
	REQUIRE_EQUAL(keeper->count, 0);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
}

/* Publish, with the frame's sequence as its stamp. */
static uint64_t publish(struct test_channel *channel)
{
	struct zcf_frame_metadata metadata = {0};
	struct zcf_buffer *buffer;
	uint64_t sequence = test_channel_snapshot(channel)->published + 1;

	REQUIRE_EQUAL(zcf_producer_dequeue(channel->producer, 0, 0, &buffer), 0);
	test_stamp_write(buffer, sequence);
	metadata.frame_number = sequence;
	REQUIRE_EQUAL(zcf_producer_publish(channel->producer, buffer, &metadata), 0);
	return sequence;
}

static void dispatch_for_a_moment(struct test_channel *channel)
{
	REQUIRE_EQUAL(zcf_producer_wait(channel->producer, test_now_ns() + 5 * NS_PER_MS), 0);
}

static struct zcf_frame *acquire(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame = NULL;

	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
	return frame;
}

static void consumers_go_on_in_the_same_epoch_with_the_next_sequence(void **state)
{
	struct zcf_consumer_counters counters;
	struct keeper keeper = {0};
	struct test_channel channel;
	const char *detail;

	(void)state;
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(zcf_producer_get_takeover(channel.producer, NULL), -ENOENT);
	uint64_t epoch = zcf_producer_get_epoch(channel.producer);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	uint64_t id = test_channel_snapshot(&channel)->consumers[0].id;
	for (int life = 0; life < 5; life++) {
		uint64_t sequence = publish(&channel);
		struct zcf_frame *frame = acquire(consumer);

		REQUIRE_EQUAL(zcf_frame_get_info(frame)->sequence, sequence);
		REQUIRE_EQUAL(zcf_frame_get_info(frame)->sequence_gap, 0);
		REQUIRE_EQUAL(zcf_frame_get_info(frame)->epoch, epoch);
		REQUIRE_EQUAL(zcf_frame_get_info(frame)->flags, 0);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		dispatch_for_a_moment(&channel);
		end_life(&channel);
		begin_life(&channel, &keeper, 64);
		REQUIRE_EQUAL(zcf_producer_get_takeover(channel.producer, &detail), 1);
		REQUIRE_EQUAL(detail[0], '\0');
		REQUIRE_EQUAL(zcf_producer_get_epoch(channel.producer), epoch);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->published, sequence);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->last_frame_number, sequence);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].id, id);
		/* Read at its next acquire; until then it counts as one that may be stuck. */
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 300 * NS_PER_MS, &frame), -EAGAIN);
	}
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	REQUIRE_EQUAL(counters.acquired, 5);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].acquired, 5);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->attached_total, 1);
	zcf_consumer_close(consumer);
	end_for_good(&channel, &keeper);
}

static void a_frame_that_is_held_over_a_restart_stays_valid(void **state)
{
	struct zcf_consumer_options options;
	struct keeper keeper = {0};
	struct test_channel channel;

	(void)state;
	begin_life(&channel, &keeper, 64);
	zcf_consumer_options_init(&options);
	struct zcf_consumer *consumer = test_channel_attach(&channel, &options);
	uint64_t held_sequence = publish(&channel);
	struct zcf_frame *held = acquire(consumer);
	dispatch_for_a_moment(&channel);
	end_life(&channel);
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(zcf_producer_get_takeover(channel.producer, NULL), 1);
	for (int i = 0; i < 10; i++) {
		uint64_t sequence = publish(&channel);
		struct zcf_frame *frame;

		/* The one that is held is of the old memory: it takes nothing of the new grant, once that is known. */
		while (zcf_consumer_acquire(consumer, 0, &frame) != 0)
			test_sleep_ns(NS_PER_MS);
		REQUIRE_EQUAL(zcf_frame_get_info(frame)->sequence, sequence);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		REQUIRE_EQUAL(zcf_frame_check(held), 0);
		REQUIRE(test_stamp_is(held, held_sequence));
	}
	REQUIRE_EQUAL(zcf_frame_release(held), 0);
	zcf_consumer_close(consumer);
	end_for_good(&channel, &keeper);
}

struct waiter {
	pthread_t thread;
	struct zcf_consumer *consumer;
	uint64_t sequence, epoch;
	uint32_t flags;
	bool polls;
};

static void *wait_for_one_frame(void *context)
{
	struct waiter *waiter = context;
	struct zcf_frame *frame = NULL;
	int error = waiter->polls ? -EAGAIN : zcf_consumer_acquire(waiter->consumer, PATIENCE_NS, &frame);

	while (waiter->polls && (error = zcf_consumer_acquire(waiter->consumer, 0, &frame)) == -EAGAIN) {
		struct pollfd poll_fd = {.fd = zcf_consumer_get_fd(waiter->consumer), .events = POLLIN};

		REQUIRE(poll(&poll_fd, 1, -1) == 1);
	}
	REQUIRE_EQUAL(error, 0);
	waiter->sequence = zcf_frame_get_info(frame)->sequence;
	waiter->epoch = zcf_frame_get_info(frame)->epoch;
	waiter->flags = zcf_frame_get_info(frame)->flags;
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	return NULL;
}

static void sleepers_and_pollers_wake_for_the_successor_s_first_frame(void **state)
{
	struct waiter waiters[4] = {{.polls = false}, {.polls = true}, {.polls = false}, {.polls = true}};
	struct keeper keeper = {0};
	struct test_channel channel;

	(void)state;
	begin_life(&channel, &keeper, 64);
	uint64_t epoch = zcf_producer_get_epoch(channel.producer);
	for (int i = 0; i < 4; i++) {
		waiters[i].consumer = test_channel_attach(&channel, NULL);
		REQUIRE_EQUAL(pthread_create(&waiters[i].thread, NULL, wait_for_one_frame, &waiters[i]), 0);
	}
	dispatch_for_a_moment(&channel);
	end_life(&channel);
	/* In between they go on waiting for a frame, not for a producer. */
	test_sleep_ns(50 * NS_PER_MS);
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(zcf_producer_get_takeover(channel.producer, NULL), 4);
	test_sleep_ns(50 * NS_PER_MS);
	uint64_t sequence = publish(&channel);
	for (int i = 0; i < 4; i++) {
		REQUIRE_EQUAL(pthread_join(waiters[i].thread, NULL), 0);
		REQUIRE_EQUAL(waiters[i].sequence, sequence);
		REQUIRE_EQUAL(waiters[i].epoch, epoch);
		REQUIRE_EQUAL(waiters[i].flags, 0);
		zcf_consumer_close(waiters[i].consumer);
	}
	end_for_good(&channel, &keeper);
}

static void who_comes_between_two_lives_waits_for_the_second(void **state)
{
	struct keeper keeper = {0};
	struct test_channel channel;
	struct test_open open;

	(void)state;
	begin_life(&channel, &keeper, 64);
	end_life(&channel);
	test_open_start(&open, CHANNEL, NULL, PATIENCE_NS);
	test_sleep_ns(50 * NS_PER_MS);
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(test_open_finish(&open, channel.producer), 0);
	publish(&channel);
	REQUIRE_EQUAL(zcf_frame_release(acquire(open.consumer)), 0);
	zcf_consumer_close(open.consumer);
	end_for_good(&channel, &keeper);
}

/* After a life that the consumers cannot go on with: they are told, and attach anew by themselves. */
static void require_reattachment(struct keeper *keeper, uint32_t width_pixels, struct zcf_consumer *consumer,
				 uint64_t old_epoch)
{
	struct zcf_consumer_counters counters;
	struct test_channel channel;
	struct zcf_frame *frame;
	int error;

	begin_life(&channel, keeper, width_pixels);
	REQUIRE(zcf_producer_get_epoch(channel.producer) != old_epoch);
	do {
		dispatch_for_a_moment(&channel);
		publish(&channel);
		error = zcf_consumer_acquire(consumer, 0, &frame);
	} while (error == -EAGAIN || error == -ENOTCONN);
	REQUIRE_EQUAL(error, 0);
	REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->flags, ZCF_FRAME_DISCONTINUITY);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 1);
	zcf_consumer_close(consumer);
	end_for_good(&channel, keeper);
}

/* A life that leaves one consumer behind. */
static struct zcf_consumer *leave_one_consumer(struct keeper *keeper, uint64_t *ret_epoch)
{
	struct test_channel channel;

	begin_life(&channel, keeper, 64);
	*ret_epoch = zcf_producer_get_epoch(channel.producer);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	publish(&channel);
	REQUIRE_EQUAL(zcf_frame_release(acquire(consumer)), 0);
	dispatch_for_a_moment(&channel);
	end_life(&channel);
	return consumer;
}

static void frames_of_another_format_are_a_new_epoch(void **state)
{
	struct keeper keeper = {0};
	uint64_t epoch;

	(void)state;
	struct zcf_consumer *consumer = leave_one_consumer(&keeper, &epoch);
	require_reattachment(&keeper, 128, consumer, epoch);
}

static void damaged_state_is_refused_and_consumers_attach_anew(void **state)
{
	(void)state;
	for (int damage = 0; damage < 6; damage++) {
		struct keeper keeper = {0};
		uint64_t epoch;
		struct zcf_consumer *consumer = leave_one_consumer(&keeper, &epoch);
		struct zcf_handover *handover = mmap(NULL, sizeof(*handover), PROT_READ | PROT_WRITE, MAP_SHARED,
						     keeper_find(&keeper, CHANNEL "/state")->fd, 0);

		REQUIRE(handover != MAP_FAILED);
		switch (damage) {
		case 0:
			handover->magic++;
			break;
		case 1:
			handover->protocol_major++;
			break;
		case 2:
			handover->size_bytes++;
			break;
		case 3:
			handover->epoch = 0;
			break;
		case 4:
			atomic_store(&handover->sequence, UINT64_MAX);
			break;
		case 5:
			strcpy(handover->channel, "other");
			break;
		}
		munmap(handover, sizeof(*handover));
		require_reattachment(&keeper, 64, consumer, epoch);
	}
}

static void other_things_under_the_names_are_refused(void **state)
{
	static const char *const names[] = {CHANNEL "/state", CHANNEL "/board", CHANNEL "/socket",
					    CHANNEL "/consumer-1"};

	(void)state;
	for (int which = 0; which < 4; which++) {
		struct keeper keeper = {0};
		struct test_channel channel;
		uint64_t epoch;
		struct zcf_consumer *consumer = leave_one_consumer(&keeper, &epoch);
		struct zcf_kept_fd *kept = keeper_find(&keeper, names[which]);

		close(kept->fd);
		kept->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		begin_life(&channel, &keeper, 64);
		/* The board is only for waking, and a new socket can be made. */
		REQUIRE_EQUAL(zcf_producer_get_takeover(channel.producer, NULL), which == 0   ? -EPROTO
										 : which == 3 ? 0
											      : 1);
		for (int i = 0; i < 2; i++) {
			struct zcf_frame *frame;
			int error;

			do {
				dispatch_for_a_moment(&channel);
				publish(&channel);
				error = zcf_consumer_acquire(consumer, 0, &frame);
			} while (error == -EAGAIN || error == -ENOTCONN);
			REQUIRE_EQUAL(error, 0);
			REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		}
		zcf_consumer_close(consumer);
		end_for_good(&channel, &keeper);
	}
}

static void a_consumer_that_did_not_read_its_last_welcome_is_let_go(void **state)
{
	struct keeper keeper = {0};
	struct test_channel channel;
	uint64_t epoch;

	(void)state;
	struct zcf_consumer *consumer = leave_one_consumer(&keeper, &epoch);
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(zcf_producer_get_takeover(channel.producer, NULL), 1);
	/* It is stopped, say: it reads nothing until a third producer comes. */
	end_life(&channel);
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(zcf_producer_get_takeover(channel.producer, NULL), 0);
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 0);
	REQUIRE(keeper_find(&keeper, CHANNEL "/consumer-1") == NULL);
	zcf_consumer_close(consumer);
	end_for_good(&channel, &keeper);
}

static void a_consumer_that_is_expelled_learns_it_though_its_socket_is_kept(void **state)
{
	struct keeper keeper = {0};
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	begin_life(&channel, &keeper, 64);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	/* A service manager hears of it a while later. */
	int slow_copy = fcntl(keeper_find(&keeper, CHANNEL "/consumer-1")->fd, F_DUPFD_CLOEXEC, 0);
	publish(&channel);
	REQUIRE_EQUAL(zcf_producer_expel(channel.producer, 1, "for a test"), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -ENOTCONN);
	close(slow_copy);
	zcf_consumer_close(consumer);
	end_for_good(&channel, &keeper);
}

static void what_was_missed_before_the_restart_makes_nobody_slow(void **state)
{
	struct keeper keeper = {0};
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	begin_life(&channel, &keeper, 64);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	for (int i = 0; i < 41; i++) {
		publish(&channel);
		if (i % 40 == 0)
			REQUIRE_EQUAL(zcf_frame_release(acquire(consumer)), 0);
	}
	dispatch_for_a_moment(&channel);
	end_life(&channel);
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 300 * NS_PER_MS, &frame), -EAGAIN);
	dispatch_for_a_moment(&channel);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].missed, 39);
	for (int i = 0; i < 10; i++) {
		publish(&channel);
		REQUIRE_EQUAL(zcf_frame_release(acquire(consumer)), 0);
	}
	/* It goes on counting where it was. */
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].missed, 39);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].acquired, 12);
	zcf_producer_judge_consumers(channel.producer, PATIENCE_NS);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].state, ZCF_CONSUMER_LIVE);
	zcf_consumer_close(consumer);
	end_for_good(&channel, &keeper);
}

static bool has_something_to_do(const struct test_channel *channel)
{
	struct pollfd poll_fd = {.fd = zcf_producer_get_fd(channel->producer), .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0;
}

/* epoll goes on about a socket for as long as anybody has it. */
/* What it has lost and how long frames took go along; that it lost one there makes it no slower here. */
static void a_consumer_s_account_goes_along(void **state)
{
	const struct zcf_snapshot_consumer *account;
	struct zcf_snapshot_consumer before;
	struct zcf_consumer_options options;
	struct keeper keeper = {0};
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	begin_life(&channel, &keeper, 64);
	zcf_consumer_options_init(&options);
	options.lease_deadline_ns = NS_PER_MS;
	struct zcf_consumer *consumer = test_channel_attach(&channel, &options);
	publish(&channel);
	frame = acquire(consumer);
	while (test_channel_snapshot(&channel)->revoked == 0) {
		test_sleep_ns(NS_PER_MS);
		publish(&channel);
	}
	REQUIRE_EQUAL(zcf_frame_release(frame), -ESTALE);
	zcf_frame_release(acquire(consumer));
	dispatch_for_a_moment(&channel);
	before = test_channel_snapshot(&channel)->consumers[0];
	REQUIRE_EQUAL(before.revoked, 1);
	REQUIRE_EQUAL(before.stale, 1);
	REQUIRE(zcf_latency_quantile_ns(before.latency_counts, 1.0) > 0);
	end_life(&channel);
	begin_life(&channel, &keeper, 64);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 300 * NS_PER_MS, &frame), -EAGAIN);
	dispatch_for_a_moment(&channel);
	zcf_producer_judge_consumers(channel.producer, PATIENCE_NS);
	account = &test_channel_snapshot(&channel)->consumers[0];
	REQUIRE_EQUAL(account->revoked, 1);
	REQUIRE_EQUAL(account->stale, 1);
	REQUIRE_EQUAL(account->last_acquire_ns, before.last_acquire_ns);
	REQUIRE(memcmp(account->latency_counts, before.latency_counts, sizeof(before.latency_counts)) == 0);
	REQUIRE_EQUAL(account->state, ZCF_CONSUMER_LIVE);
	zcf_consumer_close(consumer);
	end_for_good(&channel, &keeper);
}

static void a_socket_that_is_still_kept_gives_the_producer_nothing_to_do(void **state)
{
	struct keeper keeper = {0};
	struct test_channel channel;

	(void)state;
	begin_life(&channel, &keeper, 64);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	int slow_copy = fcntl(keeper_find(&keeper, CHANNEL "/consumer-1")->fd, F_DUPFD_CLOEXEC, 0);
	zcf_consumer_close(consumer);
	test_channel_await_consumers(&channel, 0);
	REQUIRE(!has_something_to_do(&channel));
	close(slow_copy);
	end_for_good(&channel, &keeper);
}

static void who_left_between_two_lives_is_not_taken_along_for_long(void **state)
{
	struct keeper keeper = {0};
	struct test_channel channel;
	uint64_t epoch;

	(void)state;
	struct zcf_consumer *consumer = leave_one_consumer(&keeper, &epoch);
	zcf_consumer_close(consumer);
	begin_life(&channel, &keeper, 64);
	test_channel_await_consumers(&channel, 0);
	REQUIRE(keeper_find(&keeper, CHANNEL "/consumer-1") == NULL);
	end_for_good(&channel, &keeper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(consumers_go_on_in_the_same_epoch_with_the_next_sequence),
		TEST(a_frame_that_is_held_over_a_restart_stays_valid),
		TEST(sleepers_and_pollers_wake_for_the_successor_s_first_frame),
		TEST(who_comes_between_two_lives_waits_for_the_second),
		TEST(frames_of_another_format_are_a_new_epoch),
		TEST(damaged_state_is_refused_and_consumers_attach_anew),
		TEST(other_things_under_the_names_are_refused),
		TEST(a_consumer_that_did_not_read_its_last_welcome_is_let_go),
		TEST(a_consumer_that_is_expelled_learns_it_though_its_socket_is_kept),
		TEST(what_was_missed_before_the_restart_makes_nobody_slow),
		TEST(a_consumer_s_account_goes_along),
		TEST(a_socket_that_is_still_kept_gives_the_producer_nothing_to_do),
		TEST(who_left_between_two_lives_is_not_taken_along_for_long),
	};

	return TEST_RUN(tests);
}
