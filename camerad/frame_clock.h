/* SPDX-License-Identifier: Apache-2.0 */
/** @file frame_clock.h
 * When the next frame is due: a timer on a fixed grid of absolute times, so that a late frame makes none after
 * it late. Grid times that went by unnoticed are counted, never made up for in a burst. */
#ifndef CAMERAD_FRAME_CLOCK_H
#define CAMERAD_FRAME_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct frame_clock {
	int timer_fd; /**< Readable when a frame is due. */
	uint64_t interval_ns;
	uint64_t next_due_ns;
	bool running;
};

/** @return 0 or a negative errno. The clock stands still. */
int frame_clock_open(struct frame_clock *clock);
void frame_clock_close(struct frame_clock *clock);

/** Start, with the first frame due at once, or change the rate. */
void frame_clock_start(struct frame_clock *clock, uint32_t rate_millihertz);
void frame_clock_stop(struct frame_clock *clock);

/**
 * Take the newest grid time that has come.
 *
 * @param ret_due_ns  When the frame was due.
 * @param ret_missed  Grid times before it that were not taken.
 * @return Whether a frame is due.
 */
bool frame_clock_take(struct frame_clock *clock, uint64_t *ret_due_ns, uint64_t *ret_missed);

/** Nanoseconds from one frame to the next. */
uint64_t frame_interval_ns(uint32_t rate_millihertz);

#endif
