/* SPDX-License-Identifier: Apache-2.0 */
#include "low_light.h"

#include <math.h>

/* A quarter of each new value: settles within about ten frames. */
#define SMOOTHING 0.25f
/* Below this exponent the noise of a dark sensor is lifted more than the scene. */
#define MINIMUM_GAMMA 0.4

void low_light_init(struct low_light *low_light)
{
	low_light->smoothed_brightness = -1;
	low_light->curve_brightness = -1;
}

static void make_curve(struct low_light *low_light, int brightness, float threshold)
{
	/* A black picture has no logarithm. */
	double mean = (brightness < 1 ? 1 : brightness) / 255.0;
	double gamma = log(threshold / 255.0) / log(mean);

	if (!(gamma > MINIMUM_GAMMA))
		gamma = MINIMUM_GAMMA;
	if (gamma > 1)
		gamma = 1;
	for (int y = 0; y < 256; y++)
		low_light->curve[y] = (uint8_t)lround(255.0 * pow(y / 255.0, gamma));
	low_light->curve_brightness = brightness;
	low_light->curve_threshold = threshold;
}

static void apply_curve(const uint8_t curve[256], const struct nv12_image *image)
{
	for (uint32_t y = 0; y < image->height_pixels; y++) {
		uint8_t *row = image->y + (size_t)y * (size_t)image->stride_y_bytes;

		for (uint32_t x = 0; x < image->width_pixels; x++)
			row[x] = curve[row[x]];
	}
}

bool low_light_correct(struct low_light *low_light, const struct nv12_image *image, float brightness, float threshold)
{
	int rounded;

	if (low_light->smoothed_brightness < 0)
		low_light->smoothed_brightness = brightness;
	low_light->smoothed_brightness += SMOOTHING * (brightness - low_light->smoothed_brightness);
	if (low_light->smoothed_brightness >= threshold)
		return false;
	rounded = (int)lroundf(low_light->smoothed_brightness);
	if (rounded != low_light->curve_brightness || threshold != low_light->curve_threshold)
		make_curve(low_light, rounded, threshold);
	apply_curve(low_light->curve, image);
	return true;
}
