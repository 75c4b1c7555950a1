/* SPDX-License-Identifier: Apache-2.0 */
/** @file confine.h
 * What our programs give up once they are set up: the rights of root, and the system calls that they do not make. */
#ifndef ZCFRAME_APP_CONFINE_H
#define ZCFRAME_APP_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Become another user, with that user's groups, for good. Does nothing where we are that user already.
 *
 * @param user       Its name.
 * @param directory  Made and given to the user first if it is missing, and if we are root; NULL: none.
 * @return 0, or a negative errno with a sentence in @p why.
 */
int app_become_user(const char *user, const char *directory, char *why, size_t why_size);

/** How much a program has to be left. */
enum app_confinement {
	/** Only what our programs and the libraries behind them do. Everything else fails with EPERM. */
	APP_CONFINE_TO_KNOWN_CALLS,
	/** All but what takes over other processes or the machine: for vendors' libraries, and where programs are
	   started. */
	APP_CONFINE_DANGEROUS_CALLS,
};

/**
 * Give up system calls, in all threads, for good (seccomp).
 *
 * @return 0; -ENOSYS where that cannot be done: built without libseccomp or with a sanitizer, or the kernel cannot.
 */
int app_confine(enum app_confinement confinement);

/** app_confine(), and a line in the log that says what came of it. @return Whether it was done. */
bool app_confine_and_log(enum app_confinement confinement);

#endif
