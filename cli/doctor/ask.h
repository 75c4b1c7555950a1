/* SPDX-License-Identifier: Apache-2.0 */
/** @file ask.h
 * Ask another program something, for which it must not be trusted: neither to answer nor to end. */
#ifndef ZCF_CLI_DOCTOR_ASK_H
#define ZCF_CLI_DOCTOR_ASK_H

#include <stdbool.h>
#include <stddef.h>

struct answer {
	int error;       /**< 0, or a negative errno: it could not be started. */
	int exit_status; /**< -1: it was ended by a signal, by ours if it took too long. */
	char text[4096]; /**< What it printed, on either output; as it came. */
};

/**
 * @param arguments   The program's path first, NULL last.
 * @param timeout_ms  How long it may be silent.
 */
void ask(char *const *arguments, int timeout_ms, struct answer *ret_answer);

/** One of our own programs: beside zcf itself, in its build tree, or on $PATH. @param folder  In the build tree, or
 * NULL. */
bool find_own_program(const char *name, const char *folder, char *path, size_t size);

/** On $PATH. */
bool find_program(const char *name, char *path, size_t size);

#endif
