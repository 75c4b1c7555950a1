/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames a consumer wants: what it is woken for, what it is given, what counts as missed. */
#include "clock.h"
#include "consumer/consumer.h"

ZCF_HOT static uint64_t frame_interval_ns(const struct zcf_consumer *consumer)
{
	return consumer->attachment ? consumer->attachment->info.frame_interval_ns : 0;
}

static uint64_t at_most_interval_ns(const struct zcf_consumer *consumer)
{
	return 1000 * ZCF_NS_PER_S / consumer->rate_value;
}

/* A frame that comes a little early by jitter still counts as on time: half a frame interval. */
static uint64_t earliest_ns(const struct zcf_consumer *consumer)
{
	uint64_t slack_ns = frame_interval_ns(consumer) / 2;

	return consumer->next_due_ns > slack_ns ? consumer->next_due_ns - slack_ns : 0;
}

ZCF_HOT bool zcf_rate_wants_sequence(const struct zcf_consumer *consumer, uint64_t sequence)
{
	return consumer->rate != ZCF_RATE_EVERY_NTH || sequence % consumer->rate_value == 0;
}

ZCF_HOT bool zcf_rate_wants_time(const struct zcf_consumer *consumer, uint64_t publish_ns)
{
	return consumer->rate != ZCF_RATE_AT_MOST_MILLIHERTZ || publish_ns >= earliest_ns(consumer);
}

ZCF_HOT uint64_t zcf_rate_next_sequence(const struct zcf_consumer *consumer)
{
	uint64_t next = consumer->last_sequence + 1;
	uint32_t step = consumer->rate_value;

	if (consumer->rate != ZCF_RATE_EVERY_NTH)
		return next;
	/*
	 * A multiple that went by unseen does not come back. The newest frame may, if its withdrawal fails, so it
	 * is not left out.
	 */
	uint64_t newest = zcf_frame_word_sequence(
		atomic_load_explicit(&consumer->attachment->board->newest, memory_order_relaxed));
	if (newest > next)
		next = newest;
	return (next + step - 1) / step * step;
}

ZCF_HOT uint64_t zcf_rate_next_time_ns(const struct zcf_consumer *consumer)
{
	return consumer->rate == ZCF_RATE_AT_MOST_MILLIHERTZ ? earliest_ns(consumer) : 0;
}

ZCF_HOT uint64_t zcf_rate_interval_ns(const struct zcf_consumer *consumer)
{
	switch (consumer->rate) {
	case ZCF_RATE_EVERY_NTH:
		return frame_interval_ns(consumer) * consumer->rate_value;
	case ZCF_RATE_AT_MOST_MILLIHERTZ:
		return at_most_interval_ns(consumer);
	default:
		return frame_interval_ns(consumer);
	}
}

static uint64_t count_missed(const struct zcf_consumer *consumer, uint64_t sequence)
{
	uint64_t last = consumer->last_sequence;

	/* What went by before the first frame, or between those that a slow rate leaves out, was not wanted. */
	if (last == 0)
		return 0;
	switch (consumer->rate) {
	case ZCF_RATE_EVERY_FRAME:
		return sequence - last - 1;
	case ZCF_RATE_EVERY_NTH:
		return sequence / consumer->rate_value - last / consumer->rate_value - 1;
	default:
		return 0;
	}
}

ZCF_HOT void zcf_rate_advance(struct zcf_consumer *consumer, uint64_t sequence, uint64_t publish_ns)
{
	zcf_count(&consumer->missed, count_missed(consumer, sequence));
	consumer->last_sequence = sequence;
	if (consumer->rate == ZCF_RATE_AT_MOST_MILLIHERTZ) {
		/* Keep to the beat, so that the average is what was asked for; after a pause begin a new one. */
		uint64_t interval_ns = at_most_interval_ns(consumer);
		uint64_t due_ns = consumer->next_due_ns + interval_ns;
		consumer->next_due_ns = publish_ns < due_ns ? due_ns : publish_ns + interval_ns;
	}
}
