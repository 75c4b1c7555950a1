/* SPDX-License-Identifier: Apache-2.0 */
/* How each consumer does: keeps up, is slow, is stuck. For people to see; no lease depends on it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "producer/producer.h"

/* Without a sign of slowness for so long, a consumer counts as live again. */
#define SETTLE_NS (3 * ZCF_NS_PER_S)
/* Misses are looked at over as many published frames at least. */
#define WINDOW_FRAMES 8

/* The letter that the kernel gives a process's state ('T' is stopped, 'Z' a zombie); 0 if it does not say. */
static char process_state(int32_t pid)
{
	char path[32], text[512];

	if (pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	/* The name stands in parentheses and may hold some itself. */
	const char *end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}

static bool holds_one_for(const struct zcf_producer_lane *lane, uint64_t time_ns, uint64_t now_ns)
{
	for (uint32_t slot = 0; slot < lane->max_leases; slot++)
		if (lane->holds[slot].seen.word && now_ns > lane->holds[slot].seen.start_ns &&
		    now_ns - lane->holds[slot].seen.start_ns > time_ns)
			return true;
	return false;
}

/* Whether it missed a quarter of the frames or more since we last looked. By its own account, so only it is judged. */
static bool misses_many(struct zcf_producer *producer, struct zcf_producer_lane *lane)
{
	uint64_t missed = atomic_load_explicit(&lane->memory->missed, memory_order_relaxed);
	uint64_t published = producer->sequence - lane->window_sequence;
	bool many = published >= WINDOW_FRAMES && missed > lane->window_missed &&
		    missed - lane->window_missed >= published / 4;

	if (published < WINDOW_FRAMES)
		return false;
	lane->window_sequence = producer->sequence;
	lane->window_missed = missed;
	/* Who asked for copies has said that it would be slow. */
	return many && !lane->copies_out;
}

void zcf_producer_begin_judging(const struct zcf_producer *producer, struct zcf_producer_lane *lane)
{
	if (!lane->brings_account)
		return;
	lane->brings_account = false;
	lane->window_sequence = producer->sequence;
	lane->window_missed = atomic_load_explicit(&lane->memory->missed, memory_order_relaxed);
}

static enum zcf_consumer_state judge(struct zcf_producer *producer, struct zcf_producer_lane *lane,
				     uint64_t stuck_after_ns, uint64_t now_ns, const char **ret_why)
{
	char process = process_state(lane->pid);

	if (lane->revoked != lane->window_revoked || misses_many(producer, lane)) {
		lane->window_revoked = lane->revoked;
		lane->slow_until_ns = now_ns + SETTLE_NS;
	}
	*ret_why = "its process is stopped";
	if (process == 'T' || process == 't')
		return ZCF_CONSUMER_STUCK;
	*ret_why = "its process has ended, but another one has its socket";
	if (process == 'Z' || process == 'X')
		return ZCF_CONSUMER_STUCK;
	*ret_why = "it does not give a frame back that it held for too long";
	if (holds_one_for(lane, stuck_after_ns, now_ns))
		return ZCF_CONSUMER_STUCK;
	*ret_why = "it loses frames by holding them too long, or misses a quarter of them or more";
	if (now_ns < lane->slow_until_ns)
		return ZCF_CONSUMER_SLOW;
	*ret_why = "it keeps up";
	return ZCF_CONSUMER_LIVE;
}

void zcf_producer_judge_consumers(struct zcf_producer *producer, uint64_t stuck_after_ns)
{
	uint64_t lanes = producer->lanes_in_use, now_ns = zcf_now_ns();

	zcf_producer_scan_leases(producer, now_ns);
	while (lanes) {
		struct zcf_producer_lane *lane = &producer->lanes[zcf_take_lane(&lanes)];
		const char *why;
		enum zcf_consumer_state state = judge(producer, lane, stuck_after_ns, now_ns, &why);

		if (state == lane->state)
			continue;
		lane->state = state;
		zcf_producer_report(producer, ZCF_EVENT_STATE, lane, 0, why);
	}
}

int zcf_producer_expel(struct zcf_producer *producer, uint64_t consumer_id, const char *detail)
{
	uint64_t lanes = producer->lanes_in_use;

	while (lanes) {
		struct zcf_producer_lane *lane = &producer->lanes[zcf_take_lane(&lanes)];

		if (lane->id == consumer_id) {
			zcf_producer_detach(producer, lane, ZCF_EVENT_EXPELLED, detail);
			return 0;
		}
	}
	return zcf_fail(-ENOENT, "channel %s: there is no consumer %llu any more", producer->channel,
			(unsigned long long)consumer_id);
}

void zcf_producer_set_source_state(struct zcf_producer *producer, enum zcf_source_state state)
{
	if (state == ZCF_SOURCE_SILENT &&
	    atomic_load_explicit(&producer->board->source_state, memory_order_relaxed) == ZCF_SOURCE_DELIVERS)
		producer->source_silences++;
	/* For whoever asks; nothing else depends on it. */
	atomic_store_explicit(&producer->board->source_state, (uint32_t)state, memory_order_relaxed);
}
