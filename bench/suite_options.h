/* SPDX-License-Identifier: Apache-2.0 */
/** @file suite_options.h
 * Options that every measurement has. */
#ifndef ZCF_BENCH_SUITE_OPTIONS_H
#define ZCF_BENCH_SUITE_OPTIONS_H

#include "command.h"

#include <stdint.h>

struct suite_options {
	bool quick;
	uint32_t rounds, frames; /**< 0: as the measurement thinks right. */
};

extern struct suite_options suite_options;
extern const struct cli_option suite_option_list[];

#endif
