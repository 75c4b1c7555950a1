/* SPDX-License-Identifier: Apache-2.0 */
/* What the scaler's driver refuses, and with which number. */
#include "pipeline_fixture.h"

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
		assert_int_equal(region_configure(vse, rows[i].channel, rows[i].roi, rows[i].width, rows[i].height),
				 rows[i].result);
	vse_ochn_attr_t off = {.chn_en = 0, .target_w = 3, .target_h = 3, .roi = {9999, 9999, 9999, 9999}};
	assert_int_equal(hbn_vnode_set_ochn_attr(vse, 2, &off), 0);
	assert_int_equal(region_configure(vse, 6, (common_rect_t){0}, 640, 480), -23);
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
	assert_int_equal(hbn_vflow_pause(4711), -11);
	assert_int_equal(hbn_vflow_resume(4711), -11);
	assert_int_equal(hbn_vflow_get_vnode_handle(4711, HB_VSE, 0), -11);
	assert_int_equal(hbn_vflow_get_vnode_handle(flow, HB_VSE, 0), vse);
	hbn_vflow_destroy(flow);
	assert_int_equal(hbn_vnode_start(vse), -1); /* closed along with its flow */
	hbn_vflow_destroy(flow);
}

static void open_node_has_the_memory_module_open(void **state)
{
	hb_mem_common_buf_t found;
	hbn_vnode_handle_t vse;
	(void)state;
	assert_int_equal(hb_mem_get_com_buf(0, &found), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hbn_vnode_open(HB_VSE, 0, AUTO_ALLOC_ID, &vse), 0);
	assert_int_equal(hb_mem_get_com_buf(0, &found), HB_MEM_ERR_INVALID_FD);
	/* It is counted, so that a program may open it too. */
	assert_int_equal(hb_mem_module_open(), 0);
	hbn_vnode_close(vse);
	assert_int_equal(hb_mem_get_com_buf(0, &found), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(hb_mem_module_close(), 0);
	assert_int_equal(hb_mem_get_com_buf(0, &found), HB_MEM_ERR_MODULE_NOT_FOUND);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(limits_of_the_hardware_are_refused_with_ten),
		opened_test(impossible_inputs_are_refused),
		opened_test(buffers_come_after_attributes_and_once),
		opened_test(handles_and_types_are_checked),
		opened_test(flows_check_handles),
		cmocka_unit_test(open_node_has_the_memory_module_open),
	};
	return HARNESS_RUN(argc, argv, tests);
}
