/* SPDX-License-Identifier: Apache-2.0 */
/** @file contender.h
 * A way to bring frames from one process to others. All of them are measured by the same code. */
#ifndef ZCF_BENCH_CONTENDER_H
#define ZCF_BENCH_CONTENDER_H

#include "trial.h"

struct contender {
	const char *name;   /**< For scripts. */
	const char *title;  /**< For people. */
	const char *copies; /**< Of what becomes of the pixels on the way: a clause. */
	/** Consumers do not sleep: what they take of a processor says nothing. */
	bool spins;
	/** About so many copies of a frame are made for each consumer: decides what pace is possible. */
	uint32_t copy_count;
	/** Make what the processes are to share, before they are forked. NULL: nothing. @return 0 or a negative errno.
	 */
	int (*prepare)(struct trial *trial, void **ret_state);
	/** The producer's process: its state, and trial_produce(). @return 0, or anything else after a message. */
	int (*produce)(struct trial *trial, void *state);
	/** A consumer's process: trial_receive() for each frame until it says false. */
	int (*consume)(struct trial *trial, void *state, uint32_t index);
	/** Let go of what prepare() made. */
	void (*clean)(struct trial *trial, void *state);
	/** Instead of the functions: a program in bench/peers/, see peers/peer.h. */
	const char *program;
	/** What the program takes to be there: a clause. NULL: its library. */
	const char *needs;
	/** The program has a third role: a daemon between producer and consumers. */
	bool has_daemon;
};

/* The limit: what waking a process costs, and nothing else. */
extern const struct contender contender_futex;
extern const struct contender contender_futex_again;      /**< Itself: what the ratio of two equals is in this run. */
extern const struct contender contender_futex_same_pages; /**< The same, on the memory that it takes to be safe. */
extern const struct contender contender_eventfd;          /**< The same, and an eventfd for each consumer. */
extern const struct contender contender_cache_line;       /**< The same, and consumers that spin. */

extern const struct contender contender_channel;     /**< zcframe. */
extern const struct contender contender_anticipated; /**< zcframe, with consumers that know when a frame is due. */
extern const struct contender contender_copy;        /**< Before: a copy for each consumer, and a semaphore. */
extern const struct contender contender_single_slot; /**< The first design's zero-copy endpoint. */

#endif
