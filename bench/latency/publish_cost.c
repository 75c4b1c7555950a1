/* SPDX-License-Identifier: Apache-2.0 */
/* What publishing costs the camera when nobody wants the frame, for small and large frames. */
#include "clock.h"
#include "measure.h"
#include "message.h"
#include "process.h"
#include "publisher.h"
#include "statistics.h"

#include <stdlib.h>

#define PUBLISH_COUNT 20000

struct publishing {
	const struct plan *plan;
	struct publish_cost *result; /* shared with the producer process */
};

static int run_producer(void *context)
{
	const struct publishing *measurement = context;
	struct publish_cost *result = measurement->result;
	struct zcf_snapshot *snapshot = cli_allocate(1, sizeof(*snapshot));
	uint64_t *costs_ns = cli_allocate(PUBLISH_COUNT, sizeof(*costs_ns));
	struct publisher publisher;
	int error = publisher_open(&publisher, measurement->plan, "publish_cost", result->width, result->height);

	if (error < 0)
		return error;
	for (uint32_t i = 0; i < PUBLISH_COUNT && error == 0; i++) {
		struct zcf_frame_metadata metadata = {.frame_number = i + 1, .brightness_avg = -1};
		struct zcf_buffer *buffer = publisher_dequeue(&publisher);
		if (buffer == NULL)
			return -1;
		uint64_t start_ns = bench_now_ns();
		error = zcf_producer_publish(publisher.producer, buffer, &metadata);
		costs_ns[i] = bench_now_ns() - start_ns;
	}
	zcf_producer_get_snapshot(publisher.producer, snapshot);
	result->wake_calls = snapshot->wake_calls + snapshot->notice_calls;
	result->p50_ns = statistics_quantile(costs_ns, PUBLISH_COUNT, 0.5);
	result->p99_ns = statistics_quantile(costs_ns, PUBLISH_COUNT, 0.99);
	publisher_close(&publisher);
	free(costs_ns);
	free(snapshot);
	return error;
}

int measure_publish_cost(const struct plan *plan, uint32_t width, uint32_t height, struct publish_cost *ret_cost)
{
	struct publishing measurement = {.plan = plan};
	pid_t process;
	int error;

	measurement.result = bench_share(sizeof(*measurement.result));
	*measurement.result = (struct publish_cost){.width = width, .height = height};
	process = bench_fork(plan->machine.producer_processor, run_producer, &measurement);
	error = bench_wait_all(&process, 1);
	if (error == 0)
		*ret_cost = *measurement.result;
	bench_unshare(measurement.result, sizeof(*measurement.result));
	return error;
}
