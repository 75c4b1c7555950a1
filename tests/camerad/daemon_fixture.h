/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the daemon as a process share: a configuration, a video, and consumers. */
#ifndef CAMERAD_TEST_DAEMON_FIXTURE_H
#define CAMERAD_TEST_DAEMON_FIXTURE_H

#include "process.h"
#include "test.h"

#include <zcframe/zcframe.h>

extern struct process process, second;

/* Paths in a directory of the program's own. */
extern char daemon_config[64], daemon_video[64];

void daemon_write_config(const char *text);

/* Wait for the channel and attach to it. */
struct zcf_consumer *daemon_attach(const char *channel);

/* The next frame. */
struct zcf_frame *daemon_acquire(struct zcf_consumer *consumer);

/* Send the signal and require a clean end. */
void daemon_stop(struct process *daemon, int signal_number);

/* The main function: the argument is the path of zcf-camerad. */
int daemon_test_run(const struct CMUnitTest *tests, size_t count, int argument_count, char **arguments);
#define DAEMON_TEST_RUN(tests, argument_count, arguments)                                                              \
	daemon_test_run(tests, sizeof(tests) / sizeof(tests[0]), argument_count, arguments)

#endif
