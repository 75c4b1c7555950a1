/* SPDX-License-Identifier: Apache-2.0 */
#include "image_layout.h"

#include "../shared/settings.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>

struct later_image {
	uint32_t frame_id;
	uint64_t timestamps, sys_timestamps;
	struct timeval tv, trig_tv;
	uint32_t frame_done;
	int32_t bufferindex;
	hb_mem_graphic_buf_t buffer;
	void *metadata;
};
static_assert(sizeof(struct later_image) == 232, "hbn_vnode_image_t of later headers");
static_assert(offsetof(struct later_image, buffer) == 64, "hbn_vnode_image_t of later headers");

struct later_group {
	struct later_image image[HBN_LAYER_MAXIMUM];
	uint32_t bit_map;
	void *metadata;
};

static pthread_once_t asked = PTHREAD_ONCE_INIT;
static bool is_later;

static void ask(void)
{
	is_later = emulation_setting_on("ZCF_EMULATION_LATER_HEADERS");
}

bool later_headers(void)
{
	pthread_once(&asked, ask);
	return is_later;
}

static uint64_t wall_time_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void image_give(const hbn_vnode_image_t *image, void *program_image)
{
	if (!later_headers()) {
		*(hbn_vnode_image_t *)program_image = *image;
		return;
	}
	*(struct later_image *)program_image = (struct later_image){
		.frame_id = image->info.frame_id,
		.timestamps = image->info.timestamps,
		.sys_timestamps = wall_time_ns(),
		.tv = image->info.tv,
		.trig_tv = image->info.trig_tv,
		.frame_done = image->info.frame_done,
		.bufferindex = image->info.bufferindex,
		.buffer = image->buffer,
		.metadata = image->metadata,
	};
}

hbn_vnode_image_t image_read(const void *program_image)
{
	const struct later_image *later = program_image;
	if (!later_headers())
		return *(const hbn_vnode_image_t *)program_image;
	return (hbn_vnode_image_t){
		.info = {.frame_id = later->frame_id,
			 .timestamps = later->timestamps,
			 .tv = later->tv,
			 .trig_tv = later->trig_tv,
			 .frame_done = later->frame_done,
			 .bufferindex = later->bufferindex},
		.buffer = later->buffer,
		.metadata = later->metadata,
	};
}

uint32_t *group_bit_map(hbn_vnode_image_group_t *program_group)
{
	return later_headers() ? &((struct later_group *)program_group)->bit_map : &program_group->bit_map;
}
