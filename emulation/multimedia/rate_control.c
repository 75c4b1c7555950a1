/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked of an encoder, and changed while it runs. */
#include "instance.h"

hb_s32 hb_mm_mc_get_rate_control_config(media_codec_context_t *context, mc_rate_control_params_t *params)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	if (!context || !params)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter(context, &instance);
	if (!result && instance->state != MEDIA_CODEC_STATE_INITIALIZED) {
		*params = instance->params.rc_params;
		return instance_leave(instance, 0);
	}
	if (!result)
		instance_leave(instance, 0);
	/* Before there is anything to ask: the defaults of the mode that `params` names. */
	if (params->mode < MC_AV_RC_MODE_H264CBR || params->mode > MC_AV_RC_MODE_MJPEGFIXQP)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	rate_control_set_defaults(params);
	return 0;
}

hb_s32 hb_mm_mc_set_rate_control_config(media_codec_context_t *context, const mc_rate_control_params_t *params)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	if (!params)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	result = rate_control_check(instance->codec_id, params);
	if (!result && params->mode != instance->params.rc_params.mode)
		result = HB_MEDIA_ERR_INVALID_PARAMS;
	if (!result) {
		instance->params.rc_params = *params;
		instance->rate_changed = true;
	}
	return instance_leave(instance, result);
}

hb_s32 hb_mm_mc_request_idr_frame(media_codec_context_t *context)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	instance->idr_requested = true;
	return instance_leave(instance, 0);
}

hb_s32 hb_mm_mc_request_idr_header(media_codec_context_t *context, hb_u32 force_header)
{
	EMULATION_MAY_FAIL();
	struct codec_instance *instance;
	if (force_header > 2)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	hb_s32 result = instance_enter_in(context, MEDIA_CODEC_STATE_STARTED, &instance);
	if (result)
		return result;
	instance->headers_requested = force_header != 0;
	return instance_leave(instance, 0);
}
