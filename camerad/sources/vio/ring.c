/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include "app/log.h"
#include "vendor_error.h"

#include <errno.h>

/* The descriptor says that a frame waits, so this is not waited for; but 0 would mean four seconds. */
#define GETFRAME_TIMEOUT_MS 1

/* The vendor's one answer for everything that may pass. */
#define NO_FRAME (-43)

void vio_ring_init(struct vio_ring *ring, const struct vio_library *library, hbn_handle vse, uint32_t output,
		   uint32_t buffer_count)
{
	*ring = (struct vio_ring){.library = library, .vse = vse, .output = output, .buffer_count = buffer_count};
}

static void log_code(const struct vio_ring *ring, const char *message, const char *call, int32_t code)
{
	char reason[512];

	vio_vendor_error_describe(call, "", code, reason, sizeof(reason));
	app_log(APP_LOG_ERROR, message, "vse_output=%u reason=\"%s\"", ring->output, reason);
}

int vio_ring_take(struct vio_ring *ring, struct hbn_image *ret_image)
{
	int32_t code = ring->library->vnode_getframe(ring->vse, ring->output, GETFRAME_TIMEOUT_MS, ret_image);
	int32_t index = ret_image->buffer_index;

	if (code == NO_FRAME)
		return -EAGAIN;
	if (code != 0) {
		log_code(ring, "the camera does not hand out a frame", "hbn_vnode_getframe", code);
		return -EIO;
	}
	if (index < 0 || (uint32_t)index >= ring->buffer_count || (ring->out & 1u << index) != 0) {
		app_log(APP_LOG_ERROR, "the camera hands out a buffer that it does not have",
			"vse_output=%u buffer=%d of=%u", ring->output, index, ring->buffer_count);
		return -EPROTO;
	}
	ring->out |= 1u << index;
	ring->taken++;
	return 0;
}

void vio_ring_return(struct vio_ring *ring, uint32_t index)
{
	struct hbn_image image = {.buffer_index = (int32_t)index};
	int32_t code;

	if (index >= ring->buffer_count || (ring->out & 1u << index) == 0)
		return;
	/* Whatever the driver says: a second attempt could give back a buffer that is being filled again. */
	ring->out &= ~(1u << index);
	ring->returned++;
	code = ring->library->vnode_releaseframe(ring->vse, ring->output, &image);
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
