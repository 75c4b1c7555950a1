/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include <time.h>

/** Rate control: of `source_rate` frames let `wanted_rate` through, evenly. */
static bool is_due(struct channel *channel)
{
	if (!channel->source_rate || !channel->wanted_rate || channel->wanted_rate >= channel->source_rate)
		return true;
	channel->rate_phase += channel->wanted_rate;
	if (channel->rate_phase >= channel->source_rate) {
		channel->rate_phase -= channel->source_rate;
		return true;
	}
	channel->counters->skipped++;
	return false;
}

static struct ring_buffer *begin_output(struct channel *channel, bool rate_controlled)
{
	pthread_mutex_lock(&graph_lock);
	struct ring_buffer *buffer = NULL;
	if (channel->enabled && channel->ring && channel->ring->writing_fd >= 0 &&
	    (!rate_controlled || is_due(channel)))
		buffer = ring_begin(channel->ring);
	pthread_mutex_unlock(&graph_lock);
	return buffer;
}

static void finish_output(struct channel *channel, struct ring_buffer *buffer, const hbn_frame_info_t *info)
{
	pthread_mutex_lock(&graph_lock);
	ring_finish(channel->ring, buffer, info);
	pthread_mutex_unlock(&graph_lock);
}

void pipeline_scale(struct node *vse, const struct picture *source, const hbn_frame_info_t *info)
{
	const struct picture *input =
		picture_fit(source, (int)vse->input.vse.width, (int)vse->input.vse.height, &vse->scratch);
	for (uint32_t i = 0; input && i < VSE_OCHN_MAX; i++) {
		struct channel *channel = &vse->channels[i];
		struct ring_buffer *buffer = begin_output(channel, true);
		if (!buffer)
			continue;
		struct picture region =
			picture_crop(input, channel->roi.x, channel->roi.y, channel->roi.w, channel->roi.h);
		struct picture target = ring_picture(buffer);
		picture_scale(&region, &target);
		finish_output(channel, buffer, info);
	}
}

/** Ten bits of the luminance in sixteen: not a Bayer pattern, but bytes that change as the picture does. */
static void write_raw(const struct picture *picture, const struct ring_buffer *buffer)
{
	const hb_mem_graphic_buf_t *shape = &buffer->image.buffer;
	int samples = shape->stride / 2 < picture->width ? shape->stride / 2 : picture->width;
	for (int row = 0; row < shape->height && row < picture->height; row++) {
		uint16_t *line = (uint16_t *)(void *)(buffer->device[0] + (size_t)row * (size_t)shape->stride);
		for (int i = 0; i < samples; i++)
			line[i] = (uint16_t)(picture->y[(size_t)row * (size_t)picture->stride + (size_t)i] << 2);
	}
}

/** The user reads VIN or ISP frames from memory only where they do not go on to another node. */
static void deliver_raw(struct node *vin, const struct picture *picture, const hbn_frame_info_t *info)
{
	struct channel *channel = &vin->channels[0];
	struct ring_buffer *buffer = channel_is_bound(vin, 0) ? NULL : begin_output(channel, false);
	if (!buffer)
		return;
	write_raw(picture, buffer);
	finish_output(channel, buffer, info);
}

static void deliver_isp(struct node *isp, const struct picture *picture, const hbn_frame_info_t *info)
{
	struct channel *channel = &isp->channels[0];
	struct ring_buffer *buffer = channel_is_bound(isp, 0) ? NULL : begin_output(channel, false);
	if (!buffer)
		return;
	struct picture target = ring_picture(buffer);
	picture_scale(picture, &target);
	finish_output(channel, buffer, info);
}

/** Follow the bindings from one node to the next. */
static void follow(const struct flow *flow, const struct node *from, const struct picture *picture,
		   const hbn_frame_info_t *info, int depth)
{
	for (uint32_t i = 0; depth < 4 && i < flow->binding_count; i++) {
		struct node *next = flow->bindings[i].destination;
		if (flow->bindings[i].source != from || !next->running)
			continue;
		if (next->type == HB_VSE) {
			pipeline_scale(next, picture, info);
			continue;
		}
		uint32_t width = next->channels[0].width, height = next->channels[0].height;
		const struct picture *out =
			width && height ? picture_fit(picture, (int)width, (int)height, &next->scratch) : picture;
		if (!out)
			continue;
		deliver_isp(next, out, info);
		follow(flow, next, out, info, depth + 1);
	}
}

static struct node *camera_node(const struct flow *flow)
{
	for (uint32_t i = 0; i < NODES_MAX; i++) {
		struct node *node = node_at(i);
		if (node->open && node->flow == flow && node->type == HB_VIN)
			return node;
	}
	return NULL;
}

static hbn_frame_info_t describe(struct flow *flow)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (hbn_frame_info_t){.frame_id = ++flow->frame_id,
				  .timestamps = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
				  .tv = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000}};
}

/** One sensor frame. @return How long until the next, in nanoseconds. */
static int64_t expose(struct flow *flow)
{
	struct picture picture;
	int64_t interval_ns = 100000000;
	pthread_mutex_lock(&engine_lock);
	struct node *vin = camera_node(flow);
	if (vin && vin->has_sensor && vin->running && vin->input_set) {
		double rate = vin->sensor.frames_per_second(vin->sensor.context);
		interval_ns = (int64_t)(1e9 / (rate > 0.1 ? rate : 0.1));
		if (!flow->paused && vin->sensor.expose(vin->sensor.context, &picture)) {
			hbn_frame_info_t info = describe(flow);
			const struct picture *raw = picture_fit(&picture, (int)vin->input.vin.width,
								(int)vin->input.vin.height, &vin->scratch);
			if (raw) {
				deliver_raw(vin, raw, &info);
				follow(flow, vin, raw, &info, 0);
			}
		}
	}
	pthread_mutex_unlock(&engine_lock);
	return interval_ns;
}

static void add_ns(struct timespec *time, int64_t ns)
{
	time->tv_sec += ns / 1000000000;
	time->tv_nsec += ns % 1000000000;
	if (time->tv_nsec >= 1000000000) {
		time->tv_sec++;
		time->tv_nsec -= 1000000000;
	}
}

static bool sleep_until(struct flow *flow, const struct timespec *due)
{
	int late = 0;
	pthread_mutex_lock(&graph_lock);
	while (!flow->stopping && !late)
		late = pthread_cond_timedwait(&flow->wake, &graph_lock, due);
	bool go_on = !flow->stopping;
	pthread_mutex_unlock(&graph_lock);
	return go_on;
}

void *pipeline_run(void *argument)
{
	struct flow *flow = argument;
	struct timespec due, now;
	clock_gettime(CLOCK_MONOTONIC, &due);
	do {
		add_ns(&due, expose(flow));
		/* A sensor has its own clock: late frames are late, but they do not come in a burst afterwards. */
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > due.tv_sec)
			due = now;
	} while (sleep_until(flow, &due));
	return NULL;
}
