/* SPDX-License-Identifier: Apache-2.0 */
/** @file outputs.h
 * Which output of the scaler makes which of our channels, within what its hardware can do. */
#ifndef CAMERAD_VIO_OUTPUTS_H
#define CAMERAD_VIO_OUTPUTS_H

#include "../../settings.h"
#include "hbn_abi.h"

/** One output of the scaler. */
struct vio_output {
	uint32_t number; /**< The scaler's. */
	struct hbn_rectangle region;
	uint32_t width_pixels, height_pixels;
	uint32_t buffer_count;
	struct hbn_rate rate;
};

/**
 * Plan the outputs: channels in their order get the first output that can make them.
 *
 * @param outputs  Room for @p channel_count.
 * @return 0, or -EINVAL with a sentence in @p why that names the channel and what would be possible.
 */
int vio_outputs_plan(const struct channel_settings *channels, size_t channel_count, const struct vio_settings *camera,
		     struct vio_output *outputs, char *why, size_t why_size);

#endif
