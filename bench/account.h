/* SPDX-License-Identifier: Apache-2.0 */
/** @file account.h
 * What a process takes from the machine between two moments: processor time, context switches, cache misses. All of
 * its threads count. */
#ifndef ZCF_BENCH_ACCOUNT_H
#define ZCF_BENCH_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct account {
	uint32_t begun, ended;
	int32_t counter_fd;  /**< Of the cache misses; -1: this machine counts none. */
	uint32_t has_misses; /**< The counter ran all the time. */
	uint64_t processor_ns;
	uint64_t voluntary_switches; /**< The process went to sleep. */
	uint64_t involuntary_switches;
	uint64_t cache_misses;
	uint64_t proportional_bytes; /**< Its share of memory at the end (PSS); 0: not known. */
	uint64_t private_bytes;      /**< Memory that it has written and nobody else maps. */
};

/** Count what may take long to set up: to be called before account_begin(), by the process itself. */
void account_open(struct account *account);

/** @return Why cache misses are not counted, for a sentence; NULL: they are. */
const char *account_cache_miss_obstacle(void);

/** From here on. The second call does nothing. */
void account_begin(struct account *account);

/** Up to here. The second call does nothing. */
void account_end(struct account *account);

/** Memory at this moment; slow, so not between begin and end. */
void account_note_memory(struct account *account);

/** The same of another process, which must be ours to look into. */
void account_note_memory_of(pid_t process, struct account *account);

#endif
