/* SPDX-License-Identifier: Apache-2.0 */
/** @file pipeline_fixture.h
 * A board's usual camera pipeline, and a scaler fed from memory, in one call each. */
#ifndef EMULATION_TESTS_PIPELINE_FIXTURE_H
#define EMULATION_TESTS_PIPELINE_FIXTURE_H

#include "harness.h"

#include "emulated_camera.h"
#include "emulation_control.h"

#define FRAME_FLAGS (CPU_ACCESS | HB_MEM_USAGE_CACHED)

struct pipeline {
	camera_handle_t camera;
	hbn_vnode_handle_t vin, isp, vse;
	hbn_vflow_handle_t flow;
};

/** Camera to VSE, as the vendor's samples do it: 1920x1080, not started; no output channel configured. @return 0 or the
 * first error. */
int32_t pipeline_create(struct pipeline *pipeline, uint32_t mipi_host, uint32_t fps);
void pipeline_destroy(const struct pipeline *pipeline);

/** A VSE node by itself, with an input of that size. */
hbn_vnode_handle_t scaler_open(uint32_t width, uint32_t height);

/** Configure a channel to scale its whole input. */
int32_t channel_configure(hbn_vnode_handle_t vse, uint32_t channel, uint32_t width, uint32_t height);

/** Configure a channel and give it buffers; asserts that both work. */
void channel_open(hbn_vnode_handle_t vse, uint32_t channel, uint32_t width, uint32_t height, uint32_t buffers);

struct emulated_channel_counters channel_counters(hbn_vnode_handle_t vse, uint32_t channel);

/** The frame number that the synthetic camera has drawn into a picture of @p source_width, scaled. */
uint32_t drawn_number(const hbn_vnode_image_t *image, uint32_t source_width);

/** The driver's answer to attributes that it refuses. */
#define REFUSED (-10)

/** Configure a channel to scale a part of its input. */
int32_t region_configure(hbn_vnode_handle_t vse, uint32_t channel, common_rect_t roi, uint32_t width, uint32_t height);

/** A picture whose left half is dark (16) and whose right half is @p bright, with one colour (90, 170). */
hbn_vnode_image_t make_picture(int32_t width, int32_t height, uint8_t bright);

/** Feed it to the node, under that number. */
void send_picture(hbn_vnode_handle_t vse, hbn_vnode_image_t *in, uint32_t frame_id);

#endif
