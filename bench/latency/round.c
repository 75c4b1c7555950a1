/* SPDX-License-Identifier: Apache-2.0 */
/* One round: a process that sends and one that receives for each variant. The sender takes the variants in turn,
 * wake-up by wake-up, so that whatever else happens on the machine happens to all of them alike. */
#include "clock.h"
#include "frame_wake.h"
#include "futex_wake.h"
#include "measure.h"
#include "process.h"

const struct variant measure_variants[MEASURE_VARIANTS] = {
	{.name = "futex", .title = "a bare futex wake"},
	{.name = "frame_640x360", .title = "a frame of 640x360", .width = 640, .height = 360},
	{.name = "frame_3840x2160", .title = "a frame of 3840x2160", .width = 3840, .height = 2160},
};

struct contest {
	const struct plan *plan;
	uint32_t first; /* which variant goes first */
	struct futex_page *page;
	struct samples samples[MEASURE_VARIANTS];
	struct publisher publishers[MEASURE_VARIANTS]; /* of the sender; none for the futex */
};

struct receiver {
	struct contest *contest;
	uint32_t variant;
};

static bool is_futex(uint32_t variant)
{
	return measure_variants[variant].width == 0;
}

static int run_receiver(void *context)
{
	const struct receiver *receiver = context;
	struct contest *contest = receiver->contest;
	struct samples *samples = &contest->samples[receiver->variant];

	if (!is_futex(receiver->variant))
		return frame_receive(contest->plan, measure_variants[receiver->variant].name, samples, samples->count);
	futex_receive(contest->page, samples);
	return 0;
}

static int open_all(struct contest *contest)
{
	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
		const struct variant *variant = &measure_variants[i];
		int error = 0;
		if (!is_futex(i))
			error = publisher_open(&contest->publishers[i], contest->plan, variant->name, variant->width,
					       variant->height);
		if (error < 0)
			return error;
	}
	futex_wait_for_receiver(contest->page);
	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++)
		if (!is_futex(i) && publisher_wait_for_consumers(&contest->publishers[i], 1) < 0)
			return -1;
	return 0;
}

static int send_all(struct contest *contest)
{
	uint64_t interval_ns = contest->plan->interval_ns;
	uint64_t start_ns = bench_now_ns() + interval_ns;

	for (uint32_t i = 0; i < contest->plan->frames; i++) {
		for (uint32_t turn = 0; turn < MEASURE_VARIANTS; turn++) {
			uint32_t variant = (contest->first + turn) % MEASURE_VARIANTS;
			bench_sleep_until(start_ns + i * interval_ns + turn * interval_ns / MEASURE_VARIANTS);
			if (is_futex(variant))
				futex_send(contest->page, &contest->samples[variant], i);
			else if (frame_send(&contest->publishers[variant], &contest->samples[variant], i) < 0)
				return -1;
		}
	}
	bench_sleep_until(start_ns + contest->plan->frames * interval_ns);
	return 0;
}

static int run_sender(void *context)
{
	struct contest *contest = context;
	int error = open_all(contest);

	if (error == 0)
		error = send_all(contest);
	if (error == 0)
		futex_dismiss(contest->page, &contest->samples[0]);
	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
		if (is_futex(i))
			continue;
		if (error == 0)
			error = publisher_dismiss_consumers(&contest->publishers[i], contest->plan->frames);
		publisher_close(&contest->publishers[i]);
	}
	return error;
}

int measure_round(const struct plan *plan, uint32_t round, struct latency ret_latencies[MEASURE_VARIANTS])
{
	struct contest contest = {.plan = plan, .first = round % MEASURE_VARIANTS, .page = futex_page_create()};
	struct receiver receivers[MEASURE_VARIANTS];
	pid_t processes[MEASURE_VARIANTS + 1];
	int error;

	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++)
		samples_create(&contest.samples[i], plan->frames);
	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
		receivers[i] = (struct receiver){.contest = &contest, .variant = i};
		processes[i] = bench_fork(plan->machine.consumer_processor, run_receiver, &receivers[i]);
	}
	processes[MEASURE_VARIANTS] = bench_fork(plan->machine.producer_processor, run_sender, &contest);
	error = bench_wait_all(processes, MEASURE_VARIANTS + 1);
	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
		if (error == 0)
			samples_summarise(&contest.samples[i], &ret_latencies[i]);
		samples_destroy(&contest.samples[i]);
	}
	futex_page_destroy(contest.page);
	return error;
}
