/* SPDX-License-Identifier: Apache-2.0 */
/* Draw what the synthetic camera sees at the given times, and say where the ball is. For each scene, on standard
 * output: the ball's middle and radius as three floats, then the picture as NV12 without padding.
 *
 *     draw_scenes WIDTH HEIGHT TIME_MS... */
#include "camerad/sources/scene.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argument_count, char **arguments)
{
	uint32_t width, height;
	struct nv12_image image;
	struct scene *scene;
	size_t pixels;

	if (argument_count < 4)
		return 2;
	width = (uint32_t)strtoul(arguments[1], NULL, 10);
	height = (uint32_t)strtoul(arguments[2], NULL, 10);
	pixels = (size_t)width * height;
	image = (struct nv12_image){
		.width_pixels = width,
		.height_pixels = height,
		.y = malloc(pixels + pixels / 2),
		.stride_y_bytes = (int)width,
		.stride_uv_bytes = (int)width,
	};
	if (image.y == NULL || scene_create(width, height, &scene) != 0)
		return 1;
	image.uv = image.y + pixels;
	for (int i = 3; i < argument_count; i++) {
		struct source_frame frame = {.number = (uint64_t)i,
					     .time_ns = strtoull(arguments[i], NULL, 10) * 1000000};
		struct scene_ball ball;
		float place[3];

		scene_locate_ball(scene, frame.time_ns, &ball);
		place[0] = ball.center_x;
		place[1] = ball.center_y;
		place[2] = ball.radius;
		scene_draw(scene, &frame, &image);
		if (fwrite(place, sizeof(place), 1, stdout) != 1 ||
		    fwrite(image.y, pixels + pixels / 2, 1, stdout) != 1)
			return 1;
	}
	scene_destroy(scene);
	free(image.y);
	return 0;
}
