/* SPDX-License-Identifier: Apache-2.0 */
/** @file ball.h
 * The basketball of the synthetic scene. */
#ifndef CAMERAD_BALL_H
#define CAMERAD_BALL_H

#include "scene.h"

/** Darken the floor below the ball; the higher it is, the fainter and wider. */
void ball_draw_shadow(const struct scene_ball *ball, float floor_y, const struct nv12_image *image);
void ball_draw(const struct scene_ball *ball, const struct nv12_image *image);

#endif
