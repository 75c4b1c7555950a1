/* SPDX-License-Identifier: Apache-2.0 */
/* How many system calls it takes to wake many consumers: by the producer's own count. */
#include "clock.h"
#include "frame_wake.h"
#include "measure.h"
#include "message.h"
#include "process.h"
#include "publisher.h"

#include <stdlib.h>

#define CHANNEL "wake_calls"

struct fan_out {
	const struct plan *plan;
	uint32_t consumers;
	struct wake_calls *result; /* shared with the producer process */
};

static int run_consumer(void *context)
{
	const struct fan_out *measurement = context;

	return frame_receive(measurement->plan, CHANNEL, NULL, measurement->plan->frames);
}

static int count_calls(const struct fan_out *measurement, struct publisher *publisher)
{
	struct zcf_snapshot *snapshot = cli_allocate(1, sizeof(*snapshot));
	uint64_t next_ns = bench_now_ns(), calls_before;
	int error = 0;

	zcf_producer_get_snapshot(publisher->producer, snapshot);
	calls_before = snapshot->wake_calls + snapshot->notice_calls;
	for (uint32_t i = 0; i < measurement->plan->frames && error == 0; i++) {
		struct zcf_frame_metadata metadata = {.frame_number = i + 1, .brightness_avg = -1};
		struct zcf_buffer *buffer;
		bench_sleep_until(next_ns += measurement->plan->interval_ns);
		/* With many consumers on few processors every buffer may be held: skip, as a camera would. */
		if (zcf_producer_dequeue(publisher->producer, 0, 0, &buffer) == 0)
			error = zcf_producer_publish(publisher->producer, buffer, &metadata);
	}
	zcf_producer_get_snapshot(publisher->producer, snapshot);
	measurement->result->consumers = measurement->consumers;
	measurement->result->frames = snapshot->published;
	measurement->result->calls = snapshot->wake_calls + snapshot->notice_calls - calls_before;
	free(snapshot);
	return error;
}

static int run_producer(void *context)
{
	const struct fan_out *measurement = context;
	struct publisher publisher;
	int error = publisher_open(&publisher, measurement->plan, CHANNEL, 640, 360);

	if (error < 0)
		return error;
	error = publisher_wait_for_consumers(&publisher, measurement->consumers);
	if (error == 0)
		error = count_calls(measurement, &publisher);
	if (error == 0)
		error = publisher_dismiss_consumers(&publisher, measurement->plan->frames);
	publisher_close(&publisher);
	return error;
}

int measure_wake_calls(const struct plan *plan, uint32_t consumers, struct wake_calls *ret_calls)
{
	struct fan_out measurement = {.plan = plan, .consumers = consumers};
	pid_t *processes = cli_allocate(consumers + 1, sizeof(*processes));
	int error;

	measurement.result = bench_share(sizeof(*measurement.result));
	processes[0] = bench_fork(plan->machine.producer_processor, run_producer, &measurement);
	for (uint32_t i = 1; i <= consumers; i++)
		processes[i] = bench_fork(-1, run_consumer, &measurement);
	error = bench_wait_all(processes, consumers + 1);
	if (error == 0)
		*ret_calls = *measurement.result;
	bench_unshare(measurement.result, sizeof(*measurement.result));
	free(processes);
	return error;
}
