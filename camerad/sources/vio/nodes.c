/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes.h"

#include "vendor_error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of the sensor interface and the image processor: one is written, one is read, one is on its way. */
#define INNER_BUFFERS 3

/* Read and written by the CPU now and then, so through its cache. */
#define BUFFER_FLAGS (ZCF_HB_MEM_CPU_READ | ZCF_HB_MEM_CPU_WRITE | ZCF_HB_MEM_CACHED)

static int check(const struct vio_node *node, const char *call, const char *object, int32_t code)
{
	if (code == 0)
		return 0;
	vio_vendor_error_describe(call, object, code, node->why, node->why_size);
	return -EIO;
}

/* MIPI CSI-2 data types: RAW8 is 0x2A, RAW10 0x2B, RAW12 0x2C, RAW14 0x2D. */
static uint32_t data_type(const struct vio_settings *settings)
{
	return 0x2A + (settings->raw_bits - 8) / 2;
}

/* The board's packages have a file for each sensor and size that they support. */
static void choose_tuning(const struct vio_settings *settings, char *tuning, size_t size)
{
	if (settings->tuning != NULL) {
		snprintf(tuning, size, "%s", settings->tuning);
		return;
	}
	snprintf(tuning, size, "/usr/hobot/bin/%s_tuning_%ux%u.json", settings->sensor, settings->width_pixels,
		 settings->height_pixels);
	if (access(tuning, R_OK) != 0)
		snprintf(tuning, size, HBN_CAMERA_NO_TUNING);
}

void vio_describe_camera(const struct vio_settings *settings, struct hbn_camera *camera, struct hbn_mipi *mipi)
{
	*mipi = (struct hbn_mipi){
		.receiver_enable = 1,
		.lanes = (uint16_t)settings->lanes,
		.data_type = (uint16_t)data_type(settings),
		.rate = (uint16_t)settings->rate_hertz,
		.master_clock_mhz = (uint16_t)settings->master_clock_mhz,
		.link_mbit_s = (uint16_t)settings->link_mbit_s,
		.width = (uint16_t)settings->width_pixels,
		.height = (uint16_t)settings->height_pixels,
		.line_length = (uint16_t)settings->line_length,
		.frame_length = (uint16_t)settings->frame_length,
		.settle = (uint16_t)settings->settle,
		.channel_count = 1,
		.extra_mask = HBN_MIPI_EXTRA_STOP,
		.extra = {[HBN_MIPI_STOP_CHECK] = 1},
		.end_mark = HBN_MIPI_END_MARK,
	};
	*camera = (struct hbn_camera){
		.address = settings->i2c_address,
		.sensor_mode = settings->sensor_mode,
		.gpio_enable = settings->gpio_enable,
		.gpio_level = settings->gpio_level,
		.rate = settings->rate_hertz,
		.width = settings->width_pixels,
		.height = settings->height_pixels,
		.format = data_type(settings),
		.mipi = mipi,
		.end_mark = HBN_CAMERA_END_MARK,
	};
	snprintf(camera->name, sizeof(camera->name), "%s", settings->sensor);
	choose_tuning(settings, camera->tuning, sizeof(camera->tuning));
}

static int set_inner_buffers(const struct vio_node *node, const char *object)
{
	struct hbn_buffers buffers = {.flags = BUFFER_FLAGS, .count = INNER_BUFFERS, .is_contiguous = 1};

	return check(node, "hbn_vnode_set_ochn_buf_attr", object,
		     node->library->vnode_set_ochn_buf_attr(node->handle, 0, &buffers));
}

int vio_set_up_vin(const struct vio_node *node, const struct vio_settings *settings)
{
	struct hbn_vin attributes = {
		.mipi_enable = 1,
		.mipi_host = settings->mipi_host,
		.ipi_channel = 1,
		.to_isp = 1,
		.enable_frame_id = 1,
	};
	struct hbn_vin_input input = {data_type(settings), settings->width_pixels, settings->height_pixels};
	struct hbn_vin_output output = {
		.to_memory = 1,
		.stride_bytes = settings->width_pixels * (settings->raw_bits > 8 ? 2 : 1),
		.format = data_type(settings),
	};
	int error = check(node, "hbn_vnode_set_attr", "VIN", node->library->vnode_set_attr(node->handle, &attributes));

	if (error == 0)
		error = check(node, "hbn_vnode_set_ichn_attr", "VIN",
			      node->library->vnode_set_ichn_attr(node->handle, 0, &input));
	if (error == 0)
		error = check(node, "hbn_vnode_set_ochn_attr", "VIN",
			      node->library->vnode_set_ochn_attr(node->handle, 0, &output));
	return error != 0 ? error : set_inner_buffers(node, "VIN");
}

int vio_set_up_isp(const struct vio_node *node, const struct vio_settings *settings)
{
	struct hbn_isp attributes = {.input_mode = HBN_ISP_INPUT_ONLINE};
	struct hbn_input input = {
		.width = settings->width_pixels,
		.height = settings->height_pixels,
		.format = HBN_PICTURE_RAW,
		.bit_width = settings->raw_bits,
	};
	struct hbn_isp_output output = {
		.to_memory = 1,
		.format = HBN_PICTURE_NV12,
		.bit_width = 8,
	};
	int error = check(node, "hbn_vnode_set_attr", "ISP", node->library->vnode_set_attr(node->handle, &attributes));

	if (error == 0)
		error = check(node, "hbn_vnode_set_ichn_attr", "ISP",
			      node->library->vnode_set_ichn_attr(node->handle, 0, &input));
	if (error == 0)
		error = check(node, "hbn_vnode_set_ochn_attr", "ISP",
			      node->library->vnode_set_ochn_attr(node->handle, 0, &output));
	return error != 0 ? error : set_inner_buffers(node, "ISP");
}

static int set_up_output(const struct vio_node *node, const struct vio_output *output)
{
	struct hbn_vse_output attributes = {
		.enabled = 1,
		.region = output->region,
		.width = output->width_pixels,
		.height = output->height_pixels,
		.format = HBN_PICTURE_NV12,
		.bit_width = 8,
		.rate = output->rate,
	};
	struct hbn_buffers buffers = {.flags = BUFFER_FLAGS, .count = output->buffer_count, .is_contiguous = 1};
	char object[32];
	int error;

	snprintf(object, sizeof(object), "VSE output %u", output->number);
	error = check(node, "hbn_vnode_set_ochn_attr", object,
		      node->library->vnode_set_ochn_attr(node->handle, output->number, &attributes));
	if (error == 0)
		error = check(node, "hbn_vnode_set_ochn_buf_attr", object,
			      node->library->vnode_set_ochn_buf_attr(node->handle, output->number, &buffers));
	return error;
}

int vio_set_up_vse(const struct vio_node *node, const struct vio_settings *settings, const struct vio_output *outputs,
		   size_t output_count)
{
	struct hbn_vse attributes = {0};
	struct hbn_input input = {
		.width = settings->width_pixels,
		.height = settings->height_pixels,
		.format = HBN_PICTURE_NV12,
		.bit_width = 8,
	};
	int error = check(node, "hbn_vnode_set_attr", "VSE", node->library->vnode_set_attr(node->handle, &attributes));

	if (error == 0)
		error = check(node, "hbn_vnode_set_ichn_attr", "VSE",
			      node->library->vnode_set_ichn_attr(node->handle, 0, &input));
	for (size_t i = 0; error == 0 && i < output_count; i++)
		error = set_up_output(node, &outputs[i]);
	return error;
}
