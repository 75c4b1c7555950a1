/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The camera's beat: when the next frame is due, learned from when frames were published. It knows no clock and no
 * consumer: all times are told to it, so that it does the same in every run.
 *
 * A consumer that anticipates sleeps until shortly before a frame is due, and spins for it. How long before depends on
 * how far frames stray from the beat and how late timed sleeps end, both learned. If that takes longer than the user
 * allows, or if frames fail to come, it leaves off by itself: an irregular camera costs nothing.
 */
#ifndef ZCF_CONSUMER_BEAT_H
#define ZCF_CONSUMER_BEAT_H

#include <stdbool.h>
#include <stdint.h>

/* A mean, and how far from it things are on average; of the last dozen or so. */
struct zcf_beat_mean {
	uint64_t value_ns;
	uint64_t deviation_ns;
};

struct zcf_beat {
	uint64_t limit_ns;  /* Longest spin for one frame; 0: do not anticipate. */
	uint64_t period_ns; /* 0: not known. */
	uint64_t phase_ns;  /* When the last frame was due. */
	uint64_t deviation_ns;
	struct zcf_beat_mean lateness; /* Of timed sleeps. */
	uint32_t in_time;              /* Frames in a row that came when they were due, up to what is needed. */
	uint32_t failures;             /* Spins in a row that ended without a frame. */
	uint32_t pause;                /* So many frames are not anticipated. */
};

/* When to wake up, and when to give up spinning. */
struct zcf_beat_window {
	uint64_t wake_ns;
	uint64_t end_ns;
};

/* Forget everything but the limit. */
void zcf_beat_reset(struct zcf_beat *beat);

/* A frame was published at that time. */
void zcf_beat_observe(struct zcf_beat *beat, uint64_t publish_ns);

/* What to do about the next frame. False: sleep as usual. */
bool zcf_beat_plan(const struct zcf_beat *beat, uint64_t now_ns, struct zcf_beat_window *ret_window);

/* A sleep that was to end at `asked_ns` ended at `woke_ns`. */
void zcf_beat_woke(struct zcf_beat *beat, uint64_t asked_ns, uint64_t woke_ns);

/* A spin ended, with a frame or without. */
void zcf_beat_spun(struct zcf_beat *beat, bool found);

#endif
