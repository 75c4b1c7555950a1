/* SPDX-License-Identifier: Apache-2.0 */
/* What the producer tells others: snapshots for tools, events for the program that it is part of. */
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "producer/producer.h"

void zcf_producer_describe_lane(const struct zcf_producer_lane *lane, struct zcf_snapshot_consumer *ret_consumer)
{
	*ret_consumer = (struct zcf_snapshot_consumer){
		.id = lane->id,
		.attached_time_ns = lane->attached_ns,
		.lease_deadline_ns = lane->lease_deadline_ns,
		.revoked = lane->revoked,
		.skips_caused = lane->skips_caused,
		.pid = lane->pid,
		.uid = lane->uid,
		.rate = lane->rate,
		.rate_value = lane->rate_value,
		.max_leases = lane->max_leases,
		.copies_out = lane->copies_out,
		.state = lane->state,
	};
	memcpy(ret_consumer->label, lane->label, sizeof(lane->label));
}

void zcf_producer_report_consumer(struct zcf_producer *producer, enum zcf_event_kind kind,
				  const struct zcf_snapshot_consumer *consumer, uint64_t sequence, const char *detail)
{
	struct zcf_event event = {.kind = kind, .sequence = sequence, .consumer = consumer, .detail = detail};

	if (!producer->listener)
		return;
	event.buffer_count = producer->pool->buffer_count;
	event.granted_leases = zcf_producer_granted_leases(producer);
	producer->listener(producer->listener_context, &event);
}

void zcf_producer_report(struct zcf_producer *producer, enum zcf_event_kind kind, const struct zcf_producer_lane *lane,
			 uint64_t sequence, const char *detail)
{
	struct zcf_snapshot_consumer consumer;

	zcf_producer_describe_lane(lane, &consumer);
	zcf_producer_report_consumer(producer, kind, &consumer, sequence, detail);
}

/* The consumer's own account of itself: for display, so it needs no checking. */
static void copy_own_account(const struct zcf_lane *memory, struct zcf_snapshot_consumer *consumer)
{
	consumer->acquired = atomic_load_explicit(&memory->acquired, memory_order_relaxed);
	consumer->stale = atomic_load_explicit(&memory->stale, memory_order_relaxed);
	consumer->missed = atomic_load_explicit(&memory->missed, memory_order_relaxed);
	consumer->copied = atomic_load_explicit(&memory->copied, memory_order_relaxed);
	consumer->last_acquire_ns = atomic_load_explicit(&memory->last_acquire_ns, memory_order_relaxed);
	for (uint32_t i = 0; i < ZCF_LATENCY_BUCKETS; i++)
		consumer->latency_counts[i] = atomic_load_explicit(&memory->latency_counts[i], memory_order_relaxed);
}

static void copy_leases(const struct zcf_producer *producer, const struct zcf_producer_lane *lane, uint64_t now_ns,
			struct zcf_snapshot_consumer *consumer)
{
	for (uint32_t slot = 0; slot < lane->max_leases; slot++) {
		const struct zcf_producer_lease *lease = &lane->holds[slot].lease;
		uint32_t index = zcf_frame_word_buffer(lease->word);

		if (lease->word == 0)
			continue;
		consumer->leases[consumer->lease_count++] = (struct zcf_snapshot_lease){
			.sequence = zcf_frame_word_sequence(lease->word),
			.age_ns = now_ns > lease->start_ns ? now_ns - lease->start_ns : 0,
			.buffer_index = index,
			.overdue = producer->overdue_holders[index] >> lane->index & 1,
		};
	}
}

static void count_buffers(const struct zcf_producer *producer, struct zcf_snapshot *snapshot)
{
	for (uint32_t i = 0; i < producer->pool->buffer_count; i++) {
		snapshot->free_buffers += producer->pool->buffers[i].place == ZCF_BUFFER_FREE;
		snapshot->held_buffers += producer->holders[i] != 0;
	}
}

void zcf_producer_get_snapshot(struct zcf_producer *producer, struct zcf_snapshot *ret_snapshot)
{
	uint64_t lanes = producer->lanes_in_use, now_ns = zcf_now_ns();

	zcf_producer_scan_leases(producer, now_ns);
	memset(ret_snapshot, 0, offsetof(struct zcf_snapshot, consumers));
	ret_snapshot->header_size = offsetof(struct zcf_snapshot, consumers);
	ret_snapshot->consumer_size = sizeof(ret_snapshot->consumers[0]);
	memcpy(ret_snapshot->channel, producer->channel, sizeof(ret_snapshot->channel));
	memcpy(ret_snapshot->backend, producer->board->backend, sizeof(ret_snapshot->backend));
	ret_snapshot->epoch = producer->board->epoch;
	ret_snapshot->time_ns = now_ns;
	ret_snapshot->created_time_ns = producer->created_ns;
	ret_snapshot->frame_interval_ns = producer->board->frame_interval_ns;
	ret_snapshot->lease_deadline_ns = producer->board->lease_deadline_ns;
	ret_snapshot->format = producer->pool->format;
	ret_snapshot->published = producer->sequence;
	ret_snapshot->skipped = producer->skipped;
	ret_snapshot->revoked = producer->revoked;
	ret_snapshot->wake_calls = producer->wake_calls;
	ret_snapshot->notice_calls = producer->notice_calls;
	ret_snapshot->attached_total = producer->attached_total;
	ret_snapshot->refused_total = producer->refused_total;
	ret_snapshot->dropped_calls = producer->dropped_calls;
	ret_snapshot->last_frame_number = producer->last_frame_number;
	ret_snapshot->last_publish_ns = producer->last_publish_ns;
	ret_snapshot->last_brightness_avg = producer->last_brightness_avg;
	ret_snapshot->producer_pid = getpid();
	ret_snapshot->buffer_count = producer->pool->buffer_count;
	ret_snapshot->source_state = atomic_load_explicit(&producer->board->source_state, memory_order_relaxed);
	ret_snapshot->source_silences = producer->source_silences;
	ret_snapshot->granted_leases = zcf_producer_granted_leases(producer);
	count_buffers(producer, ret_snapshot);
	while (lanes) {
		const struct zcf_producer_lane *lane = &producer->lanes[zcf_take_lane(&lanes)];
		struct zcf_snapshot_consumer *consumer = &ret_snapshot->consumers[ret_snapshot->consumer_count++];

		zcf_producer_describe_lane(lane, consumer);
		copy_own_account(lane->memory, consumer);
		copy_leases(producer, lane, now_ns, consumer);
	}
}
