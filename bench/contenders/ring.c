/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include "process.h"

int ring_prepare(struct trial *trial, void **ret_state)
{
	size_t stride_bytes = (trial->frame_size_bytes + 4095) / 4096 * 4096;
	size_t size_bytes = sizeof(struct ring) + RING_FRAMES * stride_bytes;
	struct ring *ring = bench_share(size_bytes);

	ring->size_bytes = size_bytes;
	ring->frame_stride_bytes = stride_bytes;
	*ret_state = ring;
	return 0;
}

void ring_clean(struct trial *trial, void *state)
{
	struct ring *ring = state;

	(void)trial;
	bench_unshare(ring, ring->size_bytes);
}

void *ring_frame(struct ring *ring, uint64_t number)
{
	return ring->frames + number % RING_FRAMES * ring->frame_stride_bytes;
}
