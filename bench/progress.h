/* SPDX-License-Identifier: Apache-2.0 */
/** @file progress.h
 * What is being measured, and how much of it is left, on standard error: one line that is overwritten on a terminal;
 * elsewhere nothing, unless it was asked for. */
#ifndef ZCF_BENCH_PROGRESS_H
#define ZCF_BENCH_PROGRESS_H

/** Begin. @param steps  How many there will be. */
void progress_begin(unsigned steps);

/** The next step begins. */
void progress_step(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Clear the line. */
void progress_end(void);

#endif
