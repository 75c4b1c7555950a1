/* SPDX-License-Identifier: Apache-2.0 */
/** @file process.h
 * Processes of a benchmark, memory that they share, and a place for their sockets; all of it gone afterwards,
 * however the benchmark ends. */
#ifndef ZCF_BENCH_PROCESS_H
#define ZCF_BENCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Memory that processes forked from now on share; zeroed. Ends the program with a message if there is none. */
void *bench_share(size_t size_bytes);
void bench_unshare(void *memory, size_t size_bytes);

/**
 * Run a function in a process of its own, on one processor. It ends with its parent.
 *
 * @param processor  -1: any.
 * @param run        @return 0 for success.
 * @return The process, or a negative errno.
 */
pid_t bench_fork(int processor, int (*run)(void *context), void *context);

/** In such a process: it may take that long, and some time more. Without this, two minutes. Programs that it becomes
 * keep to it too. */
void bench_allow(uint64_t duration_ns);

/**
 * Go on as one of the programs of bench/peers/, which lie beside zcf where it was built.
 *
 * @return -1 after a message; if all is well it does not return.
 */
int bench_become_program(const char *program, const char *role, int trial_fd, uint32_t index);

/** Where such a program is, or would be. @return Whether it is there. */
bool bench_find_program(const char *program, char *path, size_t size);

/** Ask such a program whether this machine has what it takes. @return False as well where there is no such program. */
bool bench_program_is_available(const char *program);

/** Where a program is, or would be, by its path from the folder of zcf. @return Whether it is there. */
bool bench_find_beside(const char *place, char *path, size_t size);

/** Where one of our daemons is: in the same build directory, or the same installation. @return Whether it is there. */
bool bench_find_daemon(const char *folder, const char *daemon, char *path, size_t size);

/**
 * Wait for processes; if one fails, or the user interrupts, the others are ended too.
 *
 * @return 0, -EINTR, or -ECHILD after a message if one failed.
 */
int bench_wait_all(const pid_t *processes, size_t count);

/** Make a directory for sockets that no other program sees. @return 0 or a negative errno, after a message. */
int bench_directory_create(char *path, size_t size);

/** Remove it with all that is in it. */
void bench_directory_remove(const char *path);

#endif
