/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every test of the library begins and ends with: a runtime directory of its own, a watchdog, and the proof that
 * no descriptor, no mapping, no child and no file is left behind.
 */
#ifndef ZCF_TEST_H
#define ZCF_TEST_H

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "require.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)
/* For waits that succeed: long enough that only a hang reaches it. The watchdog comes later. */
#define PATIENCE_NS (40 * NS_PER_S)

int test_setup(void **state);
int test_teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

/* Run the tests of one program; the watchdog ends it, loudly, after `limit_s` seconds. */
int test_run(const struct CMUnitTest *tests, size_t count, unsigned limit_s);
#define TEST_RUN(tests) test_run(tests, sizeof(tests) / sizeof(tests[0]), 120)

/* The runtime directory of the test that runs. It is also in ZCF_RUNTIME_DIR. */
const char *test_runtime_directory(void);
/* Number of names in it. */
int test_runtime_directory_entries(void);

uint64_t test_now_ns(void);
void test_sleep_ns(int64_t duration_ns);

/*
 * Under qemu-user the emulator stands for part of the kernel, and some things it does not do. ZCF_TEST_EMULATED_CPU
 * says that we run there: then this is true, and prints what is therefore not tried.
 */
bool test_emulator_lacks(const char *what);

/*
 * Whether a child can become this user and group for a test: that takes root, and in a namespace that they are known
 * there. Prints that it is not tried if not.
 */
bool test_may_become(uint32_t uid, uint32_t gid);

/* Open descriptors of this process, and its mappings of zcframe's shared memory. */
int test_fd_count(void);
int test_shared_mapping_count(void);

#endif
