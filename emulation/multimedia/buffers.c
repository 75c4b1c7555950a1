/* SPDX-License-Identifier: Apache-2.0 */
/* The two rings of a codec: pictures that go in, and the stream that comes out. */
#include "instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STREAM_FLAGS (HB_MEM_USAGE_CPU_READ_OFTEN | HB_MEM_USAGE_CPU_WRITE_OFTEN | HB_MEM_USAGE_CACHED)

static uint64_t picture_bytes(const mc_video_codec_enc_params_t *params)
{
	return (uint64_t)params->width * (uint64_t)params->height * 3 / 2;
}

/** An input slot as the caller gets it. */
static void describe_input(struct codec_instance *instance, int index)
{
	struct input_slot *slot = &instance->inputs[index];
	uint32_t luma = (uint32_t)(instance->params.width * instance->params.height);
	slot->buffer = (media_codec_buffer_t){
		.type = MC_VIDEO_FRAME_BUFFER,
		.vframe_buf =
			{
				.size = luma * 3 / 2,
				.compSize = {luma, luma / 2},
				.width = instance->params.width,
				.height = instance->params.height,
				.pix_fmt = instance->params.pix_fmt,
				.fd = {-1, -1, -1},
				.src_idx = index,
			},
	};
	if (instance->params.external_frame_buf)
		return;
	mc_video_frame_buffer_info_t *frame = &slot->buffer.vframe_buf;
	frame->vir_ptr[0] = slot->own.virt_addr;
	frame->vir_ptr[1] = slot->own.virt_addr + luma;
	frame->phy_ptr[0] = slot->own.phys_addr;
	frame->phy_ptr[1] = slot->own.phys_addr + luma;
	frame->fd[0] = slot->own.fd;
}

static void describe_output(struct output_slot *slot, int index)
{
	slot->buffer = (media_codec_buffer_t){
		.type = MC_VIDEO_STREAM_BUFFER,
		.vstream_buf =
			{
				.vir_ptr = slot->memory.virt_addr,
				.phy_ptr = slot->memory.phys_addr,
				.fd = slot->memory.fd,
				.src_idx = index,
			},
	};
}

static bool allocate_inputs(struct codec_instance *instance)
{
	for (hb_u32 i = 0; i < instance->params.frame_buf_count; i++) {
		if (!instance->params.external_frame_buf &&
		    hb_mem_alloc_com_buf(picture_bytes(&instance->params), STREAM_FLAGS, &instance->inputs[i].own))
			return false;
		describe_input(instance, (int)i);
	}
	return true;
}

static bool allocate_outputs(struct codec_instance *instance)
{
	uint64_t size =
		instance->params.bitstream_buf_size ? instance->params.bitstream_buf_size : DEFAULT_STREAM_BYTES;
	instance->outputs = calloc(instance->params.bitstream_buf_count, sizeof(*instance->outputs));
	for (hb_u32 i = 0; instance->outputs && i < instance->params.bitstream_buf_count; i++) {
		if (hb_mem_alloc_com_buf(size, STREAM_FLAGS, &instance->outputs[i].memory))
			return false;
		describe_output(&instance->outputs[i], (int)i);
	}
	return instance->outputs != NULL;
}

hb_s32 instance_allocate(struct codec_instance *instance)
{
	memset(instance->inputs, 0, sizeof(instance->inputs));
	instance->encoder = video_encoder_open(instance->codec_id, &instance->params);
	hb_s32 result = instance->encoder ? 0 : HB_MEDIA_ERR_CODEC_OPEN_FAIL;
	if (!result && (!allocate_inputs(instance) || !allocate_outputs(instance)))
		result = HB_MEDIA_ERR_INSUFFICIENT_RES;
	if (result)
		instance_free_buffers(instance);
	return result;
}

void instance_free_buffers(struct codec_instance *instance)
{
	for (int i = 0; i < INPUTS_MAX; i++) {
		if (instance->inputs[i].own.size)
			hb_mem_free_buf(instance->inputs[i].own.fd);
		instance->inputs[i] = (struct input_slot){0};
	}
	for (hb_u32 i = 0; instance->outputs && i < instance->params.bitstream_buf_count; i++) {
		if (instance->outputs[i].memory.size)
			hb_mem_free_buf(instance->outputs[i].memory.fd);
	}
	free(instance->outputs);
	instance->outputs = NULL;
	video_encoder_close(instance->encoder);
	instance->encoder = NULL;
}

void instance_drop_queued(struct codec_instance *instance)
{
	for (hb_u32 i = 0; i < instance->params.frame_buf_count; i++) {
		if (instance->inputs[i].state == SLOT_QUEUED)
			instance->inputs[i].state = SLOT_FREE;
	}
	for (hb_u32 i = 0; i < instance->params.bitstream_buf_count; i++) {
		if (instance->outputs[i].state == SLOT_QUEUED)
			instance->outputs[i].state = SLOT_FREE;
	}
}

static int find_free_input(const struct codec_instance *instance)
{
	for (hb_u32 i = 0; i < instance->params.frame_buf_count; i++) {
		if (instance->inputs[i].state == SLOT_FREE)
			return (int)i;
	}
	return NO_SLOT;
}

static int find_oldest_output(const struct codec_instance *instance)
{
	int oldest = NO_SLOT;
	for (hb_u32 i = 0; i < instance->params.bitstream_buf_count; i++) {
		const struct output_slot *slot = &instance->outputs[i];
		if (slot->state == SLOT_QUEUED && (oldest < 0 || slot->order < instance->outputs[oldest].order))
			oldest = (int)i;
	}
	return oldest;
}

static struct timespec time_after(hb_s32 timeout_ms)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += timeout_ms / 1000;
	time.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (time.tv_nsec >= 1000000000L) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000L;
	}
	return time;
}

/** Wait until @p find finds a slot: 0 looks once, negative waits without limit. */
static hb_s32 wait_for_slot(struct codec_instance *instance, hb_s32 timeout_ms,
			    int (*find)(const struct codec_instance *instance), int *index)
{
	struct timespec until = time_after(timeout_ms > 0 ? timeout_ms : 0);
	int result = 0;
	while (instance->state == MEDIA_CODEC_STATE_STARTED) {
		*index = find(instance);
		if (*index != NO_SLOT)
			return 0;
		if (timeout_ms == 0 || result == ETIMEDOUT)
			return HB_MEDIA_ERR_WAIT_TIMEOUT;
		result = timeout_ms < 0 ? pthread_cond_wait(&instance->changed, &instance->lock)
					: pthread_cond_timedwait(&instance->changed, &instance->lock, &until);
	}
	return HB_MEDIA_ERR_OPERATION_NOT_ALLOWED;
}

hb_s32 hb_mm_mc_dequeue_input_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer, hb_s32 timeout_ms)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	int index;
	if (!buffer)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	result = wait_for_slot(instance, timeout_ms, find_free_input, &index);
	if (!result) {
		describe_input(instance, index);
		instance->inputs[index].state = SLOT_CALLERS;
		*buffer = instance->inputs[index].buffer;
	}
	return instance_leave(instance, result);
}

/** What the board's library looks at, and no more. */
static bool input_is_right(const struct codec_instance *instance, const media_codec_buffer_t *buffer)
{
	const mc_video_frame_buffer_info_t *frame = &buffer->vframe_buf, *own;
	if (buffer->type != MC_VIDEO_FRAME_BUFFER || frame->src_idx < 0 ||
	    (hb_u32)frame->src_idx >= instance->params.frame_buf_count ||
	    instance->inputs[frame->src_idx].state != SLOT_CALLERS)
		return false;
	own = &instance->inputs[frame->src_idx].buffer.vframe_buf;
	if (instance->params.external_frame_buf)
		return frame->frame_end || (frame->vir_ptr[0] && frame->phy_ptr[0]);
	return frame->vir_ptr[0] == own->vir_ptr[0] && frame->phy_ptr[0] == own->phy_ptr[0] && frame->size == own->size;
}

hb_s32 hb_mm_mc_queue_input_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer, hb_s32 timeout_ms)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	(void)timeout_ms; /* there is always room for a slot that was taken out */
	if (!buffer)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	if (!input_is_right(instance, buffer))
		return instance_leave(instance, HB_MEDIA_ERR_INVALID_BUFFER);
	struct input_slot *slot = &instance->inputs[buffer->vframe_buf.src_idx];
	slot->buffer = *buffer;
	slot->state = SLOT_QUEUED;
	slot->order = instance->next_order++;
	if (!instance->params.external_frame_buf)
		hb_mem_flush_buf(slot->own.fd, 0, slot->own.size);
	pthread_cond_broadcast(&instance->changed);
	return instance_leave(instance, 0);
}

hb_s32 hb_mm_mc_dequeue_output_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer,
				      media_codec_output_buffer_info_t *info, hb_s32 timeout_ms)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	int index;
	if (!buffer || !info)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	result = wait_for_slot(instance, timeout_ms, find_oldest_output, &index);
	if (result)
		return instance_leave(instance, result);
	struct output_slot *slot = &instance->outputs[index];
	if (slot->result) {
		slot->state = SLOT_FREE;
		pthread_cond_broadcast(&instance->changed);
		return instance_leave(instance, slot->result);
	}
	slot->state = SLOT_CALLERS;
	*buffer = slot->buffer;
	*info = (media_codec_output_buffer_info_t){.video_stream_info = slot->info};
	return instance_leave(instance, 0);
}

hb_s32 hb_mm_mc_queue_output_buffer(media_codec_context_t *context, media_codec_buffer_t *buffer, hb_s32 timeout_ms)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	(void)timeout_ms;
	if (!buffer)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	hb_s32 index = buffer->vstream_buf.src_idx;
	if (buffer->type != MC_VIDEO_STREAM_BUFFER || index < 0 ||
	    (hb_u32)index >= instance->params.bitstream_buf_count || instance->outputs[index].state != SLOT_CALLERS)
		return instance_leave(instance, HB_MEDIA_ERR_INVALID_BUFFER);
	describe_output(&instance->outputs[index], index);
	instance->outputs[index].state = SLOT_FREE;
	pthread_cond_broadcast(&instance->changed);
	return instance_leave(instance, 0);
}
