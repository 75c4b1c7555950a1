/* SPDX-License-Identifier: Apache-2.0 */
/* A program that was compiled against later headers of the vendor: its frames are longer. The switch is asked once, so
 * these tests are a program of their own. */
#include "pipeline_fixture.h"

#include <string.h>
#include <time.h>

#define AFTER 64 /* Bytes behind a struct, to see that nobody writes there. */

/* As those headers have it. */
struct later_image {
	uint32_t frame_id;
	uint64_t timestamps, sys_timestamps;
	struct timeval tv, trig_tv;
	uint32_t frame_done;
	int32_t bufferindex;
	hb_mem_graphic_buf_t buffer;
	void *metadata;
};

struct later_group {
	struct later_image image[HBN_LAYER_MAXIMUM];
	uint32_t bit_map;
	void *metadata;
};

static struct later_image make_later_picture(uint32_t frame_id)
{
	hbn_vnode_image_t picture = make_picture(640, 480, 200);
	return (struct later_image){.frame_id = frame_id, .timestamps = 4711, .buffer = picture.buffer};
}

static int open_board(void **state)
{
	int result = harness_open(state);
	harness_set("ZCF_EMULATION_LATER_HEADERS", "yes");
	return result;
}

#define later_test(function) cmocka_unit_test_setup_teardown(function, open_board, harness_close)

static hbn_vnode_handle_t start_scaler(uint32_t buffers)
{
	hbn_vnode_handle_t vse = scaler_open(640, 480);
	channel_open(vse, 0, 320, 240, buffers);
	assert_int_equal(hbn_vnode_start(vse), 0);
	return vse;
}

static void frames_have_a_second_time_stamp_and_all_else_behind_it(void **state)
{
	hbn_vnode_handle_t vse = start_scaler(3);
	struct later_image in = make_later_picture(12);
	struct {
		struct later_image image;
		uint8_t after[AFTER];
	} out;
	(void)state;
	memset(&out, 0xA5, sizeof(out));
	assert_int_equal(hbn_vnode_sendframe(vse, 0, (hbn_vnode_image_t *)&in), 0);
	assert_int_equal(hbn_vnode_getframe(vse, 0, 1000, (hbn_vnode_image_t *)&out.image), 0);
	assert_int_equal(out.image.frame_id, 12);
	assert_int_equal(out.image.timestamps, 4711);
	assert_true(out.image.sys_timestamps / 1000000000u >= (uint64_t)time(NULL) - 60);
	assert_int_equal(out.image.buffer.width, 320);
	assert_int_equal(out.image.buffer.plane_cnt, 2);
	assert_int_equal(out.image.buffer.virt_addr[0][120 * 320 + 240], 200);
	assert_ptr_equal(out.image.metadata, NULL);
	for (int i = 0; i < AFTER; i++)
		assert_int_equal(out.after[i], 0xA5);
	hbn_vnode_close(vse);
}

static void buffers_go_back_by_the_index_that_stands_further_behind(void **state)
{
	hbn_vnode_handle_t vse = start_scaler(2);
	struct later_image in = make_later_picture(1), out, wrong = {.bufferindex = 7};
	(void)state;
	for (uint32_t round = 0; round < 5; round++) {
		in.bufferindex = (int32_t)round;
		assert_int_equal(hbn_vnode_sendframe(vse, 0, (hbn_vnode_image_t *)&in), 0);
		assert_int_equal(hbn_vnode_getframe(vse, 0, 1000, (hbn_vnode_image_t *)&out), 0);
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, (hbn_vnode_image_t *)&wrong), -44);
		assert_int_equal(hbn_vnode_releaseframe(vse, 0, (hbn_vnode_image_t *)&out), 0);
	}
	in.bufferindex = 16;
	assert_int_equal(hbn_vnode_sendframe(vse, 0, (hbn_vnode_image_t *)&in), -44);
	hbn_vnode_close(vse);
}

static void groups_have_room_for_six_longer_frames(void **state)
{
	hbn_vnode_handle_t vse = start_scaler(3);
	struct later_image in = make_later_picture(3);
	struct later_group group = {0};
	(void)state;
	assert_int_equal(hbn_vnode_sendframe(vse, 0, (hbn_vnode_image_t *)&in), 0);
	assert_int_equal(hbn_vnode_getframe_group(vse, 0, 1000, (hbn_vnode_image_group_t *)&group), 0);
	assert_int_equal(group.bit_map, 1);
	assert_int_equal(group.image[0].frame_id, 3);
	assert_int_equal(group.image[1].frame_id, 0);
	assert_int_equal(hbn_vnode_releaseframe_group(vse, 0, (hbn_vnode_image_group_t *)&group), 0);
	assert_int_equal(channel_counters(vse, 0).released, 1);
	hbn_vnode_close(vse);
}

/* isp_attr_t has 48 bytes there, vin_ochn_attr_t 76 and vin_attr_ex_t 368. */
static void longer_attributes_come_back_whole(void **state)
{
	hbn_vnode_handle_t isp, vin;
	vin_ichn_attr_t input = {.format = 0x2B, .width = 1920, .height = 1080};
	uint8_t in[400], out[400];
	(void)state;
	memset(in, 0x11, sizeof(in));
	assert_int_equal(hbn_vnode_open(HB_ISP, 0, AUTO_ALLOC_ID, &isp), 0);
	assert_int_equal(hbn_vnode_set_attr(isp, in), 0);
	memset(out, 0xA5, sizeof(out));
	assert_int_equal(hbn_vnode_get_attr(isp, out), 0);
	for (int i = 0; i < (int)sizeof(out); i++)
		assert_int_equal(out[i], i < 48 ? 0x11 : 0xA5);
	hbn_vnode_close(isp);
	assert_int_equal(hbn_vnode_open(HB_VIN, 0, AUTO_ALLOC_ID, &vin), 0);
	assert_int_equal(hbn_vnode_set_ichn_attr(vin, 0, &input), 0);
	assert_int_equal(hbn_vnode_set_ochn_attr(vin, 0, in), 0);
	memset(out, 0xA5, sizeof(out));
	assert_int_equal(hbn_vnode_get_ochn_attr(vin, 0, out), 0);
	for (int i = 0; i < (int)sizeof(out); i++)
		assert_int_equal(out[i], i < 76 ? 0x11 : 0xA5);
	assert_int_equal(hbn_vnode_set_attr_ex(vin, in), 0);
	memset(out, 0xA5, sizeof(out));
	assert_int_equal(hbn_vnode_get_attr_ex(vin, out), 0);
	for (int i = 0; i < (int)sizeof(out); i++)
		assert_int_equal(out[i], i < 368 ? 0x11 : 0xA5);
	hbn_vnode_close(vin);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		later_test(frames_have_a_second_time_stamp_and_all_else_behind_it),
		later_test(buffers_go_back_by_the_index_that_stands_further_behind),
		later_test(groups_have_room_for_six_longer_frames),
		later_test(longer_attributes_come_back_whole),
	};
	return HARNESS_RUN(argc, argv, tests);
}
