/* SPDX-License-Identifier: Apache-2.0 */
/** @file counters.h
 * This process's line to the broker as a user of the camera hardware: its channels' counters, which others can read
 * while it lives, and its claim on MIPI hosts, which ends with it. */
#ifndef EMULATION_VPF_COUNTERS_H
#define EMULATION_VPF_COUNTERS_H

#include "../include/emulation_control.h"

#include <stdbool.h>

/** The first node is opened. @return false if there is no broker. */
bool hardware_open(void);

/** The last node was closed. */
void hardware_close(void);

/** An entry of the published table, zeroed; when the table is full, one that nobody sees. */
struct emulated_channel_counters *counters_take(void);
void counters_give_back(struct emulated_channel_counters *counters);

/** @return false if another node, of whatever process, has it. */
bool hardware_claim_host(uint32_t host);
void hardware_release_host(uint32_t host);

#endif
