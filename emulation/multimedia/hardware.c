/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that stands for the encoder's hardware. It reads pictures by their physical address, as the hardware does:
 * past every cache, and not through the pointer that the caller gave along.
 */
#include "instance.h"

#include <string.h>

static int find_oldest_input(const struct codec_instance *instance)
{
	int oldest = NO_SLOT;
	for (hb_u32 i = 0; i < instance->params.frame_buf_count; i++) {
		const struct input_slot *slot = &instance->inputs[i];
		if (slot->state == SLOT_QUEUED && (oldest < 0 || slot->order < instance->inputs[oldest].order))
			oldest = (int)i;
	}
	return oldest;
}

static int find_free_output(const struct codec_instance *instance)
{
	for (hb_u32 i = 0; i < instance->params.bitstream_buf_count; i++) {
		if (instance->outputs[i].state == SLOT_FREE)
			return (int)i;
	}
	return NO_SLOT;
}

/** A picture's planes, looked at through physical memory. */
struct planes {
	hb_mem_common_buf_t y, uv;
	int stride;
};

static bool map_plane(uint64_t phys_addr, uint64_t size, hb_mem_common_buf_t *plane)
{
	return !hb_mem_import_com_buf_with_paddr(phys_addr, size, HB_MEM_USAGE_CPU_READ_OFTEN, plane);
}

static void unmap_planes(struct planes *planes)
{
	if (planes->y.size)
		hb_mem_free_buf(planes->y.fd);
	if (planes->uv.size)
		hb_mem_free_buf(planes->uv.fd);
}

static bool map_planes(const struct codec_instance *instance, const mc_video_frame_buffer_info_t *frame,
		       struct planes *planes)
{
	int stride = frame->stride ? frame->stride : instance->params.width;
	int vstride = frame->vstride ? frame->vstride : instance->params.height;
	uint64_t luma = (uint64_t)stride * (uint64_t)vstride;
	*planes = (struct planes){.stride = stride};
	if (stride < instance->params.width || vstride < instance->params.height)
		return false;
	if (!map_plane(frame->phy_ptr[0], luma, &planes->y))
		return false;
	return map_plane(frame->phy_ptr[1] ? frame->phy_ptr[1] : frame->phy_ptr[0] + luma, luma / 2, &planes->uv);
}

/** Put the encoded picture into the output's memory. @return 0 or HB_MEDIA_ERR_OUTPUT_BUF_FULL */
static hb_s32 store(struct codec_instance *instance, struct output_slot *output, const struct encoded_picture *encoded,
		    bool with_headers)
{
	size_t header_size = 0, size;
	const uint8_t *headers = video_encoder_headers(instance->encoder, &header_size);
	if (!with_headers)
		header_size = 0;
	size = header_size + encoded->size;
	if (size > output->memory.size)
		return HB_MEDIA_ERR_OUTPUT_BUF_FULL;
	if (header_size)
		memcpy(output->memory.virt_addr, headers, header_size);
	memcpy(output->memory.virt_addr + header_size, encoded->data, encoded->size);
	hb_mem_flush_buf(output->memory.fd, 0, size);
	output->buffer.vstream_buf.size = (hb_u32)size;
	return 0;
}

static hb_s32 nalu_type(media_codec_id_t codec_id, bool key)
{
	if (codec_id == MEDIA_CODEC_ID_H265)
		return key ? MC_H265_NALU_TYPE_IDR : MC_H265_NALU_TYPE_P;
	return key ? MC_H264_NALU_TYPE_IDR : MC_H264_NALU_TYPE_P;
}

/** Encode, without the lock: the slots are ours. @return what the dequeue of the output will return */
static hb_s32 encode(struct codec_instance *instance, const mc_video_frame_buffer_info_t *frame,
		     struct output_slot *output, bool key, bool headers_with_key)
{
	struct encoded_picture encoded = {0};
	struct planes planes;
	hb_s32 code;
	if (emulation_injected("encode", &code))
		return code;
	if (frame->frame_end && !frame->phy_ptr[0])
		return 0; /* the end of the stream, and no picture with it */
	bool done = map_planes(instance, frame, &planes) &&
		    video_encoder_encode(instance->encoder, planes.y.virt_addr, planes.uv.virt_addr, planes.stride, key,
					 &encoded);
	unmap_planes(&planes);
	if (!done)
		return HB_MEDIA_ERR_CODING_FAILED;
	output->info = (mc_h264_h265_output_stream_info_t){
		.frame_index = (hb_s32)instance->pictures,
		.frame_start_addr = output->memory.phys_addr,
		.nalu_type = nalu_type(instance->codec_id, encoded.key),
	};
	code = store(instance, output, &encoded, instance->pictures == 0 || (encoded.key && headers_with_key));
	output->info.frame_size = output->buffer.vstream_buf.size;
	instance->pictures++;
	return code;
}

/** One picture. The lock is held before and after. */
static void work(struct codec_instance *instance, struct input_slot *input, struct output_slot *output)
{
	media_codec_buffer_t buffer = input->buffer;
	bool key = instance->idr_requested, headers = instance->headers_requested;
	input->state = output->state = SLOT_IN_HARDWARE;
	instance->idr_requested = false;
	if (instance->rate_changed)
		video_encoder_set_rate(instance->encoder, rate_control_values(&instance->params.rc_params));
	instance->rate_changed = false;
	pthread_mutex_unlock(&instance->lock);

	hb_s32 result = encode(instance, &buffer.vframe_buf, output, key, headers);
	if (instance->listener.on_input_buffer_consumed)
		instance->listener.on_input_buffer_consumed(instance->listener_data, &buffer);

	pthread_mutex_lock(&instance->lock);
	output->buffer.vstream_buf.pts =
		instance->params.enable_user_pts ? buffer.vframe_buf.pts : (uint64_t)instance->pictures;
	output->buffer.vstream_buf.stream_end = buffer.vframe_buf.frame_end;
	output->buffer.user_ptr = buffer.user_ptr;
	output->result = result;
	output->order = instance->next_order++;
	output->state = SLOT_QUEUED;
	input->state = SLOT_FREE;
	pthread_cond_broadcast(&instance->changed);
}

static void *run(void *argument)
{
	struct codec_instance *instance = argument;
	pthread_mutex_lock(&instance->lock);
	while (!instance->thread_must_end) {
		int input = find_oldest_input(instance), output = find_free_output(instance);
		if (instance->state == MEDIA_CODEC_STATE_STARTED && input != NO_SLOT && output != NO_SLOT)
			work(instance, &instance->inputs[input], &instance->outputs[output]);
		else
			pthread_cond_wait(&instance->changed, &instance->lock);
	}
	pthread_mutex_unlock(&instance->lock);
	return NULL;
}

hb_s32 hardware_start(struct codec_instance *instance)
{
	instance->thread_must_end = false;
	instance->pictures = 0;
	instance->idr_requested = true;
	if (pthread_create(&instance->thread, NULL, run, instance))
		return HB_MEDIA_ERR_INSUFFICIENT_RES;
	instance->has_thread = true;
	return 0;
}

void hardware_stop(struct codec_instance *instance)
{
	if (!instance->has_thread)
		return;
	instance->thread_must_end = true;
	pthread_cond_broadcast(&instance->changed);
	pthread_mutex_unlock(&instance->lock);
	pthread_join(instance->thread, NULL);
	pthread_mutex_lock(&instance->lock);
	instance->has_thread = false;
}
