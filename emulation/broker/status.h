/* SPDX-License-Identifier: Apache-2.0 */
/** @file status.h
 * The broker's view of the machine as JSON: what lives, who holds it, how the emulated channels fare. */
#ifndef EMULATION_BROKER_STATUS_H
#define EMULATION_BROKER_STATUS_H

#include "protocol.h"

/** Write the text into a new memfd; sets the reply's size and result. @return The descriptor, or -1. */
int status_write(struct broker_reply *reply);

/** The subcommand: ask the running broker and print its answer. @return An exit code. */
int status_print(void);

#endif
