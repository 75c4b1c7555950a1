/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include "message.h"
#include "process.h"
#include "statistics.h"

#include <stdlib.h>

void samples_create(struct samples *samples, uint32_t count)
{
	samples->count = count;
	samples->sent_ns = bench_share(count * sizeof(uint64_t));
	samples->received_ns = bench_share(count * sizeof(uint64_t));
}

void samples_destroy(struct samples *samples)
{
	bench_unshare(samples->sent_ns, samples->count * sizeof(uint64_t));
	bench_unshare(samples->received_ns, samples->count * sizeof(uint64_t));
}

void samples_summarise(const struct samples *samples, struct latency *ret_latency)
{
	uint64_t *latencies_ns = cli_allocate(samples->count, sizeof(*latencies_ns));
	uint32_t first = samples->count / 10;

	*ret_latency = (struct latency){0};
	for (uint32_t i = first; i < samples->count; i++) {
		if (samples->received_ns[i] == 0)
			ret_latency->lost++;
		else
			latencies_ns[ret_latency->counted++] = samples->received_ns[i] - samples->sent_ns[i];
	}
	ret_latency->p50_ns = statistics_quantile(latencies_ns, ret_latency->counted, 0.5);
	ret_latency->p99_ns = statistics_quantile(latencies_ns, ret_latency->counted, 0.99);
	free(latencies_ns);
}
