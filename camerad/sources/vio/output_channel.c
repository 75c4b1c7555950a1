/* SPDX-License-Identifier: Apache-2.0 */
#include "output_channel.h"

#include "../../channel.h"
#include "../../monotonic.h"
#include "app/log.h"
#include "sensor_clock.h"

#include <errno.h>

/* How often to look for a release while the ring is short of buffers. */
#define STARVED_LOOK_NS 1000000

/* Give back every older frame that nobody holds. */
static void return_old(struct vio_output_channel *output)
{
	struct zcf_buffer *buffer;

	while (zcf_producer_reclaim(output->channel->producer, ZCF_DEQUEUE_KEEP_NEWEST, &buffer) == 0)
		vio_ring_return(&output->ring, zcf_buffer_get_index(buffer));
}

/* And the newest, if the ring needs it. */
static void return_for_next_frame(struct vio_output_channel *output)
{
	struct zcf_buffer *buffer;

	while (vio_ring_excess(&output->ring) > 0 && zcf_producer_reclaim(output->channel->producer, 0, &buffer) == 0)
		vio_ring_return(&output->ring, zcf_buffer_get_index(buffer));
}

static void schedule(struct vio_output_channel *output, uint64_t now_ns)
{
	uint64_t due_ns = output->pace.due_ns;

	output->loss_noted = false;
	output->wake_ns = due_ns > now_ns + output->margin_ns ? due_ns - output->margin_ns : now_ns;
}

/* A frame on its way to the sink, which has to know how to write to it. */
struct vio_target {
	struct source_target target;
	const struct vio_library *library;
};

/* What the CPU wrote must not lie in its cache when others read the memory, or the hardware writes to it again. */
static void end_write(const struct source_target *target)
{
	const struct vio_target *vio = (const struct vio_target *)target;
	const struct nv12_image *image = &target->image;
	size_t y_bytes = (size_t)image->stride_y_bytes * image->height_pixels;
	size_t uv_bytes = (size_t)image->stride_uv_bytes * image->height_pixels / 2;

	vio->library->mem_flush((uint64_t)(uintptr_t)image->y, y_bytes);
	vio->library->mem_flush((uint64_t)(uintptr_t)image->uv, uv_bytes);
}

static int publish(struct vio_output_channel *output, const struct vio_frame *frame, uint64_t capture_ns)
{
	struct channel *channel = output->channel;
	uint32_t index = (uint32_t)frame->buffer_index;
	struct vio_target vio = {.target = {.filled = true, .end_write = end_write}, .library = output->library};
	struct source_target *target = &vio.target;
	int error = zcf_pool_adopt(channel->pool, index, &frame->buffer, sizeof(frame->buffer), &target->buffer);

	if (error != 0) {
		app_log(APP_LOG_ERROR, "a frame of the camera cannot be published", "channel=%s reason=\"%s\"",
			channel->settings.name, zcf_error_detail());
		vio_ring_return(&output->ring, index);
		return error == -EEXIST ? -EPIPE : 0;
	}
	nv12_image_of_buffer(&target->image, target->buffer);
	if (!output->sink->publish(output->sink, output->index, target, output->numbering.number, capture_ns))
		vio_ring_return(&output->ring, index);
	return 0;
}

int vio_output_channel_frame(struct vio_output_channel *output)
{
	struct vio_frame frame;
	uint64_t now_ns, capture_ns, lost;
	int error = vio_ring_take(&output->ring, &frame);

	if (error != 0)
		return error == -EAGAIN ? 0 : -EPIPE;
	now_ns = monotonic_now_ns();
	capture_ns = vio_capture_time_ns(frame.timestamp_ns, now_ns);
	lost = vio_numbering_take(&output->numbering, frame.frame_id);
	if (lost > 0)
		channel_skip_frames(output->channel, lost);
	vio_pace_frame(&output->pace, now_ns, capture_ns, output->numbering.number);
	error = publish(output, &frame, capture_ns);
	return_old(output);
	schedule(output, now_ns);
	return error;
}

/* The frame that was due is not there. If the ring had no room for it, its holders are to know why. */
static void give_up_frame(struct vio_output_channel *output, uint64_t now_ns)
{
	vio_pace_miss(&output->pace);
	schedule(output, now_ns);
}

static void note_loss(struct vio_output_channel *output)
{
	if (output->loss_noted)
		return;
	output->loss_noted = true;
	vio_numbering_lose(&output->numbering);
	channel_skip_frames(output->channel, 1);
}

void vio_output_channel_look(struct vio_output_channel *output, uint64_t now_ns)
{
	uint64_t step_ns = output->pace.interval_ns * output->pace.stride;
	bool starved;

	/* Leases past their deadline end here, whether frames come or not. */
	return_old(output);
	return_for_next_frame(output);
	starved = vio_output_channel_is_starved(output);
	if (starved && now_ns > output->pace.due_ns + step_ns / 4)
		note_loss(output);
	if (now_ns > output->pace.due_ns + step_ns / 2)
		give_up_frame(output, now_ns);
	else
		output->wake_ns = starved ? now_ns + STARVED_LOOK_NS : output->pace.due_ns + step_ns / 2 + 1;
}

bool vio_output_channel_is_starved(const struct vio_output_channel *output)
{
	return vio_ring_excess(&output->ring) > 0;
}
