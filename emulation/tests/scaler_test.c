/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out of the scaler, and how it lies in memory. */
#include "pipeline_fixture.h"

#include <string.h>

static void pictures_are_really_scaled_and_cropped(void **state)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	hbn_vnode_image_t in = make_picture(640, 480, 200), whole, right;
	hbn_buf_alloc_attr_t attr = {.flags = FRAME_FLAGS, .buffers_num = 3, .is_contig = 0};
	(void)state;
	channel_open(vse, 0, 320, 240, 3);
	assert_int_equal(region_configure(vse, 1, (common_rect_t){320, 0, 320, 240}, 120, 90), 0);
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
	hb_mem_common_buf_t carveout;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(4096, flags, &carveout), 0);
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
		/* Whatever heap the flags name, it lies in cma_reserved: below the carveout. */
		assert_true(image.buffer.phys_addr[0] < carveout.phys_addr);
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
		send_picture(vse, &in, number);
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
	send_picture(vse, &in, 1);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 100, &image), 0);
	assert_int_equal(image.buffer.virt_addr[0][80], 16);
	assert_int_equal(hbn_vnode_releaseframe(vse, 0, &image), 0);
	assert_int_equal(hbn_vnode_set_ochn_attr_ex(vse, 0, &change), 0);
	send_picture(vse, &in, 2);
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
		opened_test(pictures_are_really_scaled_and_cropped),
		opened_test(image_has_the_callers_flags_and_kind),
		opened_test(rate_control_leaves_frames_out_on_purpose),
		opened_test(region_can_be_changed_while_frames_flow),
		opened_test(only_memory_of_hb_mem_can_be_sent),
		opened_test(hardware_writes_past_the_caches_and_getframe_invalidates_for_its_own_process),
		opened_test(importers_keep_the_memory_when_the_node_is_closed),
		opened_test(all_six_channels_work_at_once_as_in_the_vendors_sample),
	};
	return HARNESS_RUN(argc, argv, tests);
}
