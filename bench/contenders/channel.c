/* SPDX-License-Identifier: Apache-2.0 */
/* zcframe, as any program uses it: its public functions and nothing else. */
#include "contender.h"
#include "message.h"

#include <errno.h>
#include <zcframe/consumer.h>
#include <zcframe/producer.h>

#define BUFFERS         3
#define OPEN_TIMEOUT_NS INT64_C(10000000000)

struct channel {
	struct zcf_pool *pool;
	struct zcf_producer *producer;
	struct zcf_buffer *buffer;
};

static int fail(const struct trial *trial, const char *what, int error)
{
	cli_message("%s: %s: %s", trial->channel, what, zcf_error_detail());
	return error;
}

static void *get_buffer(void *state, uint64_t number)
{
	struct channel *channel = state;

	(void)number;
	if (zcf_producer_dequeue(channel->producer, 0, 0, &channel->buffer) < 0)
		return NULL;
	return zcf_buffer_get_plane(channel->buffer, 0);
}

static int publish(void *state, uint64_t number)
{
	struct channel *channel = state;
	struct zcf_frame_metadata metadata = {.frame_number = number, .brightness_avg = -1};

	return zcf_producer_publish(channel->producer, channel->buffer, &metadata);
}

static void serve(void *state)
{
	zcf_producer_dispatch(((struct channel *)state)->producer);
}

static int open_channel(struct trial *trial, struct channel *channel)
{
	struct zcf_producer_options options;
	struct zcf_format format;
	int error = zcf_format_init(&format, ZCF_FOURCC_NV12, trial->width_pixels, trial->height_pixels, 0);

	if (error < 0)
		return fail(trial, "cannot lay out the frame", error);
	error = zcf_pool_create("memfd", &format, BUFFERS, &channel->pool);
	if (error < 0)
		return fail(trial, "cannot make the buffers", error);
	zcf_producer_options_init(&options);
	options.frame_interval_ns = trial->interval_ns;
	/* Consumers that read a large frame by turns on one processor take longer than a camera's would. */
	options.lease_deadline_ns = UINT64_C(10000000000);
	options.runtime_directory = trial->directory;
	error = zcf_producer_create(trial->channel, channel->pool, &options, &channel->producer);
	return error < 0 ? fail(trial, "cannot open the channel", error) : 0;
}

static int produce(struct trial *trial, void *state)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish, .serve = serve};
	struct channel channel = {0};
	int error = open_channel(trial, &channel);

	(void)state;
	if (error == 0)
		error = trial_produce(trial, &steps, &channel);
	if (channel.producer != NULL)
		zcf_producer_destroy(channel.producer);
	if (channel.pool != NULL)
		zcf_pool_destroy(channel.pool);
	return error;
}

static int consume_with(struct trial *trial, uint32_t index, const struct zcf_consumer_options *options)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	bool goes_on = true;
	int error = zcf_consumer_open(trial->channel, options, OPEN_TIMEOUT_NS, &consumer);

	if (error < 0)
		return fail(trial, "cannot attach", error);
	trial_consumer_is_ready(trial);
	while (goes_on) {
		error = zcf_consumer_acquire(consumer, -1, &frame);
		if (error == -EINTR)
			continue;
		if (error < 0)
			return fail(trial, "cannot acquire", error);
		goes_on = trial_receive(trial, index, zcf_frame_get_plane(frame, 0));
		if (zcf_frame_release(frame) < 0)
			trial->damaged++;
	}
	trial_consumer_is_done(trial, index);
	zcf_consumer_close(consumer);
	return 0;
}

/* 1 % of a processor at 30 frames a second, at most. */
static int consume_anticipating(struct trial *trial, void *state, uint32_t index)
{
	struct zcf_consumer_options options;

	(void)state;
	zcf_consumer_options_init(&options);
	options.runtime_directory = trial->directory;
	options.anticipate_ns = 330000;
	return consume_with(trial, index, &options);
}

static int consume(struct trial *trial, void *state, uint32_t index)
{
	struct zcf_consumer_options options;

	(void)state;
	zcf_consumer_options_init(&options);
	options.runtime_directory = trial->directory;
	return consume_with(trial, index, &options);
}

const struct contender contender_channel = {
	.name = "zcframe",
	.title = "zcframe",
	.copies = "copies nothing",
	.produce = produce,
	.consume = consume,
};

const struct contender contender_anticipated = {
	.name = "zcframe_anticipating",
	.title = "zcframe, anticipating",
	.copies = "copies nothing; the consumer wakes up before the frame is due, and spins",
	.produce = produce,
	.consume = consume_anticipating,
};
