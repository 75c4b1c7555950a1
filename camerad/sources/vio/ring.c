/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include "app/log.h"
#include "vendor_error.h"

#include <errno.h>

/* The descriptor says that a frame waits, so this is not waited for; but 0 would mean four seconds. */
#define GETFRAME_TIMEOUT_MS 1

/* The vendor's one answer for everything that may pass. */
#define NO_FRAME (-43)

void vio_ring_init(struct vio_ring *ring, const struct vio_library *library, hbn_handle vse,
		   const struct vio_output *plan)
{
	*ring = (struct vio_ring){
		.library = library,
		.vse = vse,
		.output = plan->number,
		.width_pixels = plan->width_pixels,
		.height_pixels = plan->height_pixels,
		.buffer_count = plan->buffer_count,
	};
}

static void log_code(const struct vio_ring *ring, const char *message, const char *call, int32_t code)
{
	char reason[512];

	vio_vendor_error_describe(call, "", code, reason, sizeof(reason));
	app_log(APP_LOG_ERROR, message, "vse_output=%u reason=\"%s\"", ring->output, reason);
}

static bool is_ours_to_take(const struct vio_ring *ring, int32_t index)
{
	return index >= 0 && (uint32_t)index < ring->buffer_count && (ring->out & 1u << index) == 0;
}

int vio_ring_take(struct vio_ring *ring, struct vio_frame *ret_frame)
{
	union hbn_frame frame = {0};
	int32_t code = ring->library->vnode_getframe(ring->vse, ring->output, GETFRAME_TIMEOUT_MS, &frame);

	if (code == NO_FRAME)
		return -EAGAIN;
	if (code != 0) {
		log_code(ring, "the camera does not hand out a frame", "hbn_vnode_getframe", code);
		return -EIO;
	}
	if (!vio_frame_read(&frame, ring->width_pixels, ring->height_pixels, ret_frame)) {
		app_log(APP_LOG_ERROR, "the camera describes its frames in a way that this program does not know",
			"vse_output=%u size=%ux%u advice=\"libvpf.so.1 is of a newer release than this program knows, "
			"or "
			"the scaler makes another size than it was told\"",
			ring->output, ring->width_pixels, ring->height_pixels);
		return -EPROTO;
	}
	if (!is_ours_to_take(ring, ret_frame->buffer_index)) {
		app_log(APP_LOG_ERROR, "the camera hands out a buffer that it does not have",
			"vse_output=%u buffer=%d of=%u", ring->output, ret_frame->buffer_index, ring->buffer_count);
		return -EPROTO;
	}
	ring->out |= 1u << ret_frame->buffer_index;
	ring->taken++;
	return 0;
}

void vio_ring_return(struct vio_ring *ring, uint32_t index)
{
	union hbn_frame frame;
	int32_t code;

	if (index >= ring->buffer_count || (ring->out & 1u << index) == 0)
		return;
	/* Whatever the driver says: a second attempt could give back a buffer that is being filled again. */
	ring->out &= ~(1u << index);
	ring->returned++;
	vio_frame_name_buffer(&frame, index);
	code = ring->library->vnode_releaseframe(ring->vse, ring->output, &frame);
	if (code != 0 && ring->refused++ == 0)
		log_code(ring, "the camera does not take a buffer back", "hbn_vnode_releaseframe", code);
}

void vio_ring_return_all(struct vio_ring *ring)
{
	for (uint32_t i = 0; i < ring->buffer_count; i++)
		vio_ring_return(ring, i);
}

uint32_t vio_ring_excess(const struct vio_ring *ring)
{
	uint32_t out = (uint32_t)__builtin_popcount(ring->out);
	uint32_t allowed = ring->buffer_count - VIO_HARDWARE_NEEDS;

	return out > allowed ? out - allowed : 0;
}
