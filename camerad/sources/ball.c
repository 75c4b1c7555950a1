/* SPDX-License-Identifier: Apache-2.0 */
#include "ball.h"

#include <math.h>

/* The pixels that a shape may touch: a rectangle inside the image, with even edges so that each chroma
 * sample is drawn whole. */
struct box {
	uint32_t left, top, right, bottom;
};

static uint32_t clamp_edge(float edge, uint32_t limit)
{
	if (edge < 0)
		return 0;
	return edge < (float)limit ? (uint32_t)edge : limit;
}

static struct box box_around(float x, float y, float half_width, float half_height, const struct nv12_image *image)
{
	return (struct box){
		.left = clamp_edge(x - half_width - 1, image->width_pixels) & ~1u,
		.top = clamp_edge(y - half_height - 1, image->height_pixels) & ~1u,
		.right = (clamp_edge(x + half_width + 2, image->width_pixels - 1) + 1) & ~1u,
		.bottom = (clamp_edge(y + half_height + 2, image->height_pixels - 1) + 1) & ~1u,
	};
}

void ball_draw_shadow(const struct scene_ball *ball, float floor_y, const struct nv12_image *image)
{
	float height = (floor_y - ball->center_y) / ball->radius;
	float half_width = ball->radius * (0.8f + 0.1f * height), half_height = half_width * 0.22f;
	float strength = 0.7f / (1 + 0.5f * height);
	struct box box = box_around(ball->center_x, floor_y, half_width, half_height, image);

	for (uint32_t y = box.top; y < box.bottom; y++) {
		uint8_t *row = image->y + (size_t)y * (size_t)image->stride_y_bytes;

		for (uint32_t x = box.left; x < box.right; x++) {
			float dx = ((float)x - ball->center_x) / half_width, dy = ((float)y - floor_y) / half_height;
			float inside = 1 - dx * dx - dy * dy;

			if (inside > 0)
				row[x] = (uint8_t)((float)row[x] * (1 - strength * inside));
		}
	}
}

/* Dark lines where two planes, and two bowls to the sides, cut the sphere. */
static bool is_seam(float x, float y, float z, float cosine, float sine)
{
	float along = x * cosine + y * sine, across = y * cosine - x * sine;

	return fabsf(along) < 0.045f || fabsf(across) < 0.045f || fabsf(fabsf(along) - 0.45f - 0.3f * z * z) < 0.045f;
}

/* Luma of a point of the sphere's near side, lit from the upper left. */
static float shade(float x, float y, float z, bool seam)
{
	float light = -0.45f * x - 0.6f * y + 0.66f * z;

	if (light < 0)
		light = 0;
	return seam ? 22 + 30 * light : 62 + 128 * light + 40 * powf(light, 16);
}

static uint8_t blend(uint8_t under, float over, float coverage)
{
	return (uint8_t)((float)under + coverage * (over - (float)under));
}

static void draw_chroma(const struct nv12_image *image, uint32_t x, uint32_t y, bool seam, float coverage)
{
	uint8_t *uv = image->uv + (size_t)(y / 2) * (size_t)image->stride_uv_bytes + x;

	uv[0] = blend(uv[0], seam ? 124 : 78, coverage);
	uv[1] = blend(uv[1], seam ? 134 : 186, coverage);
}

void ball_draw(const struct scene_ball *ball, const struct nv12_image *image)
{
	struct box box = box_around(ball->center_x, ball->center_y, ball->radius, ball->radius, image);
	float cosine = cosf(ball->turn), sine = sinf(ball->turn), scale = 1 / ball->radius;

	for (uint32_t y = box.top; y < box.bottom; y++) {
		uint8_t *row = image->y + (size_t)y * (size_t)image->stride_y_bytes;

		for (uint32_t x = box.left; x < box.right; x++) {
			float dx = ((float)x - ball->center_x) * scale, dy = ((float)y - ball->center_y) * scale;
			float squared = dx * dx + dy * dy, coverage, dz;
			bool seam;

			/* One pixel of soft edge. */
			coverage = fminf(1, (1 - sqrtf(squared)) * ball->radius + 0.5f);
			if (coverage <= 0)
				continue;
			dz = squared < 1 ? sqrtf(1 - squared) : 0;
			seam = is_seam(dx, dy, dz, cosine, sine);
			row[x] = blend(row[x], shade(dx, dy, dz, seam), coverage);
			if (x % 2 == 0 && y % 2 == 0)
				draw_chroma(image, x, y, seam, coverage);
		}
	}
}
