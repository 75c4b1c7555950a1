/* SPDX-License-Identifier: Apache-2.0 */
/** @file suite.h
 * What all measurements of `zcf bench` have in common: the machine, a place for sockets, how thorough they are to be.
 * Each measurement returns JSON, and all output is made from that: what a person reads is what the file has. */
#ifndef ZCF_BENCH_SUITE_H
#define ZCF_BENCH_SUITE_H

#include "contest.h"

struct suite {
	struct machine machine;
	char directory[96];
	bool quick;              /**< Less of everything. */
	uint32_t rounds, frames; /**< What the user asked for; 0: what the measurement thinks right. */
	/* Bytes that one processor reads, writes and copies in a second: what frames of a size take at least. */
	double read_rate, write_rate, copy_rate;
};

/** One thing that can be asked: a subcommand, a member of the JSON, a chapter of the report. */
struct question {
	const char *name;     /**< Of the member. */
	unsigned steps;       /**< Calls of progress_step(). */
	unsigned quick_steps; /**< With --quick; 0: as many. */
	/** @return A new reference; NULL after a message, or if the user interrupted. */
	json_t *(*measure)(struct suite *suite);
};

extern const struct question question_before_after, question_limit, question_peers, question_scaling, question_mjpeg,
	question_detector, question_streaming, question_languages;

/**
 * Run a contest at 30 frames a second, or as many as the processors can read; progress is shown.
 *
 * @param what    For the progress display.
 * @param rounds, frames  Unless the user asked for others.
 * @return As contest_make_json(), with what the contest is about as "title".
 */
json_t *suite_contest(struct suite *suite, const char *what, const struct entry *entries, size_t entry_count,
		      uint32_t rounds, uint32_t frames, bool touches_pixels);

/** The same at another pace. */
json_t *suite_contest_paced(struct suite *suite, const char *what, const struct entry *entries, size_t entry_count,
			    uint32_t rounds, uint32_t frames, bool touches_pixels, uint64_t interval_ns);

/** Measure and print: what a subcommand runs. @return One of enum cli_exit. */
int suite_run(const struct question *const *questions, size_t count, bool json);

#endif
