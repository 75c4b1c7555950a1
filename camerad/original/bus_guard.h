/* SPDX-License-Identifier: Apache-2.0 */
/** @file bus_guard.h
 * Touching memory that another process can take away.
 *
 * Whoever may write to a POSIX shared memory object may also truncate it, and it cannot be sealed. An access behind
 * its new end is a SIGBUS. Under a guard it is not the end of the process but of the one function. */
#ifndef CAMERAD_ORIGINAL_BUS_GUARD_H
#define CAMERAD_ORIGINAL_BUS_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/** Have SIGBUS of this process handled; any that no guard is for ends the process as before. @return 0 or -errno. */
int bus_guard_install(void);

/**
 * Call @p access, which may touch the memory and must leave nothing to clean up behind wherever it does.
 *
 * @return Whether it came to its end; false if the memory was gone and it was left in the middle.
 * @note Each thread has its own guard; one inside another is not possible.
 */
bool bus_guard_run(const void *memory, size_t size_bytes, void (*access)(void *context), void *context);

#endif
