/* SPDX-License-Identifier: Apache-2.0 */
/* The VSE node fed from memory: every frame comes when the test sends it, so rings can be followed step by step. */
#include "pipeline_fixture.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** A picture whose left half is dark and whose right half is @p bright, with one colour. */
static hbn_vnode_image_t make_picture(int32_t width, int32_t height, uint8_t bright)
{
	hbn_vnode_image_t image = {.info = {.frame_id = bright}};
	assert_int_equal(hb_mem_alloc_graph_buf(width, height, MEM_PIX_FMT_NV12,
						FRAME_FLAGS | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF, width, height,
						&image.buffer),
			 0);
	for (int32_t y = 0; y < height; y++) {
		memset(image.buffer.virt_addr[0] + y * width, 16, (size_t)width / 2);
		memset(image.buffer.virt_addr[0] + y * width + width / 2, bright, (size_t)width / 2);
	}
	for (uint64_t i = 0; i < image.buffer.size[1]; i += 2) {
		image.buffer.virt_addr[1][i] = 90;
		image.buffer.virt_addr[1][i + 1] = 170;
	}
	return image;
}

#define REFUSED (-10)

static int32_t configure(hbn_vnode_handle_t vse, uint32_t channel, common_rect_t roi, uint32_t width, uint32_t height)
{
	vse_ochn_attr_t attr = {
		.chn_en = 1, .roi = roi, .target_w = width, .target_h = height, .fmt = FRM_FMT_NV12, .bit_width = 8};
	return hbn_vnode_set_ochn_attr(vse, channel, &attr);
}

static void limits_of_the_hardware_are_refused_with_ten(void **state)
{
	static const struct {
		common_rect_t roi;
		uint32_t channel, width, height;
		int32_t result;
	} rows[] = {
		{{0, 0, 0, 0}, 0, 640, 480, 0},
		{{0, 0, 0, 0}, 0, 1920, 1080, 0},
		{{0, 0, 0, 0}, 0, 0, 0, 0},
		{{0, 0, 0, 0}, 0, 640, 481, REFUSED}, /* odd height */
		{{0, 0, 0, 0}, 0, 63, 64, 0},         /* 63 becomes 64 */
		{{0, 0, 0, 0}, 0, 48, 64, REFUSED},   /* below 64 */
		{{0, 0, 0, 0}, 0, 64, 62, REFUSED},
		{{0, 0, 1080, 1080}, 0, 1080, 1080, REFUSED}, /* 1080 becomes 1088, which is upscaling */
		{{0, 0, 1088, 1080}, 0, 1080, 1080, 0},
		{{960, 0, 960, 540}, 1, 960, 540, 0},
		{{962, 0, 960, 540}, 1, 960, 540, REFUSED}, /* beyond the right edge */
		{{0, 542, 960, 540}, 1, 960, 540, REFUSED}, /* beyond the lower edge */
		{{0xFFFFFFF0u, 0, 960, 540}, 1, 960, 540, REFUSED},
		{{0, 0, 640, 480}, 1, 656, 480, REFUSED}, /* upscaling */
		{{0, 0, 0, 0}, 3, 1280, 720, 0},
		{{0, 0, 0, 0}, 3, 1296, 720, REFUSED}, /* beyond the channel's maximum */
		{{0, 0, 0, 0}, 4, 1280, 736, REFUSED},
		{{0, 0, 0, 0}, 5, 640, 480, REFUSED}, /* channel 5 only enlarges */
		{{0, 0, 0, 0}, 5, 1920, 1080, 0},
		{{0, 0, 0, 0}, 5, 3840, 2160, 0},          /* four times the area */
		{{0, 0, 640, 480}, 5, 1296, 960, REFUSED}, /* more than four times */
		{{0, 0, 0, 0}, 5, 4112, 2160, REFUSED},
		{{0, 0, 0, 0}, 0, 0xFFFFFFFFu, 1080, REFUSED},
	};
	hbn_vnode_handle_t vse = scaler_open(1920, 1080);
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(configure(vse, rows[i].channel, rows[i].roi, rows[i].width, rows[i].height),
				 rows[i].result);
	vse_ochn_attr_t off = {.chn_en = 0, .target_w = 3, .target_h = 3, .roi = {9999, 9999, 9999, 9999}};
	assert_int_equal(hbn_vnode_set_ochn_attr(vse, 2, &off), 0);
	assert_int_equal(configure(vse, 6, (common_rect_t){0}, 640, 480), -23);
	hbn_vnode_close(vse);
}

static void impossible_inputs_are_refused(void **state)
{
	static const vse_ichn_attr_t wrong[] = {
		{0, 0, 1080, FRM_FMT_NV12, 8},   {0, 5433, 1080, FRM_FMT_NV12, 8},  {0, 1920, 3077, FRM_FMT_NV12, 8},
		{0, 1920, 1080, FRM_FMT_RAW, 8}, {0, 1920, 1080, FRM_FMT_NV12, 10}, {0, 320, 240, FRM_FMT_NV12, 8},
	};
	hbn_vnode_handle_t vse = scaler_open(1920, 1080);
	(void)state;
	assert_int_equal(channel_configure(vse, 0, 640, 480), 0); /* which an input of 320x240 cannot give */
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(hbn_vnode_set_ichn_attr(vse, 0, (void *)(uintptr_t)&wrong[i]), REFUSED);
	vse_ichn_attr_t right = {0, 5432, 3076, FRM_FMT_NV12, 8};
	/* The whole of that is too wide a region for a channel, but not for the input. */
	assert_int_equal(hbn_vnode_set_ichn_attr(vse, 0, &right), REFUSED);
	hbn_vnode_close(vse);
	vse = scaler_open(5432, 3076);
	assert_int_equal(channel_configure(vse, 0, 640, 480), REFUSED);
	assert_int_equal(hbn_vnode_set_ichn_attr(vse, 1, &right), -23);
	hbn_vnode_close(vse);
}

static void buffers_come_after_attributes_and_once(void **state)
{
	hbn_buf_alloc_attr_t attr = {.flags = FRAME_FLAGS, .buffers_num = 3, .is_contig = 1};
	hbn_vnode_handle_t vse = scaler_open(1920, 1080);
	(void)state;
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 0, NULL), -8);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(0x1234, 0, &attr), -1);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 6, &attr), -23);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 0, &attr), -32);
	assert_int_equal(channel_configure(vse, 0, 640, 480), 0);
	attr.buffers_num = 0;
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 0, &attr), -32);
	attr.buffers_num = 3;
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 0, &attr), 0);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 0, &attr), -32);
	hbn_vnode_close(vse);
}

static void handles_and_types_are_checked(void **state)
{
	hbn_vnode_handle_t node;
	hbn_vnode_image_t image = {0};
	int32_t fd;
	(void)state;
	assert_int_equal(hbn_vnode_open(HB_VSE, 0, AUTO_ALLOC_ID, NULL), -8);
	assert_int_equal(hbn_vnode_open(13, 0, AUTO_ALLOC_ID, &node), -26);
	assert_int_equal(hbn_vnode_open(HB_GDC, 0, AUTO_ALLOC_ID, &node), -((3 << 16) + 30));
	hbn_vnode_handle_t vse = scaler_open(1920, 1080);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 10, NULL), -8);
	assert_int_equal(hbn_vnode_getframe(4711, 0, 10, &image), -1);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 10, &image), -23);
	assert_int_equal(hbn_vnode_getframe(vse, 6, 10, &image), -23);
	assert_int_equal(channel_configure(vse, 0, 640, 480), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 10, &image), -8);
	assert_int_equal(hbn_vnode_get_fd(vse, 0, NULL), -8);
	assert_int_equal(hbn_vnode_get_fd(4711, 0, &fd), -1);
	assert_int_equal(hbn_vnode_sendframe(vse, 0, NULL), -8);
	image.info.bufferindex = 16;
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &image), -44);
	assert_int_equal(hbn_vnode_start(4711), -1);
	hbn_vnode_close(vse);
	hbn_vnode_close(vse);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 10, &image), -1);
}

static void flows_check_handles(void **state)
{
	hbn_vflow_handle_t flow = 0;
	hbn_vnode_handle_t vse = scaler_open(1920, 1080);
	(void)state;
	assert_int_equal(hbn_vflow_create(NULL), -1);
	assert_int_equal(hbn_vflow_create(&flow), 0);
	assert_int_equal(hbn_vflow_add_vnode(4711, vse), -13);
	assert_int_equal(hbn_vflow_add_vnode(flow, 4711), -1);
	assert_int_equal(hbn_vflow_add_vnode(flow, vse), 0);
	assert_int_equal(hbn_vflow_add_vnode(flow, vse), -48);
	assert_int_equal(hbn_vflow_bind_vnode(flow, 4711, 0, vse, 0), -8);
	assert_int_equal(hbn_vflow_bind_vnode(flow, vse, 0, vse, 0), -50);
	assert_int_equal(hbn_vflow_bind_vnode(flow, vse, 9, vse, 0), -23);
	assert_int_equal(hbn_vflow_unbind_vnode(1, 2, 3, 4, 5), 0);
	assert_int_equal(hbn_vflow_start(4711), -11);
	assert_int_equal(hbn_vflow_stop(4711), -11);
	assert_int_equal(hbn_vflow_get_vnode_handle(flow, HB_VSE, 0), vse);
	hbn_vflow_destroy(flow);
	assert_int_equal(hbn_vnode_start(vse), -1); /* closed along with its flow */
	hbn_vflow_destroy(flow);
}

static void pictures_are_really_scaled_and_cropped(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), whole, right;
	hbn_buf_alloc_attr_t attr = {.flags = FRAME_FLAGS, .buffers_num = 3, .is_contig = 0};
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(configure(vse, 1, (common_rect_t){320, 0, 320, 240}, 120, 90), 0);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 1, &attr), 0);
	assert_int_equal(hbn_vnode_start(vse), 0);
	in.info.timestamps = 4711;
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &in), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 1000, &whole), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 1, 1000, &right), 0);
	assert_int_equal(whole.info.frame_id, 200);
	assert_int_equal(right.info.frame_id, 200);
	assert_int_equal(whole.info.timestamps, 4711);
	assert_int_equal(whole.buffer.virt_addr[0][120 * 320 + 80], 16);
	assert_int_equal(whole.buffer.virt_addr[0][120 * 320 + 240], 200);
	assert_int_equal(whole.buffer.virt_addr[1][60 * 320 + 100], 90);
	assert_int_equal(whole.buffer.virt_addr[1][60 * 320 + 101], 170);
	assert_int_equal(right.buffer.width, 128); /* asked for 120 */
	assert_int_equal(right.buffer.stride, 128);
	assert_int_equal(right.buffer.vstride, 90);
	for (int x = 0; x < 128; x++)
		assert_int_equal(right.buffer.virt_addr[0][45 * 128 + x], 200);
	hbn_vnode_close(vse);
}

static void image_has_the_callers_flags_and_kind(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	int64_t flags = FRAME_FLAGS | HB_MEM_USAGE_PRIV_HEAP_RESERVED;
	(void)state;
	for (uint32_t contiguous = 0; contiguous < 2; contiguous++) {
		hbn_buf_alloc_attr_t attr = {.flags = flags, .buffers_num = 2, .is_contig = contiguous};
		assert_int_equal(channel_configure(vse, contiguous, 320, 240), 0);
		assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, contiguous, &attr), 0);
	}
	assert_int_equal(hbn_vnode_start(vse), 0);
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &in), 0);
	for (int contiguous = 0; contiguous < 2; contiguous++) {
		assert_int_equal(hbn_vnode_getframe(vse, (uint32_t)contiguous, 100, &image), 0);
		assert_int_equal(image.buffer.is_contig, contiguous);
		assert_int_equal(image.buffer.flags, flags);
		assert_int_equal(image.buffer.format, MEM_PIX_FMT_NV12);
		assert_int_equal(image.buffer.plane_cnt, 2);
		assert_int_equal(image.buffer.fd[1] == -1, contiguous);
		assert_int_equal(image.buffer.share_id[1] == 0, contiguous);
		if (contiguous)
			assert_ptr_equal(image.buffer.virt_addr[1], image.buffer.virt_addr[0] + image.buffer.size[0]);
		hb_mem_graphic_buf_t copy;
		assert_int_equal(hb_mem_import_graph_buf(&image.buffer, &copy), 0);
		assert_int_equal(hb_mem_free_buf(copy.fd[0]), 0);
	}
	hbn_vnode_close(vse);
}

static void send(hbn_vnode_handle_t vse, hbn_vnode_image_t *in, uint32_t frame_id)
{
	in->info.frame_id = frame_id;
	assert_int_equal(hbn_vnode_sendframe(vse, 0, in), 0);
}

static void ring_of_three_lets_two_out_and_drops_the_new_frame(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), first, second, none;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (uint32_t number = 1; number <= 5; number++)
		send(vse, &in, number);
	struct emulated_channel_counters counters = channel_counters(vse, 0);
	assert_int_equal(counters.completed, 2);
	assert_int_equal(counters.overruns, 3);
	assert_int_equal(counters.finished, 2);
	/* What was there first is kept, not what is newest. */
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &first), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &second), 0);
	assert_int_equal(first.info.frame_id, 1);
	assert_int_equal(second.info.frame_id, 2);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 20, &none), -43);
	send(vse, &in, 6);
	assert_int_equal(channel_counters(vse, 0).overruns, 4);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &first), 0);
	send(vse, &in, 7);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &first), 0);
	assert_int_equal(first.info.frame_id, 7);
	counters = channel_counters(vse, 0);
	assert_int_equal(counters.held, 2);
	assert_int_equal(counters.taken, 3);
	assert_int_equal(counters.released, 1);
	hbn_vnode_close(vse);
}

static void starved_channel_does_not_disturb_its_neighbours(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 2);
	channel_open(vse, 1, 320, 240, 2);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (uint32_t number = 1; number <= 10; number++) {
		send(vse, &in, number);
		assert_int_equal(hbn_vnode_getframe(vse, 1, 100, &image), 0);
		assert_int_equal(image.info.frame_id, number);
		assert_int_equal(hbn_vnode_releaseframe(vse, 1, &image), 0);
	}
	assert_int_equal(channel_counters(vse, 0).overruns, 9);
	assert_int_equal(channel_counters(vse, 1).overruns, 0);
	hbn_vnode_close(vse);
}

static void release_knows_only_the_index(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	send(vse, &in, 1);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	hbn_vnode_image_t bare = {.info = {.bufferindex = 3}};
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, NULL), -8);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), -44);
	bare.info.bufferindex = -1;
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), -44);
	bare.info.bufferindex = image.info.bufferindex;
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), 0);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &bare), -45);
	hbn_vnode_close(vse);
}

static void same_index_is_always_the_same_buffer(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), seen[3] = {0};
	int fds = 0;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (uint32_t number = 1; number <= 20; number++) {
		hbn_vnode_image_t image;
		send(vse, &in, number);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
		assert_in_range(image.info.bufferindex, 0, 2);
		hbn_vnode_image_t *before = &seen[image.info.bufferindex];
		if (before->buffer.size[0])
			assert_memory_equal(&before->buffer, &image.buffer, sizeof(image.buffer));
		*before = image;
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
		if (number == 3)
			fds = harness_count_fds();
	}
	for (int i = 0; i < 3; i++)
		assert_true(seen[i].buffer.size[0] > 0);
	assert_int_equal(harness_count_fds(), fds); /* nothing is mapped or opened per frame */
	hbn_vnode_close(vse);
}

static short poll_now(int fd)
{
	struct pollfd frame = {.fd = fd, .events = POLLIN};
	poll(&frame, 1, 0);
	return frame.revents;
}

static void descriptor_is_readable_while_a_frame_waits_and_hangs_up_when_stopped(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	int32_t fd, again;
	(void)state;
	channel_open(vse, 0, 320, 240, 4);
	assert_int_equal(hbn_vnode_get_fd(vse, 0, &fd), 0);
	assert_true(poll_now(fd) & POLLHUP);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 1000, &image), -43);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(hbn_vnode_start(vse), 0);
		assert_int_equal(poll_now(fd), 0);
		send(vse, &in, 1);
		send(vse, &in, 2);
		assert_int_equal(poll_now(fd), POLLIN);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
		assert_int_equal(poll_now(fd), POLLIN);
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
		assert_int_equal(poll_now(fd), 0);
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
		send(vse, &in, 3);
		assert_int_equal(hbn_vnode_stop(vse), 0);
		assert_int_equal(poll_now(fd), POLLHUP);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 1000, &image), -43);
		assert_int_equal(hbn_vnode_get_fd(vse, 0, &again), 0);
		assert_int_equal(again, fd);
	}
	hbn_vnode_close(vse);
}

static void condition_zero_throws_old_frames_away(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 4);
	assert_int_equal(hbn_vnode_start(vse), 0);
	send(vse, &in, 1);
	send(vse, &in, 2);
	assert_int_equal(hbn_vnode_getframe_cond(vse, 0, 30, 0, &image), -43);
	assert_int_equal(channel_counters(vse, 0).flushed, 2);
	assert_int_equal(hbn_vnode_getframe_cond(vse, 0, 30, -1, &image), -21);
	hbn_vnode_close(vse);
}

struct wait {
	hbn_vnode_handle_t vse;
	uint32_t timeout_ms;
	int64_t took_ms;
	int32_t result;
};

static void *get_nothing(void *argument)
{
	struct wait *wait = argument;
	hbn_vnode_image_t image;
	int64_t before = now_ms();
	wait->result = hbn_vnode_getframe(wait->vse, 0, wait->timeout_ms, &image);
	wait->took_ms = now_ms() - before;
	return NULL;
}

static void timeout_of_zero_or_more_than_a_second_is_four_seconds(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	struct wait waits[] = {{.timeout_ms = 0}, {.timeout_ms = 1001}, {.timeout_ms = 50}, {.timeout_ms = 1000}};
	static const int64_t at_least[] = {3990, 3990, 49, 990};
	pthread_t threads[4];
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (int i = 0; i < 4; i++) {
		waits[i].vse = vse;
		pthread_create(&threads[i], NULL, get_nothing, &waits[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(waits[i].result, -43);
		assert_true(waits[i].took_ms >= at_least[i]);
	}
	hbn_vnode_close(vse);
}

static void closing_the_node_ends_a_waiting_getframe(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	struct wait wait = {.vse = vse, .timeout_ms = 0};
	pthread_t thread;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	pthread_create(&thread, NULL, get_nothing, &wait);
	poll(NULL, 0, 50);
	hbn_vnode_close(vse);
	pthread_join(thread, NULL);
	assert_true(wait.result == -43 || wait.result == -1);
}

static void rate_control_leaves_frames_out_on_purpose(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	hbn_buf_alloc_attr_t buffers = {.flags = FRAME_FLAGS, .buffers_num = 3, .is_contig = 1};
	vse_ochn_attr_t attr = {.chn_en = 1,
				.target_w = 320,
				.target_h = 240,
				.fmt = FRM_FMT_NV12,
				.bit_width = 8,
				.fps = {.src = 30, .dst = 10}};
	int taken = 0;
	(void)state;
	assert_int_equal(hbn_vnode_set_ochn_attr(vse, 0, &attr), 0);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, 0, &buffers), 0);
	assert_int_equal(hbn_vnode_start(vse), 0);
	for (uint32_t number = 1; number <= 30; number++) {
		send(vse, &in, number);
		if (hbn_vnode_getframe(vse, 0, 1, &image) == 0) {
			taken++;
			hbn_vnode_releaseframe(vse, 0, &image);
		}
	}
	assert_int_equal(taken, 10);
	assert_int_equal(channel_counters(vse, 0).skipped, 20);
	assert_int_equal(channel_counters(vse, 0).overruns, 0);
	attr.fps.dst = 121;
	assert_int_equal(hbn_vnode_set_ochn_attr(vse, 0, &attr), REFUSED);
	hbn_vnode_close(vse);
}

static void region_can_be_changed_while_frames_flow(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	vse_ochn_attr_ex_t change = {.chn_en = 1, .roi = {320, 0, 320, 240}, .target_w = 320, .target_h = 240};
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	send(vse, &in, 1);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	assert_int_equal(image.buffer.virt_addr[0][80], 16);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
	assert_int_equal(hbn_vnode_set_ochn_attr_ex(vse, 0, &change), 0);
	send(vse, &in, 2);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	assert_int_equal(image.buffer.virt_addr[0][80], 200);
	change.target_w = 160; /* its buffers have another size */
	assert_int_equal(hbn_vnode_set_ochn_attr_ex(vse, 0, &change), REFUSED);
	hbn_vnode_close(vse);
}

static void only_memory_of_hb_mem_can_be_sent(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), small = make_picture(320, 240, 200);
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &in), -43); /* nobody consumes it before start */
	assert_int_equal(hbn_vnode_start(vse), 0);
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &small), -45);
	in.buffer.fd[0] = 0;
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &in), -45);
	hbn_vnode_close(vse);
}

static void hardware_writes_past_the_caches_and_getframe_invalidates_for_its_own_process(void **state)
{
	(void)state;
	harness_set("ZCF_EMULATION_INCOHERENT_CACHES", "1");
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t dark = make_picture(640, 480, 40), bright = make_picture(640, 480, 200), image;
	channel_open(vse, 0, 320, 240, 2); /* two buffers: the second frame comes in the first's */
	assert_int_equal(hbn_vnode_start(vse), 0);
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &dark), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	assert_int_equal(image.buffer.virt_addr[0][240], 40); /* sendframe has flushed, getframe invalidated */
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_IMPORT_PICTURE, .picture = image.buffer};
	struct peer_answer answer = peer_do(&peer, &order);
	assert_int_equal(answer.result, 0);
	struct peer_order look = {.action = PEER_READ, .address = VA(answer.picture.virt_addr[0]) + 240};
	assert_int_equal(peer_do(&peer, &look).number, 40);
	int32_t index = image.info.bufferindex;
	do {
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
		assert_int_equal(hbn_vnode_sendframe(vse, 0, &bright), 0);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	} while (image.info.bufferindex != index);
	assert_int_equal(image.buffer.virt_addr[0][240], 200);
	assert_int_equal(peer_do(&peer, &look).number, 40); /* it must invalidate for itself */
	struct peer_order invalidate = {
		.action = PEER_INVALIDATE, .address = VA(answer.picture.virt_addr[0]), .number = 320 * 240};
	assert_int_equal(peer_do(&peer, &invalidate).result, 0);
	assert_int_equal(peer_do(&peer, &look).number, 200);
	peer_end(&peer);
	hbn_vnode_close(vse);
}

static void importers_keep_the_memory_when_the_node_is_closed(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), image;
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(hbn_vnode_start(vse), 0);
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &in), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_IMPORT_PICTURE, .picture = image.buffer};
	struct peer_answer answer = peer_do(&peer, &order);
	hbn_vnode_close(vse);
	order = (struct peer_order){.action = PEER_READ, .address = VA(answer.picture.virt_addr[0]) + 240};
	assert_int_equal(peer_do(&peer, &order).number, 200);
	peer_end(&peer);
}

static void all_six_channels_work_at_once_as_in_the_vendors_sample(void **state)
{
	static const uint32_t sizes[6][2] = {{1920, 1080}, {512, 512}, {224, 224}, {64, 64}, {672, 672}, {3840, 2160}};
	hbn_vnode_handle_t vse = scaler_open(1920, 1080);
	hbn_vnode_image_t in = make_picture(1920, 1080, 200), image;
	hbn_vflow_handle_t flow = 0;
	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		channel_open(vse, i, sizes[i][0], sizes[i][1], 3);
	assert_int_equal(hbn_vflow_create(&flow), 0);
	assert_int_equal(hbn_vflow_add_vnode(flow, vse), 0);
	assert_int_equal(hbn_vflow_start(flow), 0);
	assert_int_equal(hbn_vnode_sendframe(vse, 0, &in), 0);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(hbn_vnode_getframe(vse, i, 1000, &image), 0);
		assert_int_equal(image.buffer.width, sizes[i][0]);
		assert_int_equal(image.buffer.height, sizes[i][1]);
		assert_int_equal(image.buffer.virt_addr[0][image.buffer.width - 1], 200);
		assert_int_equal(hbn_vnode_releaseframe(vse, i, &image), 0);
	}
	assert_int_equal(hbn_vflow_stop(flow), 0);
	hbn_vnode_close(vse);
	hbn_vflow_destroy(flow);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(limits_of_the_hardware_are_refused_with_ten),
		opened_test(impossible_inputs_are_refused),
		opened_test(buffers_come_after_attributes_and_once),
		opened_test(handles_and_types_are_checked),
		opened_test(flows_check_handles),
		opened_test(pictures_are_really_scaled_and_cropped),
		opened_test(image_has_the_callers_flags_and_kind),
		opened_test(ring_of_three_lets_two_out_and_drops_the_new_frame),
		opened_test(starved_channel_does_not_disturb_its_neighbours),
		opened_test(release_knows_only_the_index),
		opened_test(same_index_is_always_the_same_buffer),
		opened_test(descriptor_is_readable_while_a_frame_waits_and_hangs_up_when_stopped),
		opened_test(condition_zero_throws_old_frames_away),
		opened_test(timeout_of_zero_or_more_than_a_second_is_four_seconds),
		opened_test(closing_the_node_ends_a_waiting_getframe),
		opened_test(rate_control_leaves_frames_out_on_purpose),
		opened_test(region_can_be_changed_while_frames_flow),
		opened_test(only_memory_of_hb_mem_can_be_sent),
		opened_test(hardware_writes_past_the_caches_and_getframe_invalidates_for_its_own_process),
		opened_test(importers_keep_the_memory_when_the_node_is_closed),
		opened_test(all_six_channels_work_at_once_as_in_the_vendors_sample),
	};
	return HARNESS_RUN(argc, argv, tests);
}
