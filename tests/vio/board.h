/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the source `vio` share: an emulated board of their own, the daemon on it, and the board's counters.
 */
#ifndef VIO_TEST_BOARD_H
#define VIO_TEST_BOARD_H

#include "../camerad/process.h"
#include "test.h"

#include <zcframe/zcframe.h>

extern struct process board_daemon, board_second;

/* The counters of one output of the scaler. */
struct board_output {
	uint64_t completed, overruns, taken, released;
	uint32_t held, finished, buffers;
};

/* For test programs: arguments are the paths of zcf-camerad and of zcf-emulated-ion. */
int board_test_run(const struct CMUnitTest *tests, size_t count, int argument_count, char **arguments);
#define BOARD_TEST_RUN(tests, argument_count, arguments)                                                               \
	board_test_run(tests, sizeof(tests) / sizeof(tests[0]), argument_count, arguments)

int board_setup(void **state);
/* Besides what test_teardown() looks at: nobody has a buffer of the board any more. */
int board_teardown(void **state);
#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, board_setup, board_teardown)

/* Set the emulation's switches: lines of NAME=value, instead of all before. Running programs see it too. */
void board_switches(const char *lines);

/* Write the daemon's configuration and return its path. [camera] source = vio stands there already. */
const char *board_config(const char *text);

/* Start the daemon with it and wait until the camera runs. */
void board_start(struct process *daemon, const char *text);

/* End it, and require that it gave back what it took, once each. */
void board_stop(struct process *daemon);

/* The output of the scaler in that daemon. */
struct board_output board_get_output(const struct process *daemon, uint32_t number);

/* Processes that hold anything of the board. */
size_t board_client_count(void);

struct zcf_consumer *board_attach(const char *channel, uint32_t max_leases);
struct zcf_frame *board_acquire(struct zcf_consumer *consumer);

/* The number that the emulated camera has drawn into the picture, and the mean of its Y plane. */
uint32_t board_drawn_number(const struct zcf_frame *frame);
double board_mean_luma(const struct zcf_frame *frame);

/* Open descriptors of the daemon, without those that it has for a moment only. */
int board_fd_count(const struct process *daemon);

#endif
