/* SPDX-License-Identifier: Apache-2.0 */
#include "numbering.h"

/* Numbers that go back by less than this are an old frame or a sensor that was reset, not a gap of two years. */
#define GREATEST_STEP (UINT32_MAX / 2)

void vio_numbering_init(struct vio_numbering *numbering, uint64_t base, uint32_t from, uint32_t to)
{
	bool every = from == 0 || to == 0 || to >= from;

	*numbering = (struct vio_numbering){.base = base, .from = every ? 1 : from, .to = every ? 1 : to};
}

static void begin(struct vio_numbering *numbering, uint64_t number)
{
	numbering->started = true;
	numbering->first = numbering->number = number;
	numbering->accounted = 0;
}

/* How many frames the output delivers at least in so many of the sensor's: whatever phase its rate control is in. */
static uint64_t deliveries(const struct vio_numbering *numbering, uint64_t frames)
{
	return frames / numbering->from * numbering->to + frames % numbering->from * numbering->to / numbering->from;
}

uint64_t vio_numbering_take(struct vio_numbering *numbering, uint32_t frame_id)
{
	uint32_t step = frame_id - numbering->last_id;
	uint64_t expected, lost;

	numbering->last_id = frame_id;
	if (!numbering->started) {
		begin(numbering, numbering->base + frame_id);
		return 0;
	}
	if (step == 0 || step > GREATEST_STEP) {
		begin(numbering, numbering->number + 1);
		return 0;
	}
	numbering->number += step;
	numbering->accounted++;
	expected = deliveries(numbering, numbering->number - numbering->first);
	lost = expected > numbering->accounted ? expected - numbering->accounted : 0;
	numbering->accounted += lost;
	return lost;
}

void vio_numbering_lose(struct vio_numbering *numbering)
{
	numbering->accounted++;
}
