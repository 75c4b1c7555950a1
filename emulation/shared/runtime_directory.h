/* SPDX-License-Identifier: Apache-2.0 */
/** @file runtime_directory.h
 * The one directory in which all emulated processes of a user meet: the broker's socket, its lock, and the
 * control file of tests. */
#ifndef EMULATION_RUNTIME_DIRECTORY_H
#define EMULATION_RUNTIME_DIRECTORY_H

#include <stddef.h>

/** Write PATH of @p file (or of the directory itself, for NULL) into @p path. @return 0 or -ENAMETOOLONG. */
int emulation_runtime_path(char *path, size_t size, const char *file);

/** Create the directory, only for this user. @return 0, -EPERM if it belongs to someone else, or -errno. */
int emulation_runtime_directory_create(void);

#endif
