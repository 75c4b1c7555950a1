/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include "../include/emulated_media_codec_layout.h"

static struct codec_instance instances[INSTANCES_MAX];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void prepare_table(void)
{
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	for (int i = 0; i < INSTANCES_MAX; i++) {
		pthread_mutex_init(&instances[i].lock, NULL);
		pthread_cond_init(&instances[i].changed, &clock);
	}
	pthread_condattr_destroy(&clock);
}

hb_s32 instance_leave(struct codec_instance *instance, hb_s32 result)
{
	pthread_mutex_unlock(&instance->lock);
	return result;
}

hb_s32 instance_enter(const media_codec_context_t *context, struct codec_instance **instance)
{
	if (!context)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	if (context->instance_index < 0 || context->instance_index >= INSTANCES_MAX)
		return HB_MEDIA_ERR_INVALID_INSTANCE;
	pthread_once(&table_once, prepare_table);
	struct codec_instance *found = &instances[context->instance_index];
	pthread_mutex_lock(&found->lock);
	if (found->state == MEDIA_CODEC_STATE_UNINITIALIZED || found->codec_id != context->codec_id)
		return instance_leave(found, HB_MEDIA_ERR_INVALID_INSTANCE);
	if (found->ending)
		return instance_leave(found, HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	*instance = found;
	return 0;
}

hb_s32 instance_enter_in(const media_codec_context_t *context, media_codec_state_t state,
			 struct codec_instance **instance)
{
	hb_s32 result = instance_enter(context, instance);
	if (!result && (*instance)->state != state)
		return instance_leave(*instance, HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	return result;
}

/** A locked instance that nobody uses, or NULL. */
static struct codec_instance *take_free(hb_s32 *index)
{
	for (*index = 0; *index < INSTANCES_MAX; (*index)++) {
		struct codec_instance *instance = &instances[*index];
		pthread_mutex_lock(&instance->lock);
		if (instance->state == MEDIA_CODEC_STATE_UNINITIALIZED)
			return instance;
		pthread_mutex_unlock(&instance->lock);
	}
	return NULL;
}

hb_s32 hb_mm_mc_get_default_context(media_codec_id_t codec_id, hb_bool encoder, media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	if (!context)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	if (!encoder || (codec_id != MEDIA_CODEC_ID_H264 && codec_id != MEDIA_CODEC_ID_H265))
		return HB_MEDIA_ERR_UNSUPPORTED_FEATURE;
	*context = (media_codec_context_t){.codec_id = codec_id, .encoder = 1};
	params_set_defaults(codec_id, &context->video_enc_params);
	return 0;
}

hb_s32 hb_mm_mc_initialize(media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	if (!context)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	if (!context->encoder || (context->codec_id != MEDIA_CODEC_ID_H264 && context->codec_id != MEDIA_CODEC_ID_H265))
		return HB_MEDIA_ERR_UNSUPPORTED_FEATURE;
	pthread_once(&table_once, prepare_table);
	if (hb_mem_module_open())
		return HB_MEDIA_ERR_CODEC_OPEN_FAIL;
	pthread_mutex_lock(&table_lock);
	hb_s32 index;
	struct codec_instance *instance = take_free(&index);
	if (instance) {
		instance->state = MEDIA_CODEC_STATE_INITIALIZED;
		instance->codec_id = context->codec_id;
		instance->listener = (media_codec_callback_t){0};
		context->instance_index = index;
		pthread_mutex_unlock(&instance->lock);
	}
	pthread_mutex_unlock(&table_lock);
	if (!instance)
		hb_mem_module_close();
	return instance ? 0 : HB_MEDIA_ERR_NO_FREE_INSTANCE;
}

hb_s32 hb_mm_mc_set_input_buffer_listener(media_codec_context_t *context, const media_codec_callback_t *callback,
					  hb_ptr userdata)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	if (!callback || !callback->on_input_buffer_consumed)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter(context, &instance);
	if (result)
		return result;
	if (instance->state != MEDIA_CODEC_STATE_INITIALIZED && instance->state != MEDIA_CODEC_STATE_CONFIGURED)
		return instance_leave(instance, HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	instance->listener = *callback;
	instance->listener_data = userdata;
	return instance_leave(instance, 0);
}

hb_s32 hb_mm_mc_configure(media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_INITIALIZED, &instance);
	if (result)
		return result;
	instance->params = context->video_enc_params;
	result = params_check(instance->codec_id, &instance->params);
	if (!result)
		result = instance_allocate(instance);
	if (!result)
		instance->state = MEDIA_CODEC_STATE_CONFIGURED;
	return instance_leave(instance, result);
}

hb_s32 hb_mm_mc_get_state(media_codec_context_t *context, media_codec_state_t *state)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	if (!state)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter(context, &instance);
	if (result == HB_MEDIA_ERR_INVALID_INSTANCE) {
		*state = MEDIA_CODEC_STATE_UNINITIALIZED;
		return 0;
	}
	if (result)
		return result;
	*state = instance->state;
	return instance_leave(instance, 0);
}

hb_s32 hb_mm_mc_start(media_codec_context_t *context, const mc_av_codec_startup_params_t *params)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	if (!params)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter(context, &instance);
	if (result)
		return result;
	if (instance->state == MEDIA_CODEC_STATE_CONFIGURED)
		result = hardware_start(instance);
	else if (instance->state != MEDIA_CODEC_STATE_PAUSED)
		result = HB_MEDIA_ERR_OPERATION_NOT_ALLOWED;
	if (!result)
		instance->state = MEDIA_CODEC_STATE_STARTED;
	pthread_cond_broadcast(&instance->changed);
	return instance_leave(instance, result);
}

hb_s32 hb_mm_mc_pause(media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	instance->state = MEDIA_CODEC_STATE_PAUSED;
	pthread_cond_broadcast(&instance->changed);
	return instance_leave(instance, 0);
}

hb_s32 hb_mm_mc_flush(media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	instance_drop_queued(instance);
	pthread_cond_broadcast(&instance->changed);
	return instance_leave(instance, 0);
}

/** Back to INITIALIZED, whatever is going on. */
static void end_work(struct codec_instance *instance)
{
	instance->state = MEDIA_CODEC_STATE_INITIALIZED;
	instance->ending = true;
	hardware_stop(instance);
	instance_free_buffers(instance);
	instance->ending = false;
}

hb_s32 hb_mm_mc_stop(media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	hb_s32 result = instance_enter(context, &instance);
	if (result)
		return result;
	if (instance->state != MEDIA_CODEC_STATE_STARTED && instance->state != MEDIA_CODEC_STATE_PAUSED)
		return instance_leave(instance, HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	end_work(instance);
	return instance_leave(instance, 0);
}

hb_s32 hb_mm_mc_release(media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	hb_s32 result = instance_enter(context, &instance);
	if (result)
		return result;
	end_work(instance);
	instance->state = MEDIA_CODEC_STATE_UNINITIALIZED;
	instance_leave(instance, 0);
	hb_mem_module_close();
	return 0;
}
