/* SPDX-License-Identifier: Apache-2.0 */
#include "pace.h"

/* A frame that comes late was held up on its way, by us as well; the next one may be in time again. So lateness is
 * believed slowly, and earliness at once. */
#define LATENESS_SHARE 8

/* The interval is that of the sensor's clock: it hardly changes, so one measurement changes it little. */
#define INTERVAL_SHARE 16

void vio_pace_init(struct vio_pace *pace, uint64_t interval_ns, uint32_t stride)
{
	*pace = (struct vio_pace){.interval_ns = interval_ns, .stride = stride > 0 ? stride : 1};
}

/* Time stamps are taken when the sensor's frame begins, so they do not suffer from the load of this machine. */
static void learn_interval(struct vio_pace *pace, uint64_t capture_ns, uint64_t number)
{
	uint64_t frames = number - pace->last_number, sample;

	if (number <= pace->last_number || capture_ns <= pace->last_capture_ns)
		return;
	sample = (capture_ns - pace->last_capture_ns) / frames;
	/* Not what a pause or a restart makes of it. */
	if (sample > pace->interval_ns / 2 && sample < pace->interval_ns * 2)
		pace->interval_ns += (uint64_t)((int64_t)(sample - pace->interval_ns) / INTERVAL_SHARE);
}

void vio_pace_frame(struct vio_pace *pace, uint64_t now_ns, uint64_t capture_ns, uint64_t number)
{
	uint64_t step_ns;

	if (pace->started)
		learn_interval(pace, capture_ns, number);
	step_ns = pace->interval_ns * pace->stride;
	while (pace->started && pace->due_ns + step_ns / 2 < now_ns)
		pace->due_ns += pace->interval_ns;
	if (!pace->started || now_ns < pace->due_ns)
		pace->due_ns = now_ns;
	else
		pace->due_ns += (now_ns - pace->due_ns) / LATENESS_SHARE;
	pace->due_ns += step_ns;
	pace->started = true;
	pace->last_capture_ns = capture_ns;
	pace->last_number = number;
}

void vio_pace_miss(struct vio_pace *pace)
{
	pace->due_ns += pace->interval_ns * pace->stride;
}
