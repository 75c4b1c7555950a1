/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon as a process: started with arguments, watched through its log. */
#ifndef CAMERAD_TEST_PROCESS_H
#define CAMERAD_TEST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The program to start. */
extern const char *process_program;

struct process {
	pid_t pid; /* 0: none. */
	int output_fd;
	size_t length, mark;
	char output[1 << 18]; /* Standard output and standard error since the start. */
};

/* Start it with these arguments, the last of them NULL. */
void process_start(struct process *process, const char *const *arguments);
#define PROCESS_START(process, ...) process_start((process), (const char *const[]){__VA_ARGS__, NULL})

/* As above, with a limit of open files (0: none). */
void process_start_with_few_files(struct process *process, unsigned file_limit, const char *const *arguments);

/* Wait until it has said these words since the last call; fails if it ends before. */
void process_await(struct process *process, const char *words);

/* Whether the words are in what it has said so far. */
bool process_said(const struct process *process, const char *words);

void process_signal(const struct process *process, int signal_number);

/* Wait for its end; returns the exit status, or minus the signal. */
int process_finish(struct process *process);

/* Kill it if it still runs: a test that failed must not fail the next. */
void process_abandon(struct process *process);

/* Start, and wait for the end. */
int process_run(struct process *process, const char *const *arguments);
#define PROCESS_RUN(process, ...) process_run((process), (const char *const[]){__VA_ARGS__, NULL})

#endif
