/* SPDX-License-Identifier: Apache-2.0 */
/* The same journey as futex_wake.c, with a frame: the clock is read before publish and after acquire. */
#include "clock.h"
#include "measure.h"
#include "message.h"
#include "process.h"
#include "publisher.h"
#include "samples.h"

#include <zcframe/consumer.h>

#include <stddef.h>

#define OPEN_TIMEOUT_NS 10000000000

struct frame_wake {
	const struct plan *plan;
	uint32_t width, height;
	struct samples samples;
};

static int run_consumer(void *context)
{
	struct frame_wake *measurement = context;
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	int error;

	zcf_consumer_options_init(&options);
	options.runtime_directory = measurement->plan->runtime_directory;
	error = zcf_consumer_open(MEASURE_CHANNEL, &options, OPEN_TIMEOUT_NS, &consumer);
	while (error == 0) {
		struct zcf_frame *frame;
		error = zcf_consumer_acquire(consumer, -1, &frame);
		uint64_t now_ns = bench_now_ns();
		if (error < 0)
			break;
		uint64_t number = zcf_frame_get_info(frame)->frame_number;
		bool present = zcf_frame_get_plane(frame, 0) != NULL;
		zcf_frame_release(frame);
		if (number > measurement->samples.count || !present) {
			zcf_consumer_close(consumer);
			return present ? 0 : -1;
		}
		measurement->samples.received_ns[number - 1] = now_ns;
	}
	cli_message("consumer: %s", zcf_error_detail());
	return error;
}

/* As bare as the waker of futex_wake.c: the buffer is taken before the clock is read, the next dispatch can wait. */
static int publish_frames(struct frame_wake *measurement, struct publisher *publisher)
{
	uint64_t interval_ns = measurement->plan->interval_ns;
	uint64_t next_ns = bench_now_ns() + interval_ns;

	for (uint32_t i = 0; i < measurement->samples.count; i++, next_ns += interval_ns) {
		struct zcf_frame_metadata metadata = {.frame_number = i + 1, .brightness_avg = -1};
		struct zcf_buffer *buffer;
		bench_sleep_until(next_ns);
		buffer = publisher_dequeue(publisher);
		if (buffer == NULL)
			return -1;
		measurement->samples.sent_ns[i] = bench_now_ns();
		if (zcf_producer_publish(publisher->producer, buffer, &metadata) < 0)
			return -1;
	}
	return publisher_dismiss_consumers(publisher, measurement->samples.count);
}

static int run_producer(void *context)
{
	struct frame_wake *measurement = context;
	struct publisher publisher;
	int error = publisher_open(&publisher, measurement->plan, measurement->width, measurement->height);

	if (error < 0)
		return error;
	error = publisher_wait_for_consumers(&publisher, 1);
	if (error == 0)
		error = publish_frames(measurement, &publisher);
	publisher_close(&publisher);
	return error;
}

int measure_frame_wake(const struct plan *plan, uint32_t width, uint32_t height, struct latency *ret_latency)
{
	struct frame_wake measurement = {.plan = plan, .width = width, .height = height};
	pid_t processes[2];
	int error;

	samples_create(&measurement.samples, plan->frames);
	processes[0] = bench_fork(plan->machine.consumer_processor, run_consumer, &measurement);
	processes[1] = bench_fork(plan->machine.producer_processor, run_producer, &measurement);
	error = bench_wait_all(processes, 2);
	if (error == 0)
		samples_summarise(&measurement.samples, ret_latency);
	samples_destroy(&measurement.samples);
	return error;
}
