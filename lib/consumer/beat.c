/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/beat.h"

/* So many frames in time before the beat is trusted. */
#define TRUST_FRAMES 8
/* After so many spins in vain, so many frames are not anticipated. */
#define FAILURES     4
#define PAUSE_FRAMES 64
/* Weights of what is new: in the mean and deviation, in the phase, in the period. */
#define MEAN_WEIGHT   8
#define PHASE_WEIGHT  4
#define PERIOD_WEIGHT 16
/* Deviations from the mean that are allowed for. */
#define DEVIATIONS 3
/* What is allowed for in any case: clocks are read a little later than things happen. */
#define SLACK_NS 5000

void zcf_beat_reset(struct zcf_beat *beat)
{
	*beat = (struct zcf_beat){.limit_ns = beat->limit_ns};
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static uint64_t approach(uint64_t value, uint64_t target, uint32_t weight)
{
	return target > value ? value + (target - value) / weight : value - (value - target) / weight;
}

/* Frames that come at no beat, or at another: begin anew with this one. */
static void start_over(struct zcf_beat *beat, uint64_t period_ns, uint64_t publish_ns)
{
	beat->period_ns = period_ns;
	beat->phase_ns = publish_ns;
	beat->deviation_ns = 0;
	beat->in_time = 0;
}

void zcf_beat_observe(struct zcf_beat *beat, uint64_t publish_ns)
{
	uint64_t interval_ns = publish_ns - beat->phase_ns;

	if (beat->pause > 0)
		beat->pause--;
	if (publish_ns <= beat->phase_ns || beat->phase_ns == 0 || beat->period_ns == 0) {
		start_over(beat, beat->phase_ns == 0 || publish_ns <= beat->phase_ns ? 0 : interval_ns, publish_ns);
		return;
	}
	/* Frames may be missing, because they were not wanted or the camera lost them: the beat goes on. */
	uint64_t beats = (interval_ns + beat->period_ns / 2) / beat->period_ns;
	uint64_t due_ns = beat->phase_ns + beats * beat->period_ns;
	uint64_t error_ns = distance(publish_ns, due_ns);

	if (beats == 0 || error_ns > beat->period_ns / 4) {
		start_over(beat, interval_ns, publish_ns);
		return;
	}
	beat->deviation_ns = approach(beat->deviation_ns, error_ns, MEAN_WEIGHT);
	beat->period_ns =
		approach(beat->period_ns,
			 publish_ns > due_ns ? beat->period_ns + error_ns / beats : beat->period_ns - error_ns / beats,
			 PERIOD_WEIGHT);
	beat->phase_ns = approach(due_ns, publish_ns, PHASE_WEIGHT);
	if (beat->in_time < TRUST_FRAMES)
		beat->in_time++;
}

bool zcf_beat_plan(const struct zcf_beat *beat, uint64_t now_ns, struct zcf_beat_window *ret_window)
{
	uint64_t due_ns = beat->phase_ns + beat->period_ns;
	uint64_t margin_ns = DEVIATIONS * beat->deviation_ns + SLACK_NS;
	uint64_t unsure_ns = DEVIATIONS * beat->lateness.deviation_ns;

	if (beat->limit_ns == 0 || beat->in_time < TRUST_FRAMES || beat->pause > 0)
		return false;
	/* The frame may be early or late by the margin, and we awake early by what the sleep is unsure by. */
	if (2 * margin_ns + unsure_ns > beat->limit_ns)
		return false;
	/* A frame that is overdue may come at any time. */
	if (now_ns >= due_ns + margin_ns)
		return false;
	ret_window->end_ns = due_ns + margin_ns;
	ret_window->wake_ns = due_ns - margin_ns - unsure_ns - beat->lateness.value_ns;
	return true;
}

void zcf_beat_woke(struct zcf_beat *beat, uint64_t asked_ns, uint64_t woke_ns)
{
	struct zcf_beat_mean *lateness = &beat->lateness;
	uint64_t late_ns = woke_ns > asked_ns ? woke_ns - asked_ns : 0;

	/* One sleep that the machine spoiled says little about the next. */
	if (late_ns > beat->limit_ns)
		late_ns = beat->limit_ns;
	lateness->deviation_ns = approach(lateness->deviation_ns, distance(late_ns, lateness->value_ns), MEAN_WEIGHT);
	lateness->value_ns = approach(lateness->value_ns, late_ns, MEAN_WEIGHT);
}

void zcf_beat_spun(struct zcf_beat *beat, bool found)
{
	beat->failures = found ? 0 : beat->failures + 1;
	if (beat->failures < FAILURES)
		return;
	beat->failures = 0;
	beat->pause = PAUSE_FRAMES;
}
