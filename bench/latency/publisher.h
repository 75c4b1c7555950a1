/* SPDX-License-Identifier: Apache-2.0 */
/** @file publisher.h
 * A producer for measurements: publishes numbered frames without ever touching a pixel. */
#ifndef ZCF_BENCH_LATENCY_PUBLISHER_H
#define ZCF_BENCH_LATENCY_PUBLISHER_H

#include "measure.h"

#include <zcframe/producer.h>

struct publisher {
	struct zcf_pool *pool;
	struct zcf_producer *producer;
	uint64_t interval_ns;
};

/** @return 0, or -1 after a message. */
int publisher_open(struct publisher *publisher, const struct plan *plan, const char *channel, uint32_t width,
		   uint32_t height);
void publisher_close(struct publisher *publisher);

/** Wait until that many consumers are attached and had the time to fall asleep. @return 0, or -1 after a message. */
int publisher_wait_for_consumers(struct publisher *publisher, uint32_t count);

/** Take a buffer. @return NULL after a message. */
struct zcf_buffer *publisher_dequeue(struct publisher *publisher);

/** Publish numbers above @p last_number until every consumer has understood that it is over, and left. */
int publisher_dismiss_consumers(struct publisher *publisher, uint64_t last_number);

#endif
