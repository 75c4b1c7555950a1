/* SPDX-License-Identifier: Apache-2.0 */
#include "frame_description.h"

#include <string.h>

/* What the CPU may write, of the vendor's usage flags. */
#define CPU_WRITE_MASK INT64_C(0xF0)

static int32_t count_planes(const struct zcf_frame_info *info)
{
	return info->format.plane_count < ZERO_COPY_PLANES ? (int32_t)info->format.plane_count : ZERO_COPY_PLANES;
}

static void describe_design(ZeroCopyFrame *design, const struct zcf_frame_info *info)
{
	*design = (ZeroCopyFrame){
		.frame_number = info->frame_number,
		.timestamp = {.tv_sec = (time_t)(info->capture_time_ns / 1000000000),
			      .tv_nsec = (long)(info->capture_time_ns % 1000000000)},
		.camera_id = info->camera_id,
		.width = (int)info->format.width_pixels,
		.height = (int)info->format.height_pixels,
		.format = info->design_format,
		.brightness_avg = info->brightness_avg,
		.correction_applied = info->correction_applied,
		.plane_cnt = count_planes(info),
		.version = info->version,
	};
	for (int32_t i = 0; i < design->plane_cnt; i++) {
		design->share_id[i] = info->share_id[i];
		design->plane_size[i] = info->format.planes[i].size_bytes;
	}
}

/* A plane as a buffer of its own: one that shares its buffer with the plane before is a part of that. */
static void describe_plane(struct zero_copy_common_buffer *common, const struct zero_copy_graphic_buffer *graphic,
			   int32_t plane)
{
	*common = (struct zero_copy_common_buffer){
		.share_id = graphic->share_id[graphic->is_contig ? 0 : plane],
		.flags = graphic->flags,
		.size = graphic->size[plane],
		.phys_addr = graphic->phys_addr[plane],
	};
}

static void describe_buffer(struct zero_copy_extension *extension, const struct zcf_frame *frame)
{
	struct zero_copy_graphic_buffer *graphic = &extension->graphic;
	const void *handle;
	size_t size;

	/* Memory that needs no description of the vendor's cannot be imported by its means. */
	if (zcf_frame_get_handle(frame, &handle, &size) != 0 || size != sizeof(*graphic))
		return;
	memcpy(graphic, handle, size);
	/* Of our process, and of no use to others. */
	memset(graphic->fd, 0, sizeof(graphic->fd));
	memset(graphic->virt_addr, 0, sizeof(graphic->virt_addr));
	/* Who imports what stands here gets a mapping that faults on writes. */
	graphic->flags &= ~CPU_WRITE_MASK;
	for (int32_t i = 0; i < ZERO_COPY_PLANES && i < graphic->plane_cnt; i++)
		describe_plane(&extension->common[i], graphic, i);
}

void frame_description_init(struct frame_description *description, const struct zcf_frame *frame,
			    uint64_t lease_until_ns)
{
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);

	memset(description, 0, sizeof(*description));
	describe_design(&description->design, info);
	description->extension = (struct zero_copy_extension){
		.magic = ZERO_COPY_EXTENSION_MAGIC,
		.version = ZERO_COPY_EXTENSION_VERSION,
		.size_bytes = sizeof(description->extension),
		.state = ZERO_COPY_SERVED,
		.epoch = info->epoch,
		.sequence = info->sequence,
		.held_sequence = info->sequence,
		.lease_until_ns = lease_until_ns,
		.capture_wall_ns = info->capture_wall_ns,
	};
	for (int32_t i = 0; i < description->design.plane_cnt; i++) {
		description->extension.stride_bytes[i] = info->format.planes[i].stride_bytes;
		description->extension.plane_offset_bytes[i] = info->format.planes[i].offset_bytes;
	}
	describe_buffer(&description->extension, frame);
}
