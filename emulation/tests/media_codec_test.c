/* SPDX-License-Identifier: Apache-2.0 */
/* The hardware encoder: order of calls, checks, external buffers, and a stream that shows what went in. */
#include "harness.h"

#include "emulated_media_codec.h"

#include "stream_decoder.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

/* libx265 3.5 does not free all that it allocates; the sanitizer asks here what is no fault of ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libx265";
}

#define WIDTH    640
#define HEIGHT   480
#define FOR_EVER (-1)

static media_codec_context_t make_context(media_codec_id_t codec_id)
{
	media_codec_context_t context = {.codec_id = codec_id, .encoder = 1};
	mc_video_codec_enc_params_t *params = &context.video_enc_params;
	params->width = WIDTH;
	params->height = HEIGHT;
	params->pix_fmt = MC_PIXEL_FORMAT_NV12;
	params->frame_buf_count = 3;
	params->external_frame_buf = 1;
	params->bitstream_buf_count = 3;
	params->bitstream_buf_size = 512 * 1024;
	params->gop_params.gop_preset_idx = 9;
	params->gop_params.decoding_refresh_type = 2;
	params->enable_user_pts = 1;
	params->rc_params.mode = codec_id == MEDIA_CODEC_ID_H265 ? MC_AV_RC_MODE_H265CBR : MC_AV_RC_MODE_H264CBR;
	assert_int_equal(hb_mm_mc_get_rate_control_config(&context, &params->rc_params), 0);
	params->rc_params.h264_cbr_params.bit_rate = 2000;
	return context;
}

static void start(media_codec_context_t *context)
{
	mc_av_codec_startup_params_t startup = {0};
	assert_int_equal(hb_mm_mc_initialize(context), 0);
	assert_int_equal(hb_mm_mc_configure(context), 0);
	assert_int_equal(hb_mm_mc_start(context, &startup), 0);
}

static void end(media_codec_context_t *context)
{
	assert_int_equal(hb_mm_mc_stop(context), 0);
	assert_int_equal(hb_mm_mc_release(context), 0);
}

/** A picture whose left part is bright, up to a column; the rest is dark. */
static void draw(const hb_mem_graphic_buf_t *picture, int column)
{
	for (int y = 0; y < picture->height; y++) {
		memset(picture->virt_addr[0] + y * picture->stride, 50, (size_t)picture->stride);
		memset(picture->virt_addr[0] + y * picture->stride, 200, (size_t)column);
	}
	memset(picture->virt_addr[1], 128, picture->size[1]);
	for (int plane = 0; plane < 2; plane++)
		assert_int_equal(hb_mem_flush_buf_with_vaddr(VA(picture->virt_addr[plane]), picture->size[plane]), 0);
}

static hb_mem_graphic_buf_t make_picture(int64_t flags)
{
	hb_mem_graphic_buf_t picture;
	assert_int_equal(hb_mem_alloc_graph_buf(WIDTH, HEIGHT, MEM_PIX_FMT_NV12,
						CPU_ACCESS | HB_MEM_USAGE_CACHED | flags, WIDTH, HEIGHT, &picture),
			 0);
	return picture;
}

static media_codec_buffer_t describe(media_codec_context_t *context, const hb_mem_graphic_buf_t *picture)
{
	media_codec_buffer_t buffer;
	assert_int_equal(hb_mm_mc_dequeue_input_buffer(context, &buffer, FOR_EVER), 0);
	for (int plane = 0; plane < 2; plane++) {
		buffer.vframe_buf.vir_ptr[plane] = picture->virt_addr[plane];
		buffer.vframe_buf.phy_ptr[plane] = picture->phys_addr[plane];
	}
	return buffer;
}

static void send(media_codec_context_t *context, const hb_mem_graphic_buf_t *picture, uint64_t pts)
{
	media_codec_buffer_t buffer = describe(context, picture);
	buffer.vframe_buf.pts = pts;
	assert_int_equal(hb_mm_mc_queue_input_buffer(context, &buffer, 0), 0);
}

struct unit {
	uint8_t data[512 * 1024];
	hb_u32 size;
	uint64_t pts;
	hb_s32 nalu_type;
};

static void receive(media_codec_context_t *context, struct unit *unit)
{
	media_codec_buffer_t buffer;
	media_codec_output_buffer_info_t info;
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(context, &buffer, &info, FOR_EVER), 0);
	assert_int_equal(buffer.type, MC_VIDEO_STREAM_BUFFER);
	assert_in_range(buffer.vstream_buf.size, 1, sizeof(unit->data));
	assert_int_equal(buffer.vstream_buf.size, info.video_stream_info.frame_size);
	unit->size = buffer.vstream_buf.size;
	unit->pts = buffer.vstream_buf.pts;
	unit->nalu_type = info.video_stream_info.nalu_type;
	memcpy(unit->data, buffer.vstream_buf.vir_ptr, unit->size);
	assert_int_equal(hb_mm_mc_queue_output_buffer(context, &buffer, 0), 0);
}

/** Where the bright part of a decoded picture ends. */
static int bright_columns(const struct decoded_picture *picture)
{
	int count = 0;
	while (count < picture->width && picture->y[picture->height / 2 * picture->stride + count] > 125)
		count++;
	return count;
}

static void stream_shows_what_went_in(media_codec_id_t codec_id, int64_t picture_flags)
{
	media_codec_context_t context = make_context(codec_id);
	struct stream_decoder *decoder = stream_decoder_open(codec_id);
	struct decoded_picture decoded;
	static struct unit unit;
	assert_non_null(decoder);
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(picture_flags);
	for (int i = 0; i < 6; i++) {
		draw(&picture, 64 + 80 * i);
		send(&context, &picture, 1000 + (uint64_t)i);
		receive(&context, &unit);
		assert_int_equal(unit.pts, 1000 + i);
		assert_true(stream_decoder_decode(decoder, unit.data, unit.size, &decoded));
		assert_int_equal(decoded.width, WIDTH);
		assert_int_equal(decoded.height, HEIGHT);
		assert_in_range(bright_columns(&decoded), 64 + 80 * i - 4, 64 + 80 * i + 4);
	}
	stream_decoder_close(decoder);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void h264_stream_shows_what_went_in(void **state)
{
	(void)state;
	stream_shows_what_went_in(MEDIA_CODEC_ID_H264, HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
}

static void planes_may_be_apart(void **state)
{
	(void)state;
	stream_shows_what_went_in(MEDIA_CODEC_ID_H264, 0);
}

static void h265_stream_shows_what_went_in(void **state)
{
	(void)state;
	stream_shows_what_went_in(MEDIA_CODEC_ID_H265, HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
}

static void hardware_reads_memory_not_the_cache(void **state)
{
	(void)state;
	harness_set("ZCF_EMULATION_INCOHERENT_CACHES", "1");
	stream_shows_what_went_in(MEDIA_CODEC_ID_H264, HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	harness_set("ZCF_EMULATION_INCOHERENT_CACHES", NULL);
}

static void picture_is_found_by_its_physical_address_alone(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_output_buffer_info_t info;
	media_codec_buffer_t output;
	(void)state;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	draw(&picture, 100);
	/* Where no memory is, the hardware finds none, whatever the pointer says. */
	media_codec_buffer_t buffer = describe(&context, &picture);
	buffer.vframe_buf.phy_ptr[0] = 0x1000;
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &buffer, 0), 0);
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(&context, &output, &info, FOR_EVER),
			 HB_MEDIA_ERR_CODING_FAILED);
	/* And the pointer may point anywhere. */
	buffer = describe(&context, &picture);
	buffer.vframe_buf.vir_ptr[0] = (uint8_t *)&context;
	buffer.vframe_buf.phy_ptr[1] = 0; /* behind Y */
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &buffer, 0), 0);
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(&context, &output, &info, FOR_EVER), 0);
	assert_int_equal(hb_mm_mc_queue_output_buffer(&context, &output, 0), 0);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static bool has_parameter_sets(const struct unit *unit)
{
	return unit->size > 4 && (unit->data[4] & 31) == 7;
}

static void idr_comes_when_asked_for_and_headers_only_then_if_asked_for(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	static struct unit unit;
	(void)state;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	draw(&picture, 100);
	for (int i = 0; i < 6; i++) {
		if (i == 2 || i == 4)
			assert_int_equal(hb_mm_mc_request_idr_frame(&context), 0);
		if (i == 3)
			assert_int_equal(hb_mm_mc_request_idr_header(&context, 1), 0);
		send(&context, &picture, 0);
		receive(&context, &unit);
		assert_int_equal(unit.nalu_type, i % 2 == 0 && i <= 4 ? MC_H264_NALU_TYPE_IDR : MC_H264_NALU_TYPE_P);
		assert_int_equal(has_parameter_sets(&unit), i == 0 || i == 4);
	}
	assert_int_equal(hb_mm_mc_request_idr_header(&context, 3), HB_MEDIA_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void intra_period_is_kept(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	static struct unit unit;
	(void)state;
	context.video_enc_params.rc_params.h264_cbr_params.intra_period = 3;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	draw(&picture, 100);
	for (int i = 0; i < 7; i++) {
		send(&context, &picture, 0);
		receive(&context, &unit);
		assert_int_equal(unit.nalu_type, i % 3 == 0 ? MC_H264_NALU_TYPE_IDR : MC_H264_NALU_TYPE_P);
	}
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void states_allow_what_they_allow(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264), copy;
	mc_av_codec_startup_params_t startup = {0};
	media_codec_output_buffer_info_t info;
	media_codec_buffer_t buffer = {0};
	media_codec_state_t now;
	(void)state;
	assert_int_equal(hb_mm_mc_configure(&context), HB_MEDIA_ERR_INVALID_INSTANCE);
	assert_int_equal(hb_mm_mc_initialize(NULL), HB_MEDIA_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mm_mc_initialize(&context), 0);
	assert_int_equal(hb_mm_mc_start(&context, &startup), HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	assert_int_equal(hb_mm_mc_dequeue_input_buffer(&context, &buffer, 0), HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	assert_int_equal(hb_mm_mc_configure(&context), 0);
	assert_int_equal(hb_mm_mc_configure(&context), HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	assert_int_equal(hb_mm_mc_stop(&context), HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	assert_int_equal(hb_mm_mc_request_idr_frame(&context), HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	assert_int_equal(hb_mm_mc_start(&context, NULL), HB_MEDIA_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mm_mc_start(&context, &startup), 0);
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(&context, &buffer, &info, 0), HB_MEDIA_ERR_WAIT_TIMEOUT);
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(&context, &buffer, &info, 5), HB_MEDIA_ERR_WAIT_TIMEOUT);
	assert_int_equal(hb_mm_mc_pause(&context), 0);
	assert_int_equal(hb_mm_mc_dequeue_input_buffer(&context, &buffer, 0), HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	assert_int_equal(hb_mm_mc_start(&context, &startup), 0);
	assert_int_equal(hb_mm_mc_stop(&context), 0);
	assert_int_equal(hb_mm_mc_get_state(&context, &now), 0);
	assert_int_equal(now, MEDIA_CODEC_STATE_INITIALIZED);
	copy = context;
	copy.instance_index = 31;
	assert_int_equal(hb_mm_mc_release(&copy), HB_MEDIA_ERR_INVALID_INSTANCE);
	assert_int_equal(hb_mm_mc_release(&context), 0);
	assert_int_equal(hb_mm_mc_release(&context), HB_MEDIA_ERR_INVALID_INSTANCE);
	assert_int_equal(hb_mm_mc_get_state(&context, &now), 0);
	assert_int_equal(now, MEDIA_CODEC_STATE_UNINITIALIZED);
}

static void limits_are_checked_at_configure(void **state)
{
	static const struct {
		size_t offset;
		hb_u32 value;
		hb_s32 result;
	} wrong[] = {
#define WRONG(field, value, result) {offsetof(mc_video_codec_enc_params_t, field), (hb_u32)(value), result}
		WRONG(width, 248, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(width, 644, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(width, 8200, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(height, 120, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(height, 476, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(frame_buf_count, 0, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(frame_buf_count, 32, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(external_frame_buf, 2, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(bitstream_buf_count, 0, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(bitstream_buf_size, 65535, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(bitstream_buf_size, 66000, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(gop_params.gop_preset_idx, 2, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(rc_params.h264_cbr_params.bit_rate, 0, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(rc_params.h264_cbr_params.bit_rate, 700001, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(rc_params.h264_cbr_params.frame_rate, 241, HB_MEDIA_ERR_INVALID_PARAMS),
		WRONG(rc_params.mode, MC_AV_RC_MODE_H265CBR, HB_MEDIA_ERR_UNSUPPORTED_FEATURE),
		WRONG(pix_fmt, MC_PIXEL_FORMAT_NV21, HB_MEDIA_ERR_UNSUPPORTED_FEATURE),
#undef WRONG
	};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
		memcpy((char *)&context.video_enc_params + wrong[i].offset, &wrong[i].value, sizeof(hb_u32));
		assert_int_equal(hb_mm_mc_initialize(&context), 0);
		assert_int_equal(hb_mm_mc_configure(&context), wrong[i].result);
		assert_int_equal(hb_mm_mc_release(&context), 0);
	}
}

static void external_input_needs_both_addresses_and_its_own_slot(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_buffer_t buffer, wrong;
	(void)state;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	buffer = describe(&context, &picture);
	wrong = buffer;
	wrong.vframe_buf.vir_ptr[0] = NULL;
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &wrong, 0), HB_MEDIA_ERR_INVALID_BUFFER);
	wrong = buffer;
	wrong.vframe_buf.phy_ptr[0] = 0;
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &wrong, 0), HB_MEDIA_ERR_INVALID_BUFFER);
	wrong = buffer;
	wrong.type = MC_VIDEO_STREAM_BUFFER;
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &wrong, 0), HB_MEDIA_ERR_INVALID_BUFFER);
	wrong = buffer;
	wrong.vframe_buf.src_idx ^= 1;
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &wrong, 0), HB_MEDIA_ERR_INVALID_BUFFER);
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &buffer, 0), 0);
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &buffer, 0), HB_MEDIA_ERR_INVALID_BUFFER);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void internal_input_is_the_slots_own_memory(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_buffer_t buffer, wrong;
	static struct unit unit;
	(void)state;
	context.video_enc_params.external_frame_buf = 0;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	assert_int_equal(hb_mm_mc_dequeue_input_buffer(&context, &buffer, FOR_EVER), 0);
	wrong = buffer;
	wrong.vframe_buf.phy_ptr[0] = picture.phys_addr[0];
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &wrong, 0), HB_MEDIA_ERR_INVALID_BUFFER);
	memset(buffer.vframe_buf.vir_ptr[0], 90, WIDTH * HEIGHT);
	memset(buffer.vframe_buf.vir_ptr[1], 128, WIDTH * HEIGHT / 2);
	assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &buffer, 0), 0);
	receive(&context, &unit);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

/** A picture that no encoder makes small, another one each time. */
static void draw_noise(const hb_mem_graphic_buf_t *picture)
{
	static uint32_t random = 1;
	for (uint64_t i = 0; i < picture->size[0]; i++) {
		random = random * 1664525 + 1013904223;
		picture->virt_addr[0][i] = (uint8_t)(random >> 24);
	}
	memset(picture->virt_addr[1], 128, picture->size[1]);
}

static void bit_rate_can_be_changed_while_it_runs(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	mc_rate_control_params_t rate;
	static struct unit unit;
	uint64_t bytes[2] = {0};
	(void)state;
	context.video_enc_params.rc_params.h264_cbr_params.bit_rate = 8000;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	assert_int_equal(hb_mm_mc_get_rate_control_config(&context, &rate), 0);
	assert_int_equal(rate.h264_cbr_params.bit_rate, 8000);
	for (int i = 0; i < 60; i++) {
		if (i == 30) {
			rate.h264_cbr_params.bit_rate = 0;
			assert_int_equal(hb_mm_mc_set_rate_control_config(&context, &rate),
					 HB_MEDIA_ERR_INVALID_PARAMS);
			rate.h264_cbr_params.bit_rate = 1000;
			assert_int_equal(hb_mm_mc_set_rate_control_config(&context, &rate), 0);
		}
		draw_noise(&picture);
		send(&context, &picture, 0);
		receive(&context, &unit);
		/* The first pictures of each rate are those that it is found by. */
		if (i % 30 >= 15)
			bytes[i / 30] += unit.size;
	}
	assert_true(bytes[1] * 2 < bytes[0]);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void unit_that_does_not_fit_its_buffer_is_lost_and_told(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_output_buffer_info_t info;
	media_codec_buffer_t buffer;
	static struct unit unit;
	(void)state;
	context.video_enc_params.bitstream_buf_size = 64 * 1024;
	context.video_enc_params.rc_params.h264_cbr_params.bit_rate = 100000;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	draw_noise(&picture);
	send(&context, &picture, 0);
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(&context, &buffer, &info, FOR_EVER),
			 HB_MEDIA_ERR_OUTPUT_BUF_FULL);
	for (int i = 0; i < 5; i++) { /* and no buffer is lost with it */
		draw(&picture, 100);
		send(&context, &picture, 0);
		receive(&context, &unit);
	}
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

struct consumed {
	pthread_mutex_t lock;
	pthread_cond_t came;
	hb_ptr user_ptr[3];
	int count;
};

static void on_consumed(hb_ptr userdata, media_codec_buffer_t *buffer)
{
	struct consumed *consumed = userdata;
	pthread_mutex_lock(&consumed->lock);
	consumed->user_ptr[consumed->count++] = buffer->user_ptr;
	pthread_cond_signal(&consumed->came);
	pthread_mutex_unlock(&consumed->lock);
}

static void consumed_inputs_are_told_in_order_with_their_cookies(void **state)
{
	struct consumed consumed = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_callback_t callback = {.on_input_buffer_consumed = on_consumed};
	mc_av_codec_startup_params_t startup = {0};
	int cookies[3];
	(void)state;
	assert_int_equal(hb_mm_mc_initialize(&context), 0);
	assert_int_equal(hb_mm_mc_set_input_buffer_listener(&context, NULL, NULL), HB_MEDIA_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mm_mc_set_input_buffer_listener(&context, &callback, &consumed), 0);
	assert_int_equal(hb_mm_mc_configure(&context), 0);
	assert_int_equal(hb_mm_mc_start(&context, &startup), 0);
	assert_int_equal(hb_mm_mc_set_input_buffer_listener(&context, &callback, &consumed),
			 HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	draw(&picture, 100);
	for (int i = 0; i < 3; i++) {
		media_codec_buffer_t buffer = describe(&context, &picture);
		buffer.user_ptr = &cookies[i];
		assert_int_equal(hb_mm_mc_queue_input_buffer(&context, &buffer, 0), 0);
	}
	pthread_mutex_lock(&consumed.lock);
	while (consumed.count < 3)
		pthread_cond_wait(&consumed.came, &consumed.lock);
	for (int i = 0; i < 3; i++)
		assert_ptr_equal(consumed.user_ptr[i], &cookies[i]);
	pthread_mutex_unlock(&consumed.lock);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void stream_memory_can_be_given_to_another_process(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_output_buffer_info_t info;
	media_codec_buffer_t buffer;
	hb_mem_common_buf_t memory, imported;
	(void)state;
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	draw(&picture, 100);
	send(&context, &picture, 0);
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(&context, &buffer, &info, FOR_EVER), 0);
	assert_int_equal(hb_mem_get_com_buf_with_vaddr(VA(buffer.vstream_buf.vir_ptr), &memory), 0);
	assert_int_equal(memory.phys_addr, buffer.vstream_buf.phy_ptr);
	assert_int_equal(hb_mem_import_com_buf(&memory, &imported), 0);
	assert_memory_equal(imported.virt_addr, buffer.vstream_buf.vir_ptr, buffer.vstream_buf.size);
	assert_int_equal(hb_mem_free_buf(imported.fd), 0);
	assert_int_equal(hb_mm_mc_queue_output_buffer(&context, &buffer, 0), 0);
	assert_int_equal(hb_mm_mc_queue_output_buffer(&context, &buffer, 0), HB_MEDIA_ERR_INVALID_BUFFER);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void errors_come_on_demand(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_output_buffer_info_t info;
	media_codec_buffer_t buffer;
	char text[64];
	(void)state;
	harness_set("ZCF_EMULATION_INJECT", "hb_mm_mc_initialize:-268435448:1,encode:-268435439:2");
	assert_int_equal(hb_mm_mc_initialize(&context), HB_MEDIA_ERR_NO_FREE_INSTANCE);
	start(&context);
	hb_mem_graphic_buf_t picture = make_picture(HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	draw(&picture, 100);
	for (int i = 0; i < 3; i++) {
		send(&context, &picture, 0);
		hb_s32 result = hb_mm_mc_dequeue_output_buffer(&context, &buffer, &info, FOR_EVER);
		assert_int_equal(result, i == 1 ? HB_MEDIA_ERR_CODING_FAILED : 0);
		if (!result)
			assert_int_equal(hb_mm_mc_queue_output_buffer(&context, &buffer, 0), 0);
	}
	harness_set("ZCF_EMULATION_INJECT", NULL);
	assert_int_equal(hb_mm_strerror(HB_MEDIA_ERR_CODING_FAILED, text, sizeof(text)), 0);
	assert_string_equal(text, "coding failed");
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	end(&context);
}

static void *release_soon(void *context)
{
	struct timespec pause = {.tv_nsec = 5000000};
	nanosleep(&pause, NULL);
	hb_mm_mc_release(context);
	return NULL;
}

static void release_ends_a_wait(void **state)
{
	media_codec_context_t context = make_context(MEDIA_CODEC_ID_H264);
	media_codec_output_buffer_info_t info;
	media_codec_buffer_t buffer;
	pthread_t thread;
	(void)state;
	start(&context);
	assert_int_equal(pthread_create(&thread, NULL, release_soon, &context), 0);
	assert_int_equal(hb_mm_mc_dequeue_output_buffer(&context, &buffer, &info, FOR_EVER),
			 HB_MEDIA_ERR_OPERATION_NOT_ALLOWED);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(h264_stream_shows_what_went_in),
		opened_test(planes_may_be_apart),
		opened_test(h265_stream_shows_what_went_in),
		opened_test(hardware_reads_memory_not_the_cache),
		opened_test(picture_is_found_by_its_physical_address_alone),
		opened_test(idr_comes_when_asked_for_and_headers_only_then_if_asked_for),
		opened_test(intra_period_is_kept),
		opened_test(states_allow_what_they_allow),
		opened_test(limits_are_checked_at_configure),
		opened_test(external_input_needs_both_addresses_and_its_own_slot),
		opened_test(internal_input_is_the_slots_own_memory),
		opened_test(consumed_inputs_are_told_in_order_with_their_cookies),
		opened_test(stream_memory_can_be_given_to_another_process),
		opened_test(bit_rate_can_be_changed_while_it_runs),
		opened_test(unit_that_does_not_fit_its_buffer_is_lost_and_told),
		opened_test(errors_come_on_demand),
		opened_test(release_ends_a_wait),
	};
	return HARNESS_RUN(argc, argv, tests);
}
