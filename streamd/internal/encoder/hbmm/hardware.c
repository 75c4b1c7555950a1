/* SPDX-License-Identifier: Apache-2.0 */
#include "hardware.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "library.h"

/* What the board's samples use: one that is encoded, one on the way in, one to spare. */
#define BUFFER_COUNT 3
/* Far more than a picture takes (5 ms at 1080p); past it the hardware hangs. */
#define PATIENCE_MS 1000
/* Half a second of bits may come in a burst: a keyframe, and little else. */
#define RATE_BUFFER_MS               500
#define SMALLEST_STREAM_BUFFER_BYTES (256 * 1024)

struct hardware_encoder {
	const struct codec_library *library;
	struct codec_context context;
	struct codec_buffer output; /* Of the unit that the caller has. */
	bool initialized, started;
};

static int fail(const char *call, int32_t code, char *why, size_t why_size)
{
	snprintf(why, why_size, "the board's encoder: hb_mm_mc_%s: error %d", call, code);
	return -EIO;
}

static void set_params(struct codec_context *context, const struct hardware_settings *settings)
{
	struct codec_encoder_params *params = &context->params;
	uint32_t raw_bytes = (uint32_t)settings->width_pixels * (uint32_t)settings->height_pixels * 3 / 2;

	context->codec_id = CODEC_H264;
	context->encoder = 1;
	params->width = settings->width_pixels;
	params->height = settings->height_pixels;
	params->pixel_format = PIXEL_FORMAT_NV12;
	params->frame_buffer_count = BUFFER_COUNT;
	params->external_frame_buffers = 1;
	params->stream_buffer_count = BUFFER_COUNT;
	/* A picture never gets larger by being encoded. The library wants multiples of 1024. */
	params->stream_buffer_bytes =
		raw_bytes < SMALLEST_STREAM_BUFFER_BYTES ? SMALLEST_STREAM_BUFFER_BYTES : (raw_bytes + 1023) & ~1023u;
	params->gop_preset = GOP_CONSECUTIVE_P;
	params->decoding_refresh_type = REFRESH_BY_IDR;
	params->enable_user_pts = 1;
}

static int set_rate(struct hardware_encoder *encoder, const struct hardware_settings *settings, char *why,
		    size_t why_size)
{
	struct codec_rate_control *rate_control = &encoder->context.params.rate_control;

	rate_control->mode = RATE_CONTROL_H264_CBR;
	/* The library fills in the rest. */
	int32_t code = encoder->library->get_rate_control_config(&encoder->context, rate_control);
	if (code != 0)
		return fail("get_rate_control_config", code, why, why_size);
	rate_control->constant.bit_rate = (uint32_t)settings->bit_rate_kilobits;
	rate_control->constant.frame_rate = (uint32_t)settings->frame_rate_hz;
	rate_control->constant.intra_period = (uint32_t)settings->keyframe_interval_frames;
	rate_control->constant.vbv_buffer_ms = RATE_BUFFER_MS;
	return 0;
}

static int start(struct hardware_encoder *encoder, char *why, size_t why_size)
{
	const struct codec_startup startup = {0};
	int32_t code = encoder->library->initialize(&encoder->context);

	if (code != 0)
		return fail("initialize", code, why, why_size);
	encoder->initialized = true;
	code = encoder->library->configure(&encoder->context);
	if (code != 0)
		return fail("configure", code, why, why_size);
	code = encoder->library->start(&encoder->context, &startup);
	if (code != 0)
		return fail("start", code, why, why_size);
	encoder->started = true;
	return 0;
}

int hardware_encoder_open(const struct hardware_settings *settings, struct hardware_encoder **ret_encoder, char *why,
			  size_t why_size)
{
	struct hardware_encoder *encoder = calloc(1, sizeof(*encoder));

	if (encoder == NULL) {
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	int error = codec_library_get(&encoder->library, why, why_size);
	if (error == 0) {
		set_params(&encoder->context, settings);
		error = set_rate(encoder, settings, why, why_size);
	}
	if (error == 0)
		error = start(encoder, why, why_size);
	if (error < 0) {
		hardware_encoder_close(encoder);
		return error;
	}
	*ret_encoder = encoder;
	return 0;
}

/*
 * Where the picture is for the hardware. Our own process's library is asked, not the description that came from the
 * camera daemon: the driver has checked what was imported, and an address that another process only claims could be
 * that of any memory.
 */
static int find_picture(const struct hardware_encoder *encoder, const uint8_t *y, struct memory_picture *picture,
			char *why, size_t why_size)
{
	const struct codec_encoder_params *params = &encoder->context.params;
	int32_t code = encoder->library->get_graph_buf_with_vaddr((uint64_t)(uintptr_t)y, picture);

	if (code != 0) {
		snprintf(why, why_size,
			 "the board's encoder reads the board's buffers only (backend hbmem), and this picture is in "
			 "none: "
			 "hb_mem_get_graph_buf_with_vaddr: error %d",
			 code);
		return -EINVAL;
	}
	if (picture->format != MEMORY_FORMAT_NV12 || picture->plane_count != 2 || picture->width != params->width ||
	    picture->height != params->height || picture->virt_addr[0] != y) {
		snprintf(why, why_size,
			 "the board's encoder was opened for NV12 of %dx%d; this buffer is of format %d, %dx%d",
			 params->width, params->height, picture->format, picture->width, picture->height);
		return -EINVAL;
	}
	return 0;
}

static int send(struct hardware_encoder *encoder, const struct memory_picture *picture, uint64_t pts, char *why,
		size_t why_size)
{
	struct codec_buffer buffer = {0};
	int32_t code = encoder->library->dequeue_input_buffer(&encoder->context, &buffer, PATIENCE_MS);

	if (code != 0)
		return fail("dequeue_input_buffer", code, why, why_size);
	/* The rest stays as the library filled it in: its slot above all. */
	buffer.type = BUFFER_IS_FRAME;
	buffer.frame.width = picture->width;
	buffer.frame.height = picture->height;
	buffer.frame.stride = picture->stride;
	buffer.frame.vstride = picture->vstride;
	buffer.frame.pixel_format = PIXEL_FORMAT_NV12;
	buffer.frame.size = (uint32_t)(picture->size[0] + picture->size[1]);
	buffer.frame.pts = pts;
	for (int plane = 0; plane < 2; plane++) {
		buffer.frame.virt_addr[plane] = picture->virt_addr[plane];
		buffer.frame.phys_addr[plane] = picture->phys_addr[plane];
	}
	code = encoder->library->queue_input_buffer(&encoder->context, &buffer, PATIENCE_MS);
	return code == 0 ? 0 : fail("queue_input_buffer", code, why, why_size);
}

int hardware_encoder_encode(struct hardware_encoder *encoder, const uint8_t *y, uint64_t pts, bool force_keyframe,
			    struct hardware_unit *ret_unit, char *why, size_t why_size)
{
	struct codec_output_info info;
	struct memory_picture picture;
	int error = find_picture(encoder, y, &picture, why, why_size);

	if (error < 0)
		return error;
	if (force_keyframe) {
		int32_t code = encoder->library->request_idr_frame(&encoder->context);
		if (code != 0)
			return fail("request_idr_frame", code, why, why_size);
	}
	error = send(encoder, &picture, pts, why, why_size);
	if (error < 0)
		return error;
	/* Its unit is there: then the hardware has read the picture, and its buffer can go back to the camera. */
	int32_t code = encoder->library->dequeue_output_buffer(&encoder->context, &encoder->output, &info, PATIENCE_MS);
	if (code == CODEC_WAIT_TIMEOUT) {
		snprintf(why, why_size, "the board's encoder has not answered for %d ms", PATIENCE_MS);
		return -ETIMEDOUT;
	}
	if (code != 0)
		return fail("dequeue_output_buffer", code, why, why_size);
	*ret_unit = (struct hardware_unit){encoder->output.stream.virt_addr, encoder->output.stream.size};
	return 0;
}

int hardware_encoder_take_back(struct hardware_encoder *encoder, char *why, size_t why_size)
{
	int32_t code = encoder->library->queue_output_buffer(&encoder->context, &encoder->output, PATIENCE_MS);

	return code == 0 ? 0 : fail("queue_output_buffer", code, why, why_size);
}

void hardware_encoder_close(struct hardware_encoder *encoder)
{
	if (encoder == NULL)
		return;
	if (encoder->started)
		encoder->library->stop(&encoder->context);
	if (encoder->initialized)
		encoder->library->release(&encoder->context);
	free(encoder);
}
