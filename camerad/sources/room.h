/* SPDX-License-Identifier: Apache-2.0 */
/** @file room.h
 * The background of the synthetic scene, rendered once, wider than the picture, and copied from a moving
 * position for each frame. */
#ifndef CAMERAD_ROOM_H
#define CAMERAD_ROOM_H

#include "../picture.h"

struct room;

/** @return 0 or -ENOMEM. */
int room_create(uint32_t width_pixels, uint32_t height_pixels, struct room **ret_room);
void room_destroy(struct room *room);

/** @param position  0 shows the left end of the room, 1 the right one. */
void room_draw(const struct room *room, float position, const struct nv12_image *image);

#endif
