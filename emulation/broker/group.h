/* SPDX-License-Identifier: Apache-2.0 */
/** @file group.h
 * Groups of pictures that are shared as one: a number for a list of share_ids, alive as long as all of them. */
#ifndef EMULATION_BROKER_GROUP_H
#define EMULATION_BROKER_GROUP_H

#include "protocol.h"

/** @return The group's number, or 0 without memory. */
int32_t group_register(const struct broker_request *request);

/** @return 0, or HB_MEM_ERR_INVALID_GROUPID if there is no such group or it has other buffers. */
int32_t group_check(const struct broker_request *request);

void group_forget_buffer(int32_t share_id);

#endif
