/* SPDX-License-Identifier: Apache-2.0 */
/** @file pipeline.h
 * Frames go through the hardware. */
#ifndef EMULATION_VPF_PIPELINE_H
#define EMULATION_VPF_PIPELINE_H

#include "graph.h"

/** Scale one picture into all channels of a VSE node. With engine_lock held, without graph_lock. */
void pipeline_scale(struct node *vse, const struct picture *source, const hbn_frame_info_t *info);

/** The thread of a flow that has a VIN node. */
void *pipeline_run(void *flow);

#endif
