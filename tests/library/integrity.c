/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the whole protocol is for: a frame whose release said 0 was intact for as long as it was held. Consumers
 * hold at random, sleep past their deadlines, are stopped, die anywhere and come back; the camera never waits.
 * ZCF_TEST_SEED repeats a run as far as the scheduler allows; ZCF_TEST_SECONDS makes it longer.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "test.h"

#define CONSUMERS   6
#define DEADLINE_NS (8 * NS_PER_MS)

/* Shared with all children. */
struct tally {
	atomic_ulong verified;     /* Released with 0, and intact at every look. */
	atomic_ulong stale;        /* Released with -ESTALE. */
	atomic_ulong torn;         /* Of those, seen to be overwritten. */
	atomic_ulong false_claims; /* Released with 0 although not intact: must not be. */
	atomic_ulong late_claims;  /* A check said -ESTALE and the release 0: must not be. */
	atomic_ulong early_losses; /* Revoked before its deadline: must not be. */
};

struct part {
	struct tally *tally;
	uint64_t seed;
};

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int64_t duration_s(int64_t default_s)
{
	const char *wanted = getenv("ZCF_TEST_SECONDS");

	return wanted ? atoll(wanted) : default_s;
}

/* Look at a frame now and then while time goes by, release it, and compare. */
static void verify(struct tally *tally, struct zcf_frame *frame, uint64_t acquired_ns, uint64_t *seed)
{
	uint64_t sequence = zcf_frame_get_info(frame)->sequence;
	uint64_t looks = 1 + next_random(seed) % 4;
	bool intact = true, stale = false;

	for (uint64_t look = 0; look < looks; look++) {
		intact = test_stamp_is(frame, sequence) && intact;
		stale = zcf_frame_check(frame) < 0 || stale;
		if (next_random(seed) % 8 == 0)
			test_sleep_ns((int64_t)(next_random(seed) % (2 * DEADLINE_NS)));
	}
	intact = test_stamp_is(frame, sequence) && intact;
	int verdict = zcf_frame_release(frame);
	if (verdict == 0)
		atomic_fetch_add(intact ? &tally->verified : &tally->false_claims, 1);
	else
		atomic_fetch_add(&tally->stale, 1);
	if (verdict < 0 && !intact)
		atomic_fetch_add(&tally->torn, 1);
	if (verdict < 0 && test_now_ns() - acquired_ns < DEADLINE_NS)
		atomic_fetch_add(&tally->early_losses, 1);
	if (verdict == 0 && stale)
		atomic_fetch_add(&tally->late_claims, 1);
}

static void consume_at_random(void *context)
{
	struct part *part = context;
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	struct zcf_frame *frames[3];
	uint64_t seed = part->seed, acquired_ns[3];

	zcf_consumer_options_init(&options);
	options.max_leases = 1 + next_random(&seed) % 3;
	options.rate = next_random(&seed) % 4 ? ZCF_RATE_EVERY_FRAME : ZCF_RATE_NEWEST_ONLY;
	options.spin_ns = next_random(&seed) % 4 ? 0 : 200000;
	REQUIRE_EQUAL(zcf_consumer_open("integrity", &options, PATIENCE_NS, &consumer), 0);
	for (;;) {
		uint64_t count = 0, wanted = 1 + next_random(&seed) % options.max_leases;

		while (count < wanted) {
			int64_t timeout_ns = (int64_t)(next_random(&seed) % 3) * NS_PER_MS;
			acquired_ns[count] =
				test_now_ns(); /* before the lease begins: only what is surely early counts */
			int error = next_random(&seed) % 2
					    ? zcf_consumer_acquire(consumer, timeout_ns, &frames[count])
					    : zcf_consumer_acquire_next(consumer, timeout_ns, &frames[count]);

			if (error == -EAGAIN && count == 0)
				continue;
			if (error == -EAGAIN || error == -ENOBUFS)
				break;
			REQUIRE_EQUAL(error, 0);
			count++;
		}
		while (count > 0) {
			count--;
			verify(part->tally, frames[count], acquired_ns[count], &seed);
		}
	}
}

static void start_consumer(struct test_child *child, struct tally *tally, uint64_t *seed)
{
	struct part part = {.tally = tally, .seed = next_random(seed) | 1};

	test_child_start(child, consume_at_random, &part);
}

/* Kill and replace, stop, or let go on. */
static void disturb(struct test_child *child, bool *stopped, struct tally *tally, uint64_t *seed)
{
	if (*stopped) {
		test_child_signal(child, SIGCONT);
		*stopped = false;
	} else if (next_random(seed) % 2) {
		test_child_signal(child, SIGSTOP);
		*stopped = true;
	} else {
		test_child_kill(child);
		start_consumer(child, tally, seed);
	}
}

static void a_frame_whose_release_said_0_was_intact_throughout(void **state)
{
	uint64_t seed = getenv("ZCF_TEST_SEED") ? strtoull(getenv("ZCF_TEST_SEED"), NULL, 0) : test_now_ns() | 1;
	int64_t seconds = duration_s(5);
	struct test_channel_setup setup = {
		.width_pixels = 160, .height_pixels = 120, .buffer_count = 5, .lease_deadline_ns = DEADLINE_NS};
	struct test_child children[CONSUMERS];
	bool stopped[CONSUMERS] = {false};
	struct test_channel channel;
	uint64_t end_ns, disturb_ns;

	(void)state;
	print_message("ZCF_TEST_SEED=%llu\n", (unsigned long long)seed);
	struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(tally != MAP_FAILED);
	test_channel_open(&channel, "integrity", &setup);
	for (int i = 0; i < CONSUMERS; i++)
		start_consumer(&children[i], tally, &seed);
	test_channel_await_consumers(&channel, CONSUMERS);
	disturb_ns = test_now_ns();
	end_ns = disturb_ns + (uint64_t)(seconds * NS_PER_S);
	while (test_now_ns() < end_ns) {
		for (int burst = 0; burst < 20; burst++)
			test_channel_try_publish(&channel);
		REQUIRE_EQUAL(zcf_producer_wait(channel.producer, test_now_ns() + NS_PER_MS / 4), 0);
		if (test_now_ns() < disturb_ns)
			continue;
		uint64_t victim = next_random(&seed) % CONSUMERS;
		disturb(&children[victim], &stopped[victim], tally, &seed);
		disturb_ns = test_now_ns() + next_random(&seed) % (30 * (uint64_t)NS_PER_MS);
	}
	for (int i = 0; i < CONSUMERS; i++)
		test_child_kill(&children[i]);
	test_channel_await_consumers(&channel, 0);
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
	print_message("published %llu, skipped %llu, revoked %llu, consumers %llu; verified %lu, stale %lu, of these "
		      "torn %lu\n",
		      (unsigned long long)snapshot->published, (unsigned long long)snapshot->skipped,
		      (unsigned long long)snapshot->revoked, (unsigned long long)snapshot->attached_total,
		      atomic_load(&tally->verified), atomic_load(&tally->stale), atomic_load(&tally->torn));
	REQUIRE_EQUAL(atomic_load(&tally->false_claims), 0);
	REQUIRE_EQUAL(atomic_load(&tally->late_claims), 0);
	REQUIRE_EQUAL(atomic_load(&tally->early_losses), 0);
	/* It was a fight. */
	REQUIRE(atomic_load(&tally->verified) > 1000);
	REQUIRE(atomic_load(&tally->stale) > 10);
	REQUIRE(atomic_load(&tally->torn) > 0);
	REQUIRE(snapshot->attached_total > CONSUMERS);
	REQUIRE_EQUAL(snapshot->held_buffers, 0);
	munmap(tally, sizeof(*tally));
	test_channel_close(&channel);
}

/* Nothing but acquire and release, as fast as it goes. */
static void take_and_give(void *context)
{
	struct tally *tally = context;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	REQUIRE_EQUAL(zcf_consumer_open("integrity", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	for (uint64_t i = 0;; i++) {
		int error = i % 2 ? zcf_consumer_acquire(consumer, 0, &frame)
				  : zcf_consumer_acquire_next(consumer, 0, &frame);

		if (error == -EAGAIN)
			continue;
		REQUIRE_EQUAL(error, 0);
		/* Time for a withdrawal that did not see the lease to show. */
		for (int look = 0; look < 20; look++)
			(void)zcf_frame_check(frame);
		atomic_fetch_add(zcf_frame_release(frame) < 0 ? &tally->early_losses : &tally->verified, 1);
	}
}

static void no_lease_is_lost_in_the_race_between_taking_it_and_taking_the_buffer_back(void **state)
{
	struct test_channel_setup setup = {.buffer_count = 3};
	struct zcf_frame_metadata metadata = {0};
	struct test_channel channel;
	struct test_child children[2];
	struct zcf_buffer *buffer;
	uint64_t published = 0, end_ns;

	(void)state;
	struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(tally != MAP_FAILED);
	test_channel_open(&channel, "integrity", &setup);
	for (int i = 0; i < 2; i++) {
		test_child_start(&children[i], take_and_give, tally);
		test_child_next_report(&children[i], channel.producer);
	}
	/* Leases here never run out, so every one that is lost was lost by mistake. */
	for (end_ns = test_now_ns() + (uint64_t)(duration_s(6) * NS_PER_S); test_now_ns() < end_ns;) {
		for (int burst = 0; burst < 1000; burst++) {
			if (zcf_producer_dequeue(channel.producer, 0, 0, &buffer) < 0)
				continue;
			REQUIRE_EQUAL(zcf_producer_publish(channel.producer, buffer, &metadata), 0);
			published++;
		}
		REQUIRE_EQUAL(zcf_producer_dispatch(channel.producer), 0);
	}
	for (int i = 0; i < 2; i++)
		test_child_kill(&children[i]);
	test_channel_await_consumers(&channel, 0);
	print_message("published %llu; verified %lu\n", (unsigned long long)published, atomic_load(&tally->verified));
	REQUIRE_EQUAL(atomic_load(&tally->early_losses), 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, 0);
	REQUIRE(atomic_load(&tally->verified) > 1000);
	REQUIRE(published > 1000);
	munmap(tally, sizeof(*tally));
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_whose_release_said_0_was_intact_throughout),
		TEST(no_lease_is_lost_in_the_race_between_taking_it_and_taking_the_buffer_back),
	};

	return TEST_RUN(tests);
}
