/* SPDX-License-Identifier: Apache-2.0 */
/* Our half of a semaphore and the C library's understand each other, and ours stands what the C library's does not. */
#include "camerad/original/shared_semaphore.h"
#include "child.h"
#include "test.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static sem_t *shared;

static int value_of(sem_t *semaphore)
{
	int value;

	REQUIRE_EQUAL(sem_getvalue(semaphore, &value), 0);
	return value;
}

/* As long as the C library's other half is not asleep in its sem_wait(). */
static void await_sleeper(void)
{
	while (__atomic_load_n((uint32_t *)shared + 1, __ATOMIC_SEQ_CST) == 0)
		sched_yield();
	test_sleep_ns(20 * NS_PER_MS);
}

static void take_three(void *context)
{
	(void)context;
	for (int i = 1; i <= 3; i++) {
		if (sem_wait(shared) != 0)
			_exit(TEST_CHILD_FAILED);
		test_child_report(i);
	}
}

static void what_is_offered_wakes_a_process_that_sleeps_in_sem_wait(void **state)
{
	struct test_child child;

	(void)state;
	shared_semaphore_init(shared);
	test_child_start(&child, take_three, NULL);
	for (int i = 1; i <= 3; i++) {
		await_sleeper();
		shared_semaphore_offer(shared);
		REQUIRE_EQUAL(test_child_next_report(&child, NULL), i);
		REQUIRE_EQUAL(shared_semaphore_retract(shared), false);
	}
	REQUIRE_EQUAL(test_child_finish(&child, NULL), 0);
}

static void a_process_that_slept_through_a_crash_is_woken_by_the_next_owner(void **state)
{
	struct test_child child;

	(void)state;
	shared_semaphore_init(shared);
	test_child_start(&child, take_three, NULL);
	for (int i = 1; i <= 3; i++) {
		await_sleeper();
		shared_semaphore_init(shared);
		shared_semaphore_offer(shared);
		REQUIRE_EQUAL(test_child_next_report(&child, NULL), i);
	}
	REQUIRE_EQUAL(test_child_finish(&child, NULL), 0);
}

static void post_when_told(void *context)
{
	(void)context;
	test_child_await_command();
	test_sleep_ns(50 * NS_PER_MS);
	sem_post(shared);
}

static void sem_post_in_another_process_wakes_our_wait(void **state)
{
	struct test_child child;

	(void)state;
	shared_semaphore_init(shared);
	test_child_start(&child, post_when_told, NULL);
	REQUIRE_EQUAL(shared_semaphore_begin_wait(shared), 0);
	test_child_command(&child, 1);
	/* If it did not, this would hang. */
	REQUIRE(shared_semaphore_wait(shared, test_now_ns() + 3600 * NS_PER_S));
	REQUIRE_EQUAL(value_of(shared), 0);
	REQUIRE(!shared_semaphore_wait(shared, test_now_ns() + 5 * NS_PER_MS));
	shared_semaphore_end_wait(shared);
	REQUIRE_EQUAL(test_child_finish(&child, NULL), 0);
}

static void offers_do_not_add_up_and_posts_are_taken_all_at_once(void **state)
{
	(void)state;
	shared_semaphore_init(shared);
	for (int i = 0; i < 1000; i++)
		shared_semaphore_offer(shared);
	REQUIRE_EQUAL(value_of(shared), 1);
	for (int i = 0; i < 1000; i++)
		REQUIRE_EQUAL(sem_post(shared), 0);
	REQUIRE_EQUAL(shared_semaphore_begin_wait(shared), 1001);
	REQUIRE_EQUAL(value_of(shared), 0);
	shared_semaphore_end_wait(shared);
}

static void what_was_taken_cannot_be_retracted_and_the_other_way_round(void **state)
{
	(void)state;
	shared_semaphore_init(shared);
	shared_semaphore_offer(shared);
	REQUIRE_EQUAL(sem_trywait(shared), 0);
	REQUIRE(!shared_semaphore_is_up(shared));
	REQUIRE(!shared_semaphore_retract(shared));
	shared_semaphore_offer(shared);
	REQUIRE(shared_semaphore_is_up(shared));
	REQUIRE(shared_semaphore_retract(shared));
	REQUIRE_EQUAL(sem_trywait(shared), -1);
	REQUIRE_EQUAL(errno, EAGAIN);
}

static void garbage_over_all_of_it_neither_ends_nor_holds_us_and_is_put_right(void **state)
{
	uint8_t *bytes = (uint8_t *)shared;

	(void)state;
	srand(1);
	for (int round = 0; round < 3000; round++) {
		for (size_t i = 0; i < sizeof(*shared); i++)
			bytes[i] = (uint8_t)(rand() >> 8);
		/* Half of the time one that seems to be down, so that we get to the futex. */
		if (round % 2 == 0)
			*(uint32_t *)bytes = 0;
		switch (round % 4) {
		case 0:
		case 1:
			shared_semaphore_wait(shared, test_now_ns() + NS_PER_MS / 10);
			break;
		case 2:
			shared_semaphore_begin_wait(shared);
			shared_semaphore_wait(shared, test_now_ns() + NS_PER_MS / 10);
			shared_semaphore_end_wait(shared);
			break;
		case 3:
			shared_semaphore_retract(shared);
			break;
		}
		shared_semaphore_offer(shared);
		REQUIRE_EQUAL(value_of(shared), 1);
		/* The C library's half goes on with it. */
		REQUIRE_EQUAL(sem_wait(shared), 0);
		REQUIRE_EQUAL(sem_post(shared), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_offered_wakes_a_process_that_sleeps_in_sem_wait),
		TEST(a_process_that_slept_through_a_crash_is_woken_by_the_next_owner),
		TEST(sem_post_in_another_process_wakes_our_wait),
		TEST(offers_do_not_add_up_and_posts_are_taken_all_at_once),
		TEST(what_was_taken_cannot_be_retracted_and_the_other_way_round),
		TEST(garbage_over_all_of_it_neither_ends_nor_holds_us_and_is_put_right),
	};

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return TEST_RUN(tests);
}
