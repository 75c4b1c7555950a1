/* SPDX-License-Identifier: Apache-2.0 */
/** @file machine.h
 * What a measurement was made on; without it a number means nothing. */
#ifndef ZCF_BENCH_MACHINE_H
#define ZCF_BENCH_MACHINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_MAX_CONSUMER_PROCESSORS 16

struct machine {
	char processor[128];
	char kernel[160];
	char clock_source[32];
	char governor[32]; /**< Of the first processor; "none" where its frequency is not ours to see. */
	bool virtual_machine;
	int processor_count; /**< That we may use. */
	int producer_processor;
	int consumer_processors[MACHINE_MAX_CONSUMER_PROCESSORS]; /**< The producer's if there is no other. */
	int consumer_processor_count;
	const char *cache_miss_obstacle; /**< Why they are not counted; NULL: they are. */
};

void machine_describe(struct machine *machine);

/** @return The processor for consumer @p index: consumers are dealt out over all that the producer does not have. */
int machine_consumer_processor(const struct machine *machine, uint32_t index);

/** @return A new reference, or NULL. */
json_t *machine_make_json(const struct machine *machine);

#endif
