/* SPDX-License-Identifier: Apache-2.0 */
/** @file vse_limits.h
 * What the scaler's driver accepts. */
#ifndef EMULATION_VPF_VSE_LIMITS_H
#define EMULATION_VPF_VSE_LIMITS_H

#include "../include/emulated_hbn.h"

#include <stdbool.h>

bool vse_input_is_possible(const vse_ichn_attr_t *input);

struct vse_geometry {
	common_rect_t roi;
	uint32_t width, height;
};

/** Resolve zeros, round the target width up to 16, and check. @return false for what the driver refuses. */
bool vse_resolve(const vse_ichn_attr_t *input, uint32_t channel, const common_rect_t *roi, uint32_t target_w,
		 uint32_t target_h, struct vse_geometry *geometry);

#endif
