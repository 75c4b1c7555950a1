/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline_fixture.h"

#include <string.h>

static int32_t set_up_vin(struct pipeline *pipeline, uint32_t mipi_host)
{
	vin_node_attr_t attr = {.cim_attr = {.mipi_en = 1, .mipi_rx = mipi_host}};
	vin_ichn_attr_t input = {.format = 0x2B, .width = 1920, .height = 1080};
	vin_ochn_attr_t output = {.ddr_en = 1, .vin_basic_attr = {.wstride = 3840, .format = 0x2B}};
	int32_t result = hbn_vnode_open(HB_VIN, mipi_host, AUTO_ALLOC_ID, &pipeline->vin);
	result = result ? result : hbn_vnode_set_attr(pipeline->vin, &attr);
	result = result ? result : hbn_vnode_set_ichn_attr(pipeline->vin, 0, &input);
	return result ? result : hbn_vnode_set_ochn_attr(pipeline->vin, 0, &output);
}

static int32_t set_up_isp(struct pipeline *pipeline)
{
	isp_attr_t attr = {.input_mode = 1};
	isp_ichn_attr_t input = {.width = 1920, .height = 1080, .fmt = FRM_FMT_RAW, .bit_width = 10};
	isp_ochn_attr_t output = {.ddr_en = 1, .fmt = FRM_FMT_NV12, .bit_width = 8};
	int32_t result = hbn_vnode_open(HB_ISP, 0, AUTO_ALLOC_ID, &pipeline->isp);
	result = result ? result : hbn_vnode_set_attr(pipeline->isp, &attr);
	result = result ? result : hbn_vnode_set_ichn_attr(pipeline->isp, 0, &input);
	return result ? result : hbn_vnode_set_ochn_attr(pipeline->isp, 0, &output);
}

static int32_t join(struct pipeline *pipeline)
{
	const hbn_vnode_handle_t nodes[] = {pipeline->vin, pipeline->isp, pipeline->vse};
	int32_t result = hbn_vflow_create(&pipeline->flow);
	for (int i = 0; i < 3 && !result; i++)
		result = hbn_vflow_add_vnode(pipeline->flow, nodes[i]);
	result = result ? result : hbn_vflow_bind_vnode(pipeline->flow, pipeline->vin, 1, pipeline->isp, 0);
	return result ? result : hbn_vflow_bind_vnode(pipeline->flow, pipeline->isp, 0, pipeline->vse, 0);
}

int32_t pipeline_create(struct pipeline *pipeline, uint32_t mipi_host, uint32_t fps)
{
	camera_config_t config = {.name = "imx219", .fps = fps, .width = 1920, .height = 1080};
	memset(pipeline, 0, sizeof(*pipeline));
	int32_t result = hbn_camera_create(&config, &pipeline->camera);
	result = result ? result : set_up_vin(pipeline, mipi_host);
	result = result ? result : set_up_isp(pipeline);
	if (!result)
		pipeline->vse = scaler_open(1920, 1080);
	result = result ? result : join(pipeline);
	return result ? result : hbn_camera_attach_to_vin(pipeline->camera, pipeline->vin);
}

void pipeline_destroy(const struct pipeline *pipeline)
{
	hbn_vflow_stop(pipeline->flow);
	hbn_vflow_destroy(pipeline->flow);
	hbn_camera_destroy(pipeline->camera);
}

hbn_vnode_handle_t scaler_open(uint32_t width, uint32_t height)
{
	hbn_vnode_handle_t vse;
	vse_attr_t attr = {0};
	vse_ichn_attr_t input = {.width = width, .height = height, .fmt = FRM_FMT_NV12, .bit_width = 8};
	assert_int_equal(hbn_vnode_open(HB_VSE, 0, AUTO_ALLOC_ID, &vse), 0);
	assert_int_equal(hbn_vnode_set_attr(vse, &attr), 0);
	assert_int_equal(hbn_vnode_set_ichn_attr(vse, 0, &input), 0);
	return vse;
}

int32_t channel_configure(hbn_vnode_handle_t vse, uint32_t channel, uint32_t width, uint32_t height)
{
	vse_ochn_attr_t attr = {
		.chn_en = 1, .target_w = width, .target_h = height, .fmt = FRM_FMT_NV12, .bit_width = 8};
	return hbn_vnode_set_ochn_attr(vse, channel, &attr);
}

void channel_open(hbn_vnode_handle_t vse, uint32_t channel, uint32_t width, uint32_t height, uint32_t buffers)
{
	hbn_buf_alloc_attr_t attr = {.flags = FRAME_FLAGS, .buffers_num = buffers, .is_contig = 1};
	assert_int_equal(channel_configure(vse, channel, width, height), 0);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(vse, channel, &attr), 0);
}

struct emulated_channel_counters channel_counters(hbn_vnode_handle_t vse, uint32_t channel)
{
	struct emulated_channel_counters counters;
	assert_int_equal(zcf_emulated_channel_counters(vse, channel, &counters), 0);
	return counters;
}

uint32_t drawn_number(const hbn_vnode_image_t *image, uint32_t source_width)
{
	uint32_t number = 0, size = 16 * (uint32_t)image->buffer.width / source_width;
	for (uint32_t bit = 0; bit < 32; bit++) {
		uint32_t x = (bit * 16 + 8) * (uint32_t)image->buffer.width / source_width;
		if (image->buffer.virt_addr[0][size / 2 * (uint32_t)image->buffer.stride + x] > 127)
			number |= 1u << bit;
	}
	return number;
}

hbn_vnode_image_t make_picture(int32_t width, int32_t height, uint8_t bright)
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

int32_t region_configure(hbn_vnode_handle_t vse, uint32_t channel, common_rect_t roi, uint32_t width, uint32_t height)
{
	vse_ochn_attr_t attr = {
		.chn_en = 1, .roi = roi, .target_w = width, .target_h = height, .fmt = FRM_FMT_NV12, .bit_width = 8};
	return hbn_vnode_set_ochn_attr(vse, channel, &attr);
}

void send_picture(hbn_vnode_handle_t vse, hbn_vnode_image_t *in, uint32_t frame_id)
{
	in->info.frame_id = frame_id;
	assert_int_equal(hbn_vnode_sendframe(vse, 0, in), 0);
}
