/* SPDX-License-Identifier: Apache-2.0 */
/** @file instance.h
 * The codecs of this process: what each was asked for, its buffers, and the thread that stands for the hardware. */
#ifndef EMULATION_MULTIMEDIA_INSTANCE_H
#define EMULATION_MULTIMEDIA_INSTANCE_H

#include "../include/emulated_hb_mem.h"
#include "../include/emulated_media_codec.h"
#include "../shared/injection.h"
#include "video_encoder.h"

#include <pthread.h>
#include <stdbool.h>

#define INSTANCES_MAX        32
#define INPUTS_MAX           31
#define NO_SLOT              (-1)
#define DEFAULT_STREAM_BYTES (1024 * 1024)

enum slot_state {
	SLOT_FREE,
	SLOT_CALLERS, /**< Dequeued. */
	SLOT_QUEUED,  /**< An input that waits for the hardware, an output that waits for the caller. */
	SLOT_IN_HARDWARE,
};

struct input_slot {
	enum slot_state state;
	uint64_t order; /**< Among the queued ones: the smallest comes first. */
	media_codec_buffer_t buffer;
	hb_mem_common_buf_t own; /**< With internal buffers: the slot's memory. */
};

struct output_slot {
	enum slot_state state;
	uint64_t order;
	hb_mem_common_buf_t memory;
	hb_s32 result; /**< What the dequeue returns. */
	media_codec_buffer_t buffer;
	mc_h264_h265_output_stream_info_t info;
};

struct codec_instance {
	pthread_mutex_t lock; /**< Guards all below; the thread lets go of it while it encodes. */
	pthread_cond_t changed;
	media_codec_state_t state;
	media_codec_id_t codec_id;
	mc_video_codec_enc_params_t params;
	media_codec_callback_t listener;
	hb_ptr listener_data;
	struct video_encoder *encoder;
	bool idr_requested, headers_requested, rate_changed;
	struct input_slot inputs[INPUTS_MAX];
	struct output_slot *outputs; /**< params.bitstream_buf_count of them. */
	uint64_t next_order;
	int64_t pictures; /**< Encoded since the start. */
	pthread_t thread;
	bool has_thread, thread_must_end;
	bool ending; /**< Between the order to stop and the thread's end: nothing else is allowed. */
};

/** Find and lock the context's instance. @return 0, or a code, then nothing is locked. */
hb_s32 instance_enter(const media_codec_context_t *context, struct codec_instance **instance);

/** Let go of it. @return @p result, so that a function can end with it. */
hb_s32 instance_leave(struct codec_instance *instance, hb_s32 result);

/** As instance_enter(), and the state must be @p state. */
hb_s32 instance_enter_in(const media_codec_context_t *context, media_codec_state_t state,
			 struct codec_instance **instance);

/** Make the buffers of a configured instance. @return 0, or a code, then there are none. */
hb_s32 instance_allocate(struct codec_instance *instance);
void instance_free_buffers(struct codec_instance *instance);

/** Check what the board's library checks. @return 0 or HB_MEDIA_ERR_INVALID_PARAMS. */
hb_s32 params_check(media_codec_id_t codec_id, const mc_video_codec_enc_params_t *params);
hb_s32 rate_control_check(media_codec_id_t codec_id, const mc_rate_control_params_t *params);
const mc_h264_cbr_params_t *rate_control_values(const mc_rate_control_params_t *params);
void params_set_defaults(media_codec_id_t codec_id, mc_video_codec_enc_params_t *params);
void rate_control_set_defaults(mc_rate_control_params_t *params);

/** Start and end the thread. The lock is held; it is let go meanwhile where the thread is waited for. */
hb_s32 hardware_start(struct codec_instance *instance);
void hardware_stop(struct codec_instance *instance);

/** Give queued buffers back to who they come from. */
void instance_drop_queued(struct codec_instance *instance);

#endif
