/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer may write anything into its lane: it holds no more and no longer than it was granted, and harms nobody. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raw_peer.h"
#include "test.h"

#define DEADLINE_NS (40 * NS_PER_MS)

static const struct test_channel_setup setup = {.lease_deadline_ns = DEADLINE_NS};

/* A small generator, so that a seed gives the same run everywhere. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void hold_words_that_name_no_frame_hold_nothing(void **state)
{
	struct test_channel channel;
	struct raw_consumer raw;

	(void)state;
	test_channel_open(&channel, "lane", NULL);
	raw_attach(&raw, &channel);
	for (int i = 0; i < 5; i++)
		test_channel_publish(&channel);
	const uint64_t words[] = {
		zcf_frame_word(5, 3),
		zcf_frame_word(5, 255),
		zcf_frame_word(6, 0),
		zcf_frame_word(1, 0),
		zcf_frame_word(ZCF_SEQUENCE_MAX, 0),
		zcf_frame_word(0, 1),
		UINT64_MAX,
		atomic_load(&raw.board->newest) ^ 1,
		atomic_load(&raw.board->newest) | ZCF_GENERATION_CLOSED,
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		atomic_store(&raw.lane->leases[0].hold, words[i]);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->consumers[0].lease_count, 0);
		uint64_t newest = zcf_frame_word_sequence(atomic_load(&raw.board->newest));
		REQUIRE_EQUAL(newest, 5);
	}
	raw_detach(&raw);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void holds_beyond_the_grant_hold_nothing(void **state)
{
	struct test_channel channel;
	struct raw_consumer raw;

	(void)state;
	test_channel_open(&channel, "lane", NULL);
	raw_attach(&raw, &channel);
	REQUIRE_EQUAL(raw.welcome.max_leases, 1);
	for (uint32_t slot = 1; slot < ZCF_MAX_LEASES; slot++) {
		test_channel_publish(&channel);
		raw_hold_newest(&raw, slot);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
	}
	for (int i = 0; i < 10; i++)
		test_channel_publish(&channel);
	/* The one that it was granted does. */
	raw_hold_newest(&raw, 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
	raw_detach(&raw);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void a_lie_about_when_a_lease_began_does_not_make_it_longer(void **state)
{
	struct test_channel channel;
	struct raw_consumer raw;

	(void)state;
	test_channel_open(&channel, "lane", &setup);
	raw_attach(&raw, &channel);
	const uint64_t lies_ns[] = {UINT64_MAX, 1, test_now_ns() + 3600 * (uint64_t)NS_PER_S};
	for (size_t i = 0; i < sizeof(lies_ns) / sizeof(lies_ns[0]); i++) {
		uint64_t revoked = test_channel_snapshot(&channel)->revoked;

		test_channel_publish(&channel);
		atomic_store(&raw.lane->leases[0].start_ns, lies_ns[i]);
		raw_hold_newest(&raw, 0);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 1);
		REQUIRE(test_channel_snapshot(&channel)->consumers[0].leases[0].age_ns < (uint64_t)PATIENCE_NS);
		test_sleep_ns(DEADLINE_NS + 5 * NS_PER_MS);
		for (int frame = 0; frame < 4; frame++)
			test_channel_publish(&channel);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
		REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, revoked + 1);
	}
	raw_detach(&raw);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void who_takes_the_same_lease_again_and_again_keeps_it_for_two_deadlines_at_most(void **state)
{
	struct test_channel channel;
	struct raw_consumer raw;
	uint64_t superseded_ns;

	(void)state;
	test_channel_open(&channel, "lane", &setup);
	raw_attach(&raw, &channel);
	test_channel_publish(&channel);
	uint64_t word = raw_hold_newest(&raw, 0);
	test_channel_publish(&channel);
	superseded_ns = test_now_ns();
	while (test_channel_snapshot(&channel)->revoked == 0) {
		/* Every look of the producer finds a lease that is new to it and says that it began just now. */
		atomic_store(&raw.lane->leases[0].hold, 0);
		test_channel_snapshot(&channel);
		atomic_store(&raw.lane->leases[0].start_ns, test_now_ns());
		atomic_store(&raw.lane->leases[0].hold, word);
		uint64_t before_ns = test_now_ns();
		REQUIRE(test_channel_try_publish(&channel) != 0);
		/* Asked for a buffer when both were over (and a look for the closing and one for the end), it has gone.
		 */
		if (before_ns - superseded_ns > 3 * DEADLINE_NS)
			REQUIRE_EQUAL(test_channel_snapshot(&channel)->revoked, 1);
		test_sleep_ns(NS_PER_MS);
	}
	/* And not too early, for it could have been an honest one. */
	REQUIRE(test_now_ns() - superseded_ns >= DEADLINE_NS);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->skipped, 0);
	raw_detach(&raw);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void consumers_that_take_turns_on_all_buffers_do_not_starve_the_camera_for_ever(void **state)
{
	struct raw_consumer raws[3];
	struct test_channel channel;
	uint64_t words[3], last = 0;

	(void)state;
	test_channel_open(&channel, "lane", &setup);
	for (int i = 0; i < 3; i++)
		raw_attach(&raws[i], &channel);
	for (int i = 0; i < 3; i++) {
		last = test_channel_publish(&channel);
		words[i] = raw_hold_newest(&raws[i], 0);
	}
	REQUIRE_EQUAL(test_channel_try_publish(&channel), 0);
	/* Each buffer has a holder at every look, and each lease is young. */
	for (int got = 0; got < 3;) {
		for (int i = 0; i < 3; i++) {
			atomic_store(&raws[i].lane->leases[0].hold, 0);
			test_channel_snapshot(&channel);
			atomic_store(&raws[i].lane->leases[0].start_ns, test_now_ns());
			atomic_store(&raws[i].lane->leases[0].hold, words[i]);
		}
		uint64_t sequence = test_channel_try_publish(&channel);
		if (sequence) {
			REQUIRE(sequence > last);
			last = sequence;
			words[got] = raw_hold_newest(&raws[got], 0);
			got++;
		}
		test_sleep_ns(NS_PER_MS);
	}
	for (int i = 0; i < 3; i++)
		raw_detach(&raws[i]);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void random_words_everywhere_harm_no_other_consumer(void **state)
{
	uint64_t seed = getenv("ZCF_TEST_SEED") ? strtoull(getenv("ZCF_TEST_SEED"), NULL, 0) : test_now_ns() | 1;
	struct test_channel channel;
	struct raw_consumer raw;
	uint64_t end_ns = test_now_ns() + 2 * (uint64_t)NS_PER_S, frames = 0;

	(void)state;
	print_message("ZCF_TEST_SEED=%llu\n", (unsigned long long)seed);
	test_channel_open(&channel, "lane",
			  &(struct test_channel_setup){.lease_deadline_ns = PATIENCE_NS, .buffer_count = 6});
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	raw_attach(&raw, &channel);
	while (test_now_ns() < end_ns) {
		_Atomic uint64_t *words = (_Atomic uint64_t *)(void *)raw.lane;
		for (size_t i = 0; i < ZCF_LANE_SIZE / sizeof(*words); i++)
			if (next_random(&seed) % 4 == 0)
				atomic_store(&words[i], next_random(&seed));
		/* Words that make sense now and then, or nothing would be held. */
		if (next_random(&seed) % 2)
			raw_hold_newest(&raw, next_random(&seed) % ZCF_MAX_LEASES);
		if (next_random(&seed) % 2)
			atomic_store(&raw.lane->leases[0].hold,
				     zcf_frame_word(1 + next_random(&seed) % (frames + 2), next_random(&seed) % 7));
		test_channel_publish(&channel);
		struct zcf_frame *frame = test_acquire_now(consumer);
		test_channel_publish(&channel);
		test_channel_publish(&channel);
		REQUIRE(test_stamp_is(frame, zcf_frame_get_info(frame)->sequence));
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		zcf_producer_dispatch(channel.producer);
		frames += 3;
	}
	REQUIRE(frames > 300);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->skipped, 0);
	REQUIRE(test_channel_snapshot(&channel)->held_buffers <= 1);
	raw_detach(&raw);
	zcf_consumer_close(consumer);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hold_words_that_name_no_frame_hold_nothing),
		TEST(holds_beyond_the_grant_hold_nothing),
		TEST(a_lie_about_when_a_lease_began_does_not_make_it_longer),
		TEST(who_takes_the_same_lease_again_and_again_keeps_it_for_two_deadlines_at_most),
		TEST(consumers_that_take_turns_on_all_buffers_do_not_starve_the_camera_for_ever),
		TEST(random_words_everywhere_harm_no_other_consumer),
	};

	return TEST_RUN(tests);
}
