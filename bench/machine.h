/* SPDX-License-Identifier: Apache-2.0 */
/** @file machine.h
 * What a measurement was made on; without it a number means nothing. */
#ifndef ZCF_BENCH_MACHINE_H
#define ZCF_BENCH_MACHINE_H

#include <stdbool.h>

struct machine {
	char processor[128];
	char kernel[160];
	char clock_source[32];
	char governor[32]; /**< Of the first processor; "none" where its frequency is not ours to see. */
	bool virtual_machine;
	int processor_count;                        /**< That we may use. */
	int producer_processor, consumer_processor; /**< The same if there is only one. */
};

void machine_describe(struct machine *machine);

#endif
