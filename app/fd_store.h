/* SPDX-License-Identifier: Apache-2.0 */
/** @file fd_store.h
 * The service manager's store of descriptors: what is put there outlives the process, and the next one is given it. */
#ifndef ZCFRAME_APP_FD_STORE_H
#define ZCFRAME_APP_FD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Whether there is such a store: $FDSTORE (systemd 254) or $ZCF_FDSTORE (set in our unit for older ones) is a number
 * above 0, and there is a service manager to talk to.
 */
bool app_fd_store_is_available(void);

/** A descriptor that was in the store when this process was started. */
struct app_stored_fd {
	char *name;
	int fd;
};

/**
 * What the process before put there. Call once, before the process opens much.
 *
 * @param ret_stored  Free with app_fd_store_free(), which closes the descriptors too.
 * @return Their number, or a negative errno.
 */
int app_fd_store_receive(struct app_stored_fd **ret_stored);
void app_fd_store_free(struct app_stored_fd *stored, size_t count);

/** Put a copy of a descriptor there. @param name  Printable, without a colon. */
void app_fd_store_put(const char *name, int fd);

/** Take what has that name out of it. */
void app_fd_store_drop(const char *name);

/** Wait until the service manager has seen all of it, but not longer than that. */
void app_fd_store_wait(uint64_t timeout_ms);

#endif
