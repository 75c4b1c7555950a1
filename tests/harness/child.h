/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes that talk with the test: 64-bit numbers both ways. A child dies with its parent, and has none of
 * the parent's descriptors, since a copy of a socket would keep the dead alive.
 */
#ifndef ZCF_TEST_CHILD_H
#define ZCF_TEST_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "zcframe/producer.h"

#define TEST_CHILD_FAILED 99

struct test_child {
	pid_t pid;
	int report_fd;
	int command_fd;
};

/* In the child. */
void test_child_report(int64_t value);
int64_t test_child_await_command(void);

/* In the parent. A child whose `body` returns exits with 0; one in which a REQUIRE fails, with TEST_CHILD_FAILED. */
void test_child_start(struct test_child *child, void (*body)(void *context), void *context);
/* As above, but the child keeps copies of all descriptors. */
void test_child_start_with_fds(struct test_child *child, void (*body)(void *context), void *context);
/* The next number that the child reports. `producer`, if not NULL, is dispatched meanwhile. */
int64_t test_child_next_report(struct test_child *child, struct zcf_producer *producer);
void test_child_command(struct test_child *child, int64_t value);
void test_child_signal(struct test_child *child, int signal_number);
/* Wait for its end: its exit status, or minus the signal that killed it. */
int test_child_finish(struct test_child *child, struct zcf_producer *producer);
/* SIGKILL, and wait until it is gone. */
void test_child_kill(struct test_child *child);

/* For the end of a test: kill whatever is left; returns how many were. */
int test_child_end_all(void);

#endif
