/* SPDX-License-Identifier: Apache-2.0 */
/** @file scene.h
 * The room that the synthetic camera sees: a textured wall and floor that pass slowly, and a basketball that
 * bounces through them (bright orange with dark seams: by colour, contrast and class something that a small
 * detector can find). On top a strip of 32 black and white cells, the frame number in binary, so that a
 * program can check which frame it holds, and the clock and the number as text.
 *
 * The picture follows from the frame alone: the same frame is drawn the same twice. */
#ifndef CAMERAD_SCENE_H
#define CAMERAD_SCENE_H

#include "../source.h"

struct scene;

/** @return 0 or -ENOMEM. The size is even. */
int scene_create(uint32_t width_pixels, uint32_t height_pixels, struct scene **ret_scene);
void scene_destroy(struct scene *scene);

/** Draw the frame. @param image  Of the scene's size. */
void scene_draw(const struct scene *scene, const struct source_frame *frame, const struct nv12_image *image);

/** Where the ball is. */
struct scene_ball {
	float center_x, center_y, radius; /**< Pixels. */
	float turn;                       /**< Radians that it has rolled. */
};

void scene_locate_ball(const struct scene *scene, uint64_t time_ns, struct scene_ball *ret_ball);

/** Rows of the strip with the frame number; 0 in images too narrow for it. */
uint32_t scene_strip_height(uint32_t width_pixels, uint32_t height_pixels);

#endif
