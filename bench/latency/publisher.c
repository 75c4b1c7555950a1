/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher.h"

#include "clock.h"
#include "message.h"

#include <stddef.h>

#define BUFFER_COUNT      3
#define ATTACH_TIMEOUT_NS 10000000000ull
#define SETTLE_NS         50000000ull
#define DISPATCH_EVERY_NS 2000000ull

static int fail(const char *what)
{
	cli_message("%s: %s", what, zcf_error_detail());
	return -1;
}

int publisher_open(struct publisher *publisher, const struct plan *plan, const char *channel, uint32_t width,
		   uint32_t height)
{
	struct zcf_producer_options options;
	struct zcf_format format;

	*publisher = (struct publisher){.interval_ns = plan->interval_ns};
	if (zcf_format_init(&format, ZCF_FOURCC_NV12, width, height, 0) < 0)
		return fail("cannot lay out the frame");
	if (zcf_pool_create("memfd", &format, BUFFER_COUNT, &publisher->pool) < 0)
		return fail("cannot make the buffers");
	zcf_producer_options_init(&options);
	options.frame_interval_ns = plan->interval_ns;
	options.runtime_directory = plan->runtime_directory;
	if (zcf_producer_create(channel, publisher->pool, &options, &publisher->producer) < 0) {
		zcf_pool_destroy(publisher->pool);
		publisher->pool = NULL;
		return fail("cannot open the channel");
	}
	return 0;
}

void publisher_close(struct publisher *publisher)
{
	zcf_producer_destroy(publisher->producer);
	zcf_pool_destroy(publisher->pool);
	*publisher = (struct publisher){0};
}

int publisher_wait_for_consumers(struct publisher *publisher, uint32_t count)
{
	uint64_t deadline_ns = bench_now_ns() + ATTACH_TIMEOUT_NS;

	while (zcf_producer_get_consumer_count(publisher->producer) != count) {
		if (bench_now_ns() > deadline_ns) {
			cli_message("the consumers did not attach");
			return -1;
		}
		if (zcf_producer_wait(publisher->producer, bench_now_ns() + DISPATCH_EVERY_NS) < 0)
			return fail("cannot serve the consumers");
	}
	return zcf_producer_wait(publisher->producer, bench_now_ns() + SETTLE_NS) < 0 ? fail("cannot wait") : 0;
}

struct zcf_buffer *publisher_dequeue(struct publisher *publisher)
{
	struct zcf_buffer *buffer;

	if (zcf_producer_dequeue(publisher->producer, 0, 0, &buffer) == 0)
		return buffer;
	fail("no buffer to write to");
	return NULL;
}

int publisher_dismiss_consumers(struct publisher *publisher, uint64_t last_number)
{
	uint64_t deadline_ns = bench_now_ns() + ATTACH_TIMEOUT_NS;

	while (zcf_producer_get_consumer_count(publisher->producer) > 0) {
		struct zcf_frame_metadata metadata = {.frame_number = ++last_number, .brightness_avg = -1};
		struct zcf_buffer *buffer;
		if (bench_now_ns() > deadline_ns) {
			cli_message("the consumers did not end");
			return -1;
		}
		if (zcf_producer_dequeue(publisher->producer, 0, 0, &buffer) == 0)
			zcf_producer_publish(publisher->producer, buffer, &metadata);
		zcf_producer_wait(publisher->producer, bench_now_ns() + publisher->interval_ns);
	}
	return 0;
}
