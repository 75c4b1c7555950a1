/* SPDX-License-Identifier: Apache-2.0 */
/** @file shared_semaphore.h
 * Our side of a semaphore whose other side calls sem_wait() and sem_post() in a process that we do not trust.
 *
 * The C library's own functions end the process ("The futex facility returned an unexpected error code") if the other
 * side has written garbage over the sem_t: part of it goes into the futex operation. These here know the layout of
 * the GNU C library's sem_t, take a fixed number of steps whatever is in it, and put it right as they go. They touch
 * the memory, so they are to be called under a bus_guard where it can be taken away. */
#ifndef CAMERAD_ORIGINAL_SHARED_SEMAPHORE_H
#define CAMERAD_ORIGINAL_SHARED_SEMAPHORE_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

/** Make it a process-shared semaphore of value 0. Those who sleep on it already, from before a crash, stay known. */
void shared_semaphore_init(sem_t *semaphore);

/** Make its value exactly 1, and wake one who waits. */
void shared_semaphore_offer(sem_t *semaphore);

/** Make its value 0. @return Whether it was not: whether what was offered had not been taken. */
bool shared_semaphore_retract(sem_t *semaphore);

/** @return Whether its value is not 0. */
bool shared_semaphore_is_up(const sem_t *semaphore);

/** Say that we are going to wait, so that sem_post() wakes us. @return How many posts there were; they are taken. */
uint32_t shared_semaphore_begin_wait(sem_t *semaphore);

/** Wait for posts and take them all. @return Whether any came before @p until_ns (CLOCK_MONOTONIC). */
bool shared_semaphore_wait(sem_t *semaphore, uint64_t until_ns);

void shared_semaphore_end_wait(sem_t *semaphore);

#endif
