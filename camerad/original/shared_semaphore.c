/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_semaphore.h"

#include "../monotonic.h"

#include <assert.h>
#include <errno.h>
#include <gnu/libc-version.h> /* Other C libraries have another sem_t, and not this header. */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The GNU C library's `struct new_sem`. Its functions work on value and waiters as on one 64-bit number, by compare
 * and exchange: that fails and is tried again if we change one half in between, so we may use 32-bit operations, which
 * cannot be made to loop.
 */
struct semaphore_words {
	uint32_t value; /* The futex word. */
	uint32_t waiters;
	uint32_t futex_flag; /* That of private futexes, for semaphores that are not: it is used inverted. */
	uint32_t padding;
};

static_assert(sizeof(sem_t) == 32 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the layout that is known here");
static_assert(sizeof(struct semaphore_words) <= sizeof(sem_t), "the words are at the start of a sem_t");

static struct semaphore_words *words_of(sem_t *semaphore)
{
	return (struct semaphore_words *)semaphore;
}

static void heal(struct semaphore_words *words)
{
	__atomic_store_n(&words->futex_flag, FUTEX_PRIVATE_FLAG, __ATOMIC_SEQ_CST);
}

void shared_semaphore_init(sem_t *semaphore)
{
	struct semaphore_words *words = words_of(semaphore);

	heal(words);
	__atomic_store_n(&words->value, 0, __ATOMIC_SEQ_CST);
}

void shared_semaphore_offer(sem_t *semaphore)
{
	struct semaphore_words *words = words_of(semaphore);

	heal(words);
	__atomic_store_n(&words->value, 1, __ATOMIC_SEQ_CST);
	/* Without a look at `waiters`, which may say anything. */
	syscall(SYS_futex, &words->value, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool shared_semaphore_retract(sem_t *semaphore)
{
	return __atomic_exchange_n(&words_of(semaphore)->value, 0, __ATOMIC_SEQ_CST) != 0;
}

bool shared_semaphore_is_up(const sem_t *semaphore)
{
	return __atomic_load_n(&words_of((sem_t *)semaphore)->value, __ATOMIC_SEQ_CST) != 0;
}

uint32_t shared_semaphore_begin_wait(sem_t *semaphore)
{
	struct semaphore_words *words = words_of(semaphore);

	heal(words);
	/* We are the only one who waits here, so the count is not added to but set. */
	__atomic_store_n(&words->waiters, 1, __ATOMIC_SEQ_CST);
	return __atomic_exchange_n(&words->value, 0, __ATOMIC_SEQ_CST);
}

bool shared_semaphore_wait(sem_t *semaphore, uint64_t until_ns)
{
	struct semaphore_words *words = words_of(semaphore);
	struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000), .tv_nsec = (long)(until_ns % 1000000000)};

	for (;;) {
		if (__atomic_exchange_n(&words->value, 0, __ATOMIC_SEQ_CST) != 0)
			return true;
		/* Somebody may wake us without a post, again and again, but cannot stop the clock. */
		if (monotonic_now_ns() >= until_ns)
			return false;
		syscall(SYS_futex, &words->value, FUTEX_WAIT_BITSET, 0, &until, NULL, FUTEX_BITSET_MATCH_ANY);
	}
}

void shared_semaphore_end_wait(sem_t *semaphore)
{
	__atomic_store_n(&words_of(semaphore)->waiters, 0, __ATOMIC_SEQ_CST);
}
