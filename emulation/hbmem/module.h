/* SPDX-License-Identifier: Apache-2.0 */
/** @file module.h
 * The module as a process has it open: how often, under which lock, and its line to the broker. */
#ifndef EMULATION_HBMEM_MODULE_H
#define EMULATION_HBMEM_MODULE_H

#include "../broker/protocol.h"
#include "../include/emulated_hb_mem.h"
#include "../shared/injection.h"

#include <pthread.h>

/** The one lock of this library. Functions with an exported name take it; all others expect it held. */
extern pthread_mutex_t module_lock;

/** Take the lock, in the middle of an exported function: parameters are checked before, so that a wrong parameter is
 * told even when the module is not open. @return 0, or HB_MEM_ERR_MODULE_NOT_FOUND without the lock. */
int32_t module_enter(void);

/** Let go of the lock. @return @p result, so that a function can end with it. */
int32_t module_leave(int32_t result);

/**
 * Ask the driver.
 *
 * @param fd  Takes the reply's descriptor; may be NULL. On failure there is none.
 * @return The driver's result; TOO_MANY_FD if the descriptor found no room; UNKNOWN if the broker is gone.
 */
int32_t driver_request(struct broker_request *request, struct broker_reply *reply, int *fd);

#endif
