/* SPDX-License-Identifier: Apache-2.0 */
#include "pixel_format.h"

#include "../include/emulated_hb_mem.h"

/** Plane 0 has `factor` times stride times vstride bytes; the others are that by `divisor`, times `multiplier`.
 * The stride, if not given, is the width times `bits` / 8. */
static const struct format {
	uint8_t planes, factor, multiplier, divisor, bits;
} formats[MEM_PIX_FMT_TOTAL] = {
	[MEM_PIX_FMT_RGB565] = {1, 2, 0, 1, 8},   [MEM_PIX_FMT_RGB24] = {1, 3, 0, 1, 8},
	[MEM_PIX_FMT_BGR24] = {1, 3, 0, 1, 8},    [MEM_PIX_FMT_ARGB] = {1, 4, 0, 1, 8},
	[MEM_PIX_FMT_RGBA] = {1, 4, 0, 1, 8},     [MEM_PIX_FMT_ABGR] = {1, 4, 0, 1, 8},
	[MEM_PIX_FMT_BGRA] = {1, 4, 0, 1, 8},     [MEM_PIX_FMT_YUV420P] = {3, 1, 1, 4, 8},
	[MEM_PIX_FMT_NV12] = {2, 1, 1, 2, 8},     [MEM_PIX_FMT_NV21] = {2, 1, 1, 2, 8},
	[MEM_PIX_FMT_YUV422P] = {3, 1, 1, 2, 8},  [MEM_PIX_FMT_NV16] = {2, 1, 1, 1, 8},
	[MEM_PIX_FMT_NV61] = {2, 1, 1, 1, 8},     [MEM_PIX_FMT_YUYV422] = {1, 1, 0, 1, 16},
	[MEM_PIX_FMT_YVYU422] = {1, 1, 0, 1, 16}, [MEM_PIX_FMT_UYVY422] = {1, 1, 0, 1, 16},
	[MEM_PIX_FMT_VYUY422] = {1, 1, 0, 1, 16}, [MEM_PIX_FMT_YUV444] = {1, 1, 0, 1, 24},
	[MEM_PIX_FMT_YUV444P] = {3, 1, 1, 1, 8},  [MEM_PIX_FMT_NV24] = {2, 1, 2, 1, 8},
	[MEM_PIX_FMT_NV42] = {2, 1, 2, 1, 8},     [MEM_PIX_FMT_YUV440P] = {3, 1, 1, 2, 8},
	[MEM_PIX_FMT_YUV400] = {1, 1, 0, 1, 8},   [MEM_PIX_FMT_RAW8] = {1, 1, 0, 1, 8},
	[MEM_PIX_FMT_RAW10] = {1, 1, 0, 1, 10},   [MEM_PIX_FMT_RAW12] = {1, 1, 0, 1, 12},
	[MEM_PIX_FMT_RAW14] = {1, 1, 0, 1, 14},   [MEM_PIX_FMT_RAW16] = {1, 1, 0, 1, 16},
	[MEM_PIX_FMT_RAW20] = {1, 1, 0, 1, 20},   [MEM_PIX_FMT_RAW24] = {1, 1, 0, 1, 24},
};

bool picture_layout(int32_t width, int32_t height, int32_t format, int32_t stride, int32_t vstride,
		    struct picture_layout *layout)
{
	if (width <= 0 || height <= 0 || format < 0 || format >= MEM_PIX_FMT_TOTAL)
		return false;
	if ((stride && stride < width) || (vstride && vstride < height))
		return false;
	const struct format *shape = &formats[format];
	uint64_t line = stride ? (uint64_t)stride : (uint64_t)width * shape->bits / 8;
	uint64_t area = line * (uint64_t)(vstride ? vstride : height);
	*layout = (struct picture_layout){.plane_count = shape->planes, .sizes[0] = area * shape->factor};
	layout->total = layout->sizes[0];
	for (int i = 1; i < shape->planes; i++) {
		layout->sizes[i] = area * shape->multiplier / shape->divisor;
		layout->total += layout->sizes[i];
	}
	return true;
}
