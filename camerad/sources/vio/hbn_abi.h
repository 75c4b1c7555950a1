/* SPDX-License-Identifier: Apache-2.0 */
/** @file hbn_abi.h
 * The part of the RDK X5's camera libraries (libvpf.so.1, libcam.so.1) that we use, in declarations of our own; each
 * offset is checked. What the board's documents do not say, or we leave at 0, is `reserved`.
 *
 * The vendor's releases differ in three structs, and the libraries do not tell which release they are. Two of them,
 * hbn_isp and hbn_vin_output, grew after the fields that we set: ours have room for all. The third is frame_layout.h's
 * business. */
#ifndef CAMERAD_VIO_HBN_ABI_H
#define CAMERAD_VIO_HBN_ABI_H

#include "lib/backend/hbmem/hb_mem.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define HBN_LAYOUT(type, field, offset)                                                                                \
	static_assert(offsetof(struct type, field) == (offset), "the vendor's layout of " #type)
#define HBN_SIZE(type, size) static_assert(sizeof(struct type) == (size), "the vendor's size of " #type)

typedef int64_t hbn_handle; /* Of a node, a flow or a camera. */

enum hbn_node_type { HBN_NODE_VIN = 0, HBN_NODE_ISP = 1, HBN_NODE_VSE = 2 };
enum hbn_picture_format { HBN_PICTURE_RAW = 1, HBN_PICTURE_NV12 = 2 };

#define HBN_AUTO_CONTEXT     (-1)
#define HBN_VSE_OUTPUTS      6
#define HBN_ISP_INPUT_ONLINE 1 /* Straight from the sensor interface, not through memory. */

/* A frame of a node's output, as libvpf of September 2024 describes it. */
struct hbn_image {
	uint32_t frame_id; /* The sensor's, the same in every output. */
	uint32_t reserved0;
	uint64_t timestamp_ns; /* CLOCK_MONOTONIC_RAW */
	int64_t reserved1[4];
	uint32_t frame_done;
	int32_t buffer_index; /* In the output's ring: all that release looks at. */
	struct zcf_hb_mem_graphic buffer;
	void *metadata;
};

HBN_SIZE(hbn_image, 224);
HBN_LAYOUT(hbn_image, timestamp_ns, 8);
HBN_LAYOUT(hbn_image, frame_done, 48);
HBN_LAYOUT(hbn_image, buffer_index, 52);
HBN_LAYOUT(hbn_image, buffer, 56);
HBN_LAYOUT(hbn_image, metadata, 216);

/* The same in later releases: with a second time stamp. */
struct hbn_later_image {
	uint32_t frame_id;
	uint32_t reserved0;
	uint64_t timestamp_ns;
	uint64_t system_timestamp;
	int64_t reserved1[4];
	uint32_t frame_done;
	int32_t buffer_index;
	struct zcf_hb_mem_graphic buffer;
	void *metadata;
};

HBN_SIZE(hbn_later_image, 232);
HBN_LAYOUT(hbn_later_image, timestamp_ns, 8);
HBN_LAYOUT(hbn_later_image, frame_done, 56);
HBN_LAYOUT(hbn_later_image, buffer_index, 60);
HBN_LAYOUT(hbn_later_image, buffer, 64);
HBN_LAYOUT(hbn_later_image, metadata, 224);

/* Room for what any release writes of a frame. */
union hbn_frame {
	struct hbn_image image;
	struct hbn_later_image later_image;
	uint8_t room[1024];
};

/* The buffers of an output. */
struct hbn_buffers {
	int64_t flags;
	uint32_t count;
	uint32_t is_contiguous;
};

HBN_SIZE(hbn_buffers, 16);
HBN_LAYOUT(hbn_buffers, count, 8);
HBN_LAYOUT(hbn_buffers, is_contiguous, 12);

struct hbn_rectangle {
	uint32_t x, y, width, height;
};

HBN_SIZE(hbn_rectangle, 16);

/* VIN: the sensor interface. */
struct hbn_vin {
	uint32_t mipi_enable;
	uint32_t mipi_host;
	uint32_t virtual_channel;
	uint32_t ipi_channel;
	uint32_t to_pyramid;
	uint32_t to_isp;
	uint32_t reserved0[2];
	uint32_t enable_frame_id;
	uint32_t reserved1[93];
	uint32_t flow_id;
};

HBN_SIZE(hbn_vin, 412);
HBN_LAYOUT(hbn_vin, mipi_host, 4);
HBN_LAYOUT(hbn_vin, virtual_channel, 8);
HBN_LAYOUT(hbn_vin, ipi_channel, 12);
HBN_LAYOUT(hbn_vin, to_isp, 20);
HBN_LAYOUT(hbn_vin, enable_frame_id, 32);
HBN_LAYOUT(hbn_vin, flow_id, 408);

struct hbn_vin_input {
	uint32_t format; /* MIPI data type */
	uint32_t width, height;
};

HBN_SIZE(hbn_vin_input, 12);
HBN_LAYOUT(hbn_vin_input, width, 4);

struct hbn_vin_output {
	uint32_t to_memory;
	uint32_t reserved0[4];
	uint32_t pack_mode;
	uint32_t stride_bytes;
	uint32_t vertical_stride;
	uint32_t format;
	uint32_t reserved1[23];
};

HBN_SIZE(hbn_vin_output, 128);
HBN_LAYOUT(hbn_vin_output, pack_mode, 20);
HBN_LAYOUT(hbn_vin_output, stride_bytes, 24);
HBN_LAYOUT(hbn_vin_output, format, 32);

/* ISP: raw to NV12. */
struct hbn_isp {
	uint32_t input_mode;
	uint32_t reserved[31];
};

HBN_SIZE(hbn_isp, 128);

/* Input of ISP and of VSE. */
struct hbn_input {
	uint32_t test_pattern;
	uint32_t width, height;
	uint32_t format; /* enum hbn_picture_format */
	uint32_t bit_width;
};

HBN_SIZE(hbn_input, 20);
HBN_LAYOUT(hbn_input, format, 12);

struct hbn_isp_output {
	uint32_t to_memory;
	struct hbn_rectangle size;
	uint32_t format;
	uint32_t bit_width;
};

HBN_SIZE(hbn_isp_output, 28);
HBN_LAYOUT(hbn_isp_output, format, 20);

/* VSE: the scaler, with several outputs. */
struct hbn_rate {
	uint16_t from, to; /* Of `from` frames `to` are let through; 0: all. */
};

HBN_SIZE(hbn_rate, 4);

struct hbn_vse {
	struct hbn_rate rate;
};

struct hbn_vse_output {
	uint32_t enabled;
	struct hbn_rectangle region;
	uint32_t width, height;
	uint32_t stride_y, stride_uv;
	uint32_t format;
	uint32_t bit_width;
	struct hbn_rate rate;
};

HBN_SIZE(hbn_vse_output, 48);
HBN_LAYOUT(hbn_vse_output, region, 4);
HBN_LAYOUT(hbn_vse_output, width, 20);
HBN_LAYOUT(hbn_vse_output, format, 36);
HBN_LAYOUT(hbn_vse_output, rate, 44);

/* How the camera sends. */
struct hbn_mipi {
	uint32_t receiver_enable;
	uint16_t phy, lanes, data_type, rate, master_clock_mhz, link_mbit_s, width, height;
	uint16_t line_length, frame_length, settle;
	uint16_t reserved0[4];
	uint16_t channel_count;
	uint16_t channels[4];
	uint32_t reserved1;
	uint64_t extra_mask; /* Which of the extra values count. */
	uint32_t extra[37];
	uint32_t reserved2;
	void *bypass;
	uint32_t end_mark;
};

HBN_SIZE(hbn_mipi, 224);
HBN_LAYOUT(hbn_mipi, phy, 4);
HBN_LAYOUT(hbn_mipi, settle, 24);
HBN_LAYOUT(hbn_mipi, channel_count, 34);
HBN_LAYOUT(hbn_mipi, channels, 36);
HBN_LAYOUT(hbn_mipi, extra_mask, 48);
HBN_LAYOUT(hbn_mipi, extra, 56);
HBN_LAYOUT(hbn_mipi, bypass, 208);
HBN_LAYOUT(hbn_mipi, end_mark, 216);

#define HBN_MIPI_END_MARK    0x433600E0u
#define HBN_MIPI_EXTRA_STOP  0x40u /* extra[HBN_MIPI_STOP_CHECK]: wait for the stop state at start. */
#define HBN_MIPI_STOP_CHECK  6
#define HBN_CAMERA_NAME_SIZE 108
#define HBN_CAMERA_END_MARK  0x43310140u
#define HBN_CAMERA_NO_TUNING "disable"

struct hbn_camera {
	char name[HBN_CAMERA_NAME_SIZE];
	uint32_t address; /* On the I2C bus. */
	uint32_t reserved0[3];
	uint32_t sensor_mode;
	uint32_t sensor_clock;
	uint32_t gpio_enable;
	uint32_t gpio_level;
	uint32_t bus_select;
	uint32_t bus_timeout;
	uint32_t rate;
	uint32_t width, height;
	uint32_t format; /* MIPI data type */
	uint32_t reserved1[2];
	uint32_t config_index;
	uint32_t reserved2;
	struct hbn_mipi *mipi;
	char tuning[HBN_CAMERA_NAME_SIZE];
	void *sensor_parameters;
	uint32_t parameter_mode;
	uint32_t end_mark;
};

HBN_SIZE(hbn_camera, 320);
HBN_LAYOUT(hbn_camera, address, 108);
HBN_LAYOUT(hbn_camera, sensor_mode, 124);
HBN_LAYOUT(hbn_camera, gpio_enable, 132);
HBN_LAYOUT(hbn_camera, bus_select, 140);
HBN_LAYOUT(hbn_camera, rate, 148);
HBN_LAYOUT(hbn_camera, width, 152);
HBN_LAYOUT(hbn_camera, format, 160);
HBN_LAYOUT(hbn_camera, config_index, 172);
HBN_LAYOUT(hbn_camera, mipi, 184);
HBN_LAYOUT(hbn_camera, tuning, 192);
HBN_LAYOUT(hbn_camera, sensor_parameters, 304);
HBN_LAYOUT(hbn_camera, end_mark, 316);

#endif
