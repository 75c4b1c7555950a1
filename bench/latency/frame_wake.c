/* SPDX-License-Identifier: Apache-2.0 */
#include "frame_wake.h"

#include "clock.h"
#include "message.h"

#include <zcframe/consumer.h>

#include <stddef.h>

#define OPEN_TIMEOUT_NS 10000000000

static int open_consumer(const struct plan *plan, const char *channel, struct zcf_consumer **ret_consumer)
{
	struct zcf_consumer_options options;

	zcf_consumer_options_init(&options);
	options.runtime_directory = plan->runtime_directory;
	return zcf_consumer_open(channel, &options, OPEN_TIMEOUT_NS, ret_consumer);
}

int frame_receive(const struct plan *plan, const char *channel, struct samples *samples, uint64_t last_number)
{
	struct zcf_consumer *consumer;
	int error = open_consumer(plan, channel, &consumer);

	while (error == 0) {
		struct zcf_frame *frame;
		error = zcf_consumer_acquire(consumer, -1, &frame);
		uint64_t now_ns = bench_now_ns();
		if (error < 0)
			break;
		/* The pointer is what the consumer waits for; not following it is what makes sizes comparable. */
		bool has_pixels = zcf_frame_get_plane(frame, 0) != NULL;
		uint64_t number = zcf_frame_get_info(frame)->frame_number;
		zcf_frame_release(frame);
		if (number > last_number || !has_pixels) {
			zcf_consumer_close(consumer);
			return has_pixels ? 0 : -1;
		}
		if (samples != NULL)
			samples->received_ns[number - 1] = now_ns;
	}
	cli_message("consumer of %s: %s", channel, zcf_error_detail());
	return error;
}

int frame_send(struct publisher *publisher, struct samples *samples, uint32_t index)
{
	struct zcf_frame_metadata metadata = {.frame_number = index + 1, .brightness_avg = -1};
	struct zcf_buffer *buffer = publisher_dequeue(publisher);

	if (buffer == NULL)
		return -1;
	samples->sent_ns[index] = bench_now_ns();
	return zcf_producer_publish(publisher->producer, buffer, &metadata);
}
