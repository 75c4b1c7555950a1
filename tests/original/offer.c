/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of one frame in the shared memory, whatever the program at the other side does. */
#include "camerad/original/offer.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static struct zero_copy_memory *memory;
static atomic_bool stopping, finished;
static struct offer offer;

/* The program at the other side, in a thread. */
static pthread_t thread;
static atomic_bool posted;

static sem_t *new_frame(void)
{
	return &memory->design.new_frame_sem;
}

static sem_t *consumed(void)
{
	return &memory->design.consumed_sem;
}

static int value_of(sem_t *semaphore)
{
	int value;

	REQUIRE_EQUAL(sem_getvalue(semaphore, &value), 0);
	return value;
}

static void begin(void)
{
	memset(memory, 0, sizeof(*memory));
	sem_init(new_frame(), 1, 0);
	sem_init(consumed(), 1, 0);
	offer = (struct offer){.stopping = &stopping};
	offer.description.design.frame_number = 7;
	offer.description.extension.held_sequence = 7;
	posted = stopping = finished = false;
}

static void make(int64_t offered_ns, int64_t lease_ns)
{
	uint64_t now_ns = test_now_ns();

	offer.until_ns = now_ns + (uint64_t)offered_ns;
	offer.lease_until_ns = now_ns + (uint64_t)lease_ns;
	offer_make(&offer, memory);
	REQUIRE_EQUAL(memory->extension.held_sequence, 0);
	REQUIRE(value_of(new_frame()) == 0);
}

static void start(void *(*program)(void *))
{
	REQUIRE_EQUAL(pthread_create(&thread, NULL, program, NULL), 0);
}

static void join(void)
{
	REQUIRE_EQUAL(pthread_join(thread, NULL), 0);
}

/* Take the frame, look at it for a while, give it back. */
static void *use(void *context)
{
	REQUIRE_EQUAL(sem_wait(new_frame()), 0);
	REQUIRE_EQUAL(memory->design.frame.frame_number, 7);
	test_sleep_ns(50 * NS_PER_MS);
	REQUIRE_EQUAL(memory->extension.held_sequence, 7);
	atomic_store(&posted, true);
	REQUIRE_EQUAL(sem_post(consumed()), 0);
	return context;
}

static void *take_only(void *context)
{
	REQUIRE_EQUAL(sem_wait(new_frame()), 0);
	return context;
}

/* What a program does that was overdue: it posts, asks for the next frame, and gets it. */
static void *post_then_use(void *context)
{
	while (value_of(new_frame()) == 0)
		test_sleep_ns(NS_PER_MS);
	REQUIRE_EQUAL(sem_post(consumed()), 0);
	return use(context);
}

static void a_frame_that_nobody_takes_is_gone_after_its_time(void **state)
{
	(void)state;
	begin();
	make(20 * NS_PER_MS, 3600 * NS_PER_S);
	REQUIRE_EQUAL(offer.outcome, OFFER_UNTAKEN);
}

static void a_frame_that_was_taken_is_held_until_it_is_given_back(void **state)
{
	(void)state;
	begin();
	start(use);
	/* Offered for less time than it is used. */
	make(40 * NS_PER_MS, 3600 * NS_PER_S);
	if (offer.outcome == OFFER_UNTAKEN)
		make(3600 * NS_PER_S, 3600 * NS_PER_S); /* the thread was slow to come */
	REQUIRE_EQUAL(offer.outcome, OFFER_RETURNED);
	REQUIRE(posted);
	join();
}

/* Take a frame and let its deadline pass. */
static void overrun(void)
{
	start(take_only);
	do
		make(50 * NS_PER_MS, 100 * NS_PER_MS);
	while (offer.outcome == OFFER_UNTAKEN);
	join();
	REQUIRE_EQUAL(offer.outcome, OFFER_OVERDUE);
}

static void a_frame_that_is_never_given_back_is_gone_at_its_deadline(void **state)
{
	(void)state;
	begin();
	overrun();
	REQUIRE(offer.owed);
}

static void a_post_that_comes_too_late_does_not_give_back_the_next_frame(void **state)
{
	(void)state;
	begin();
	for (int round = 0; round < 3; round++) {
		overrun();
		atomic_store(&posted, false);
		start(post_then_use);
		make(3600 * NS_PER_S, 3600 * NS_PER_S);
		REQUIRE_EQUAL(offer.outcome, OFFER_RETURNED);
		REQUIRE(posted);
		join();
	}
}

static void late_posts_before_the_next_frame_are_not_counted(void **state)
{
	(void)state;
	begin();
	overrun();
	for (int i = 0; i < 100; i++)
		REQUIRE_EQUAL(sem_post(consumed()), 0);
	atomic_store(&posted, false);
	start(use);
	make(3600 * NS_PER_S, 3600 * NS_PER_S);
	REQUIRE_EQUAL(offer.outcome, OFFER_RETURNED);
	REQUIRE(posted);
	join();
	REQUIRE_EQUAL(value_of(consumed()), 0);
}

static void the_debt_of_a_dead_program_costs_its_successor_one_frame_at_most(void **state)
{
	(void)state;
	begin();
	overrun();
	/* The first frame is kept to its deadline, since the one post might be the dead one's. */
	start(use);
	do
		make(1000 * NS_PER_MS, 1500 * NS_PER_MS);
	while (offer.outcome == OFFER_UNTAKEN);
	join();
	REQUIRE_EQUAL(offer.outcome, OFFER_RETURNED);
	/* The others are not: this would hang. */
	for (int i = 0; i < 3; i++) {
		start(use);
		make(3600 * NS_PER_S, 3600 * NS_PER_S);
		join();
		REQUIRE_EQUAL(offer.outcome, OFFER_RETURNED);
	}
}

static void *post_only(void *context)
{
	while (!atomic_load(&finished)) {
		REQUIRE_EQUAL(sem_post(consumed()), 0);
		test_sleep_ns(NS_PER_MS);
	}
	return context;
}

static void who_posts_without_taking_gives_back_nothing(void **state)
{
	uint64_t begin_ns = test_now_ns();

	(void)state;
	begin();
	start(post_only);
	make(100 * NS_PER_MS, 3600 * NS_PER_S);
	REQUIRE_EQUAL(offer.outcome, OFFER_UNTAKEN);
	REQUIRE(test_now_ns() - begin_ns >= 100 * NS_PER_MS);
	atomic_store(&finished, true);
	join();
}

/* It races with everybody on purpose: the thread sanitizer need not say so. */
__attribute__((no_sanitize("thread"))) static void *scribble(void *context)
{
	unsigned seed = 1;

	while (!atomic_load(&finished)) {
		for (size_t i = 0; i < sizeof(*memory); i++)
			((volatile uint8_t *)memory)[i] = (uint8_t)(rand_r(&seed) >> 8);
		/* Zeros too, or no wait would ever be one. */
		if (rand_r(&seed) % 2 == 0)
			memset((void *)memory, 0, sizeof(sem_t) * 2);
	}
	return context;
}

static void garbage_all_over_the_memory_ends_no_later_than_the_deadline(void **state)
{
	uint64_t now_ns;

	(void)state;
	begin();
	start(scribble);
	for (int i = 0; i < 500; i++) {
		now_ns = test_now_ns();
		offer.until_ns = now_ns + NS_PER_MS / 4;
		offer.lease_until_ns = now_ns + NS_PER_MS;
		offer_make(&offer, memory);
	}
	atomic_store(&finished, true);
	join();
	/* One frame later all is right again. */
	make(NS_PER_MS, NS_PER_MS);
	start(use);
	make(3600 * NS_PER_S, 3600 * NS_PER_S);
	join();
	REQUIRE_EQUAL(offer.outcome, OFFER_RETURNED);
}

static void *stop_soon(void *context)
{
	test_sleep_ns(30 * NS_PER_MS);
	atomic_store(&stopping, true);
	return context;
}

static void being_told_to_stop_ends_an_offer(void **state)
{
	(void)state;
	begin();
	start(stop_soon);
	make(3600 * NS_PER_S, 3600 * NS_PER_S);
	join();
	REQUIRE_EQUAL(offer.outcome, OFFER_UNTAKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_that_nobody_takes_is_gone_after_its_time),
		TEST(a_frame_that_was_taken_is_held_until_it_is_given_back),
		TEST(a_frame_that_is_never_given_back_is_gone_at_its_deadline),
		TEST(a_post_that_comes_too_late_does_not_give_back_the_next_frame),
		TEST(late_posts_before_the_next_frame_are_not_counted),
		TEST(the_debt_of_a_dead_program_costs_its_successor_one_frame_at_most),
		TEST(who_posts_without_taking_gives_back_nothing),
		TEST(garbage_all_over_the_memory_ends_no_later_than_the_deadline),
		TEST(being_told_to_stop_ends_an_offer),
	};

	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return TEST_RUN(tests);
}
