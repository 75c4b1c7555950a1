/* SPDX-License-Identifier: Apache-2.0 */
#include "vse_limits.h"

#define INPUT_WIDTH_MAX  5432u
#define INPUT_HEIGHT_MAX 3076u
#define ROI_WIDTH_MAX    4096u
#define ROI_HEIGHT_MAX   3076u
#define TARGET_MIN       64u
#define UPSCALE_CHANNEL  5u
#define UPSCALE_AREA_MAX 4u

static const struct {
	uint32_t width, height;
} target_maximum[VSE_OCHN_MAX] = {{4096, 3076}, {1920, 1080}, {1920, 1080}, {1280, 720}, {1280, 720}, {4096, 3076}};

bool vse_input_is_possible(const vse_ichn_attr_t *input)
{
	return input->width && input->height && input->width <= INPUT_WIDTH_MAX && input->height <= INPUT_HEIGHT_MAX &&
	       input->fmt == FRM_FMT_NV12 && input->bit_width == 8;
}

static bool resolve_roi(const vse_ichn_attr_t *input, const common_rect_t *roi, common_rect_t *resolved)
{
	*resolved = *roi;
	if (!roi->w || !roi->h) {
		resolved->w = input->width;
		resolved->h = input->height;
	}
	if (resolved->w > ROI_WIDTH_MAX || resolved->h > ROI_HEIGHT_MAX)
		return false;
	return resolved->w <= input->width && resolved->x <= input->width - resolved->w &&
	       resolved->h <= input->height && resolved->y <= input->height - resolved->h;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool is_upscaling(const struct vse_geometry *geometry)
{
	uint64_t target = (uint64_t)geometry->width * geometry->height;
	uint64_t source = (uint64_t)geometry->roi.w * geometry->roi.h;
	return geometry->width >= geometry->roi.w && geometry->height >= geometry->roi.h &&
	       target <= source * UPSCALE_AREA_MAX;
}

static bool is_downscaling(const struct vse_geometry *geometry)
{
	return geometry->width <= geometry->roi.w && geometry->height <= geometry->roi.h &&
	       geometry->width >= TARGET_MIN && geometry->height >= TARGET_MIN;
}

bool vse_resolve(const vse_ichn_attr_t *input, uint32_t channel, const common_rect_t *roi, uint32_t target_w,
		 uint32_t target_h, struct vse_geometry *geometry)
{
	if (channel >= VSE_OCHN_MAX || !resolve_roi(input, roi, &geometry->roi))
		return false;
	if (!target_w || !target_h) {
		target_w = smaller(geometry->roi.w, target_maximum[channel].width);
		target_h = smaller(geometry->roi.h, target_maximum[channel].height);
	}
	if (target_w > ROI_WIDTH_MAX || target_h % 2)
		return false;
	/* Rounding comes before the checks: a target as wide as its region fails unless that is a multiple of 16. */
	geometry->width = (target_w + 15) & ~15u;
	geometry->height = target_h;
	if (geometry->width > target_maximum[channel].width || geometry->height > target_maximum[channel].height)
		return false;
	return channel == UPSCALE_CHANNEL ? is_upscaling(geometry) : is_downscaling(geometry);
}
