/* SPDX-License-Identifier: Apache-2.0 */
/** @file harness.h
 * What the emulation's own tests share: an emulated board of their own, other processes that do as told, and the
 * certainty that nothing is left. */
#ifndef EMULATION_TESTS_HARNESS_H
#define EMULATION_TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emulated_hb_mem.h"

#include <sys/types.h>

#define CPU_ACCESS  (HB_MEM_USAGE_CPU_READ_OFTEN | HB_MEM_USAGE_CPU_WRITE_OFTEN)
#define VA(pointer) ((uint64_t)(uintptr_t)(pointer))

/** Run the tests on a private runtime directory, under a watchdog; becomes a peer when started as one. @return exit
 * code */
#define HARNESS_RUN(argc, argv, tests) harness_run(argc, argv, #tests, tests, sizeof(tests) / sizeof(tests[0]))
int harness_run(int argc, char **argv, const char *name, const struct CMUnitTest *tests, size_t count);

/** Set up and tear down of a test: module open; and afterwards closed as often as it was opened, with no descriptor
 * more than before, no broker and no file left. */
int harness_open(void **state);
int harness_close(void **state);
#define opened_test(function) cmocka_unit_test_setup_teardown(function, harness_open, harness_close)

int harness_count_fds(void);

/** Set a switch of the emulation for all processes of this test until its end; NULL removes it. */
void harness_set(const char *name, const char *value);

/** Wait until the broker has ended and its files are gone. */
void harness_await_nothing_left(void);

/** Path of the broker's socket. */
const char *harness_socket_path(void);

/* ---- other processes ---- */

enum peer_action {
	PEER_IMPORT_COMMON,
	PEER_IMPORT_PICTURE,
	PEER_IMPORT_GROUP,
	PEER_ALLOCATE_COMMON, /**< number: size, flags */
	PEER_FREE,            /**< number: fd */
	PEER_CONSUME,         /**< common: increase */
	PEER_UNCONSUME,       /**< number: fd */
	PEER_READ,            /**< address: one byte, in the reply's number */
	PEER_WRITE,           /**< address, number */
	PEER_FLUSH,           /**< address, number: size */
	PEER_INVALIDATE,      /**< address, number: size */
	PEER_CLOSE_MODULE,
};

struct peer_order {
	enum peer_action action;
	int64_t number, flags;
	uint64_t address;
	hb_mem_common_buf_t common;
	hb_mem_graphic_buf_t picture;
	hb_mem_graphic_buf_group_t group;
};

struct peer_answer {
	int32_t result;
	int64_t number;
	hb_mem_common_buf_t common;
	hb_mem_graphic_buf_t picture;
	hb_mem_graphic_buf_group_t group;
};

struct peer {
	pid_t pid;
	int line;
};

/** Start another process (fork and exec) that opens the module. */
struct peer peer_start(void);

/** Have it do something. Fails the test if it has died of it. */
struct peer_answer peer_do(const struct peer *peer, const struct peer_order *order);

/** Have it do something that must kill it. @return The signal. */
int peer_do_and_die(struct peer *peer, const struct peer_order *order);

void peer_kill(struct peer *peer);
void peer_end(struct peer *peer);

#endif
