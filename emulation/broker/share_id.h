/* SPDX-License-Identifier: Apache-2.0 */
/** @file share_id.h
 * Numbers of buffers: the lowest that is free, as the driver gives them, so that a dead buffer's number is soon
 * another's. For finding stale numbers there is the opposite: one that nobody ever had. */
#ifndef EMULATION_BROKER_SHARE_ID_H
#define EMULATION_BROKER_SHARE_ID_H

#include <stdbool.h>
#include <stdint.h>

int32_t share_id_take(bool never_reuse);

#endif
