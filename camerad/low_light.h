/* SPDX-License-Identifier: Apache-2.0 */
/** @file low_light.h
 * Low-light correction: lifts the luma of a dark picture with a gamma curve, in place. The curve brings the
 * mean up towards the threshold, so it fades out as the picture gets brighter and nothing jumps when the
 * threshold is crossed. */
#ifndef CAMERAD_LOW_LIGHT_H
#define CAMERAD_LOW_LIGHT_H

#include "picture.h"

struct low_light {
	float smoothed_brightness; /**< Over several frames, so that a flickering lamp does not pump; < 0: none yet. */
	int curve_brightness;      /**< The (rounded) brightness that the curve is made for; -1: none yet. */
	float curve_threshold;
	uint8_t curve[256];
};

void low_light_init(struct low_light *low_light);

/**
 * Correct the image if it is darker than @p threshold.
 *
 * @param brightness  Of this image, as brightness_measure() says.
 * @return Whether it was corrected.
 */
bool low_light_correct(struct low_light *low_light, const struct nv12_image *image, float brightness, float threshold);

#endif
