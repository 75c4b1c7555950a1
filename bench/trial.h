/* SPDX-License-Identifier: Apache-2.0 */
/** @file trial.h
 * One contender's run: a producer and its consumers, each a process, and the memory in which they note what
 * happened when. Producers of several trials keep to one timetable, so that each has the machine for itself in turn.
 *
 * A trial is a memfd: processes that are forked inherit the mapping, programs that are started (bench/peers/) get
 * the descriptor. */
#ifndef ZCF_BENCH_TRIAL_H
#define ZCF_BENCH_TRIAL_H

#include "account.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIAL_MAX_CONSUMERS 16
#define TRIAL_MAX_HELPERS   2

struct trial {
	uint64_t mapping_size_bytes;
	/* What is asked for; written before the processes start. */
	uint32_t consumers;
	uint32_t frames;
	uint32_t first_counted; /**< Frames before this one warm caches and page tables up. */
	uint32_t width_pixels, height_pixels;
	uint32_t touches_pixels; /**< The camera writes every byte of a frame, and consumers read every one. */
	uint64_t frame_size_bytes;
	uint64_t interval_ns;
	uint64_t offset_ns; /**< From the start of an interval to this trial's turn. */
	char directory[96]; /**< For sockets; gone afterwards. */
	char channel[48];   /**< A name that no other trial has. */
	/** POSIX shared memory that a peer's producer is about to make, with the slash; "": none. It is unlinked with
	 * the trial: a producer that is killed cannot. */
	char shared_memory[160];
	/* How far everybody is. */
	_Atomic uint32_t consumers_ready;
	_Atomic uint32_t producer_ready;
	_Atomic uint32_t consumers_done;
	_Atomic uint32_t stopping;                        /**< Helpers, such as a peer's daemon, end. */
	_Atomic uint32_t peer_words[TRIAL_MAX_CONSUMERS]; /**< What consumers of a peer have to tell its producer. */
	_Atomic uint64_t start_ns;                        /**< Of the timetable; 0 until every trial is ready. */
	/* What happened. */
	uint64_t camera_cpu_ns;        /**< Of the producer's time: writing frames, which hardware does in earnest. */
	_Atomic uint64_t bytes_copied; /**< Of pixels, by the processor, in frames that count. */
	_Atomic uint64_t skipped;      /**< Frames for which the producer had no buffer. */
	_Atomic uint64_t damaged;      /**< Frames that a consumer read and that were not what the camera wrote. */
	struct account producer_account;
	struct account consumer_accounts[TRIAL_MAX_CONSUMERS];
	struct account helper_accounts[TRIAL_MAX_HELPERS];
	uint64_t times_ns[]; /**< See trial_sent_ns() and so on. */
};

/** When the producer began to publish each frame; 0: never. */
static inline uint64_t *trial_sent_ns(struct trial *trial)
{
	return trial->times_ns;
}

/** When a consumer had the pointer to each frame; 0: never. */
static inline uint64_t *trial_pointer_ns(struct trial *trial, uint32_t consumer)
{
	return trial->times_ns + (size_t)trial->frames * (1 + 2 * consumer);
}

/** When a consumer had read a frame's last byte. */
static inline uint64_t *trial_read_ns(struct trial *trial, uint32_t consumer)
{
	return trial->times_ns + (size_t)trial->frames * (2 + 2 * consumer);
}

/** Make the memory, zeroed but for its size. @return NULL after a message. @p ret_fd is close-on-exec. */
struct trial *trial_create(uint32_t consumers, uint32_t frames, int *ret_fd);
struct trial *trial_map(int fd);
void trial_destroy(struct trial *trial, int fd);

/* What producers call. */

struct producer_steps {
	/** @return Where the camera may write frame @p number, or NULL: it is lost. */
	void *(*get_buffer)(void *state, uint64_t number);
	/** Offer what was written. @return 0 or a negative errno after a message. */
	int (*publish)(void *state, uint64_t number);
	/** What is to be done while nothing is due: let consumers in. NULL: nothing. Must not block for long. */
	void (*serve)(void *state);
};

/** Wait for consumers, publish every frame at its time, and go on until every consumer has understood that it is over.
 */
int trial_produce(struct trial *trial, const struct producer_steps *steps, void *state);

/** A contender has copied pixels: for its own statement of how many. Copies made outside of our code are its to know.
 */
void trial_count_copy(struct trial *trial, uint64_t number, uint64_t bytes);

/** When frame 0 is due; 0: it is not known yet. */
uint64_t trial_first_frame_ns(const struct trial *trial);

/* What consumers call. */

/** Say that this consumer can receive. */
void trial_consumer_is_ready(struct trial *trial);

/**
 * A consumer has the pointer to a frame: note the time, then read all that the trial says is to be read.
 *
 * @return Whether to go on; false after the last frame.
 */
bool trial_receive(struct trial *trial, uint32_t consumer, const void *frame);

/** After trial_receive() has said that it is over, and the frame was given back. */
void trial_consumer_is_done(struct trial *trial, uint32_t consumer);

#endif
