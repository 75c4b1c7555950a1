/* SPDX-License-Identifier: Apache-2.0 */
/* Offering a frame to every consumer at once, and waking those that sleep for it. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "fault_points.h"
#include "format.h"
#include "hot.h"
#include "probes.h"
#include "producer/producer.h"
#include "transport/message.h"

ZCF_HOT static bool owns_dequeued(const struct zcf_producer *producer, const struct zcf_buffer *buffer)
{
	return buffer->index < producer->pool->buffer_count && buffer == &producer->pool->buffers[buffer->index] &&
	       buffer->place == ZCF_BUFFER_WITH_SOURCE && buffer->memory.base;
}

/* Whether the frame's format has to be said, because it is not that of the channel. */
ZCF_HOT static bool has_own_format(const struct zcf_producer *producer, const struct zcf_buffer *buffer,
				   const struct zcf_frame_metadata *metadata)
{
	return metadata->format ? !zcf_format_equal(metadata->format, &producer->pool->format)
				: !buffer->has_pool_format;
}

/* Without the format. */
ZCF_HOT static void fill_descriptor(const struct zcf_producer *producer, const struct zcf_format *format,
				    const struct zcf_frame_metadata *metadata, uint64_t now_ns,
				    struct zcf_frame_descriptor *descriptor)
{
	uint64_t capture_ns = metadata->capture_time_ns ? metadata->capture_time_ns : now_ns;
	int64_t wall_ns = metadata->capture_wall_ns;

	if (wall_ns == 0)
		wall_ns = (int64_t)zcf_clock_ns(CLOCK_REALTIME) - (int64_t)(now_ns - capture_ns);
	descriptor->frame_number = metadata->frame_number;
	descriptor->capture_time_ns = capture_ns;
	descriptor->capture_wall_ns = wall_ns;
	descriptor->publish_time_ns = now_ns;
	descriptor->bytes_used = metadata->bytes_used ? metadata->bytes_used : format->size_bytes;
	descriptor->camera_id = metadata->camera_id;
	descriptor->brightness_avg = metadata->brightness_avg;
	descriptor->skipped_before =
		producer->unreported_skips < UINT32_MAX ? (uint32_t)producer->unreported_skips : UINT32_MAX;
	descriptor->flags = metadata->correction_applied ? ZCF_DESCRIPTOR_CORRECTION_APPLIED : 0;
}

/*
 * Word by word with atomic stores, because a consumer whose lease was revoked may be reading the words of the
 * frame before. It finds out (docs/protocol.md, "Descriptor"), but until then it must not be a data race.
 */
ZCF_HOT static void store_words(_Atomic uint64_t *to, const void *from, size_t count)
{
	uint64_t word;

	for (size_t i = 0; i < count; i++) {
		memcpy(&word, (const uint8_t *)from + i * sizeof(word), sizeof(word));
		atomic_store_explicit(&to[i], word, memory_order_relaxed);
	}
}

static void store_own_format(struct zcf_board_slot *slot, const struct zcf_format *format)
{
	store_words(&slot->descriptor[ZCF_DESCRIPTOR_HEAD_WORDS], format, sizeof(*format) / sizeof(uint64_t));
}

/* Once, before P1 first shows the slot: who imports on first sight sees all of it. */
static void record_buffer(const struct zcf_producer *producer, struct zcf_buffer *buffer)
{
	producer->board->slots[buffer->index].record = buffer->memory.record;
	buffer->has_pool_format = zcf_format_equal(&buffer->memory.format, &producer->pool->format);
	buffer->recorded = true;
}

ZCF_HOT static void describe_frame(const struct zcf_producer *producer, struct zcf_buffer *buffer,
				   const struct zcf_frame_metadata *metadata, const struct zcf_format *format,
				   uint64_t now_ns)
{
	struct zcf_board_slot *slot = &producer->board->slots[buffer->index];
	struct zcf_frame_descriptor descriptor;

	if (!buffer->recorded)
		record_buffer(producer, buffer);
	fill_descriptor(producer, format, metadata, now_ns, &descriptor);
	if (has_own_format(producer, buffer, metadata)) {
		descriptor.flags |= ZCF_DESCRIPTOR_HAS_FORMAT;
		store_own_format(slot, format);
	}
	store_words(slot->descriptor, &descriptor, ZCF_DESCRIPTOR_HEAD_WORDS);
}

/* What only the producer knows of its frames. */
ZCF_HOT static void remember_frame(struct zcf_producer *producer, struct zcf_buffer *buffer,
				   const struct zcf_frame_metadata *metadata, uint64_t now_ns)
{
	if (producer->newest)
		producer->newest->superseded_ns = now_ns;
	buffer->place = ZCF_BUFFER_PUBLISHED;
	buffer->publish_ns = now_ns;
	buffer->superseded_ns = 0;
	buffer->closed = false;
	producer->newest = buffer;
	producer->unreported_skips = 0;
	producer->last_publish_ns = now_ns;
	producer->last_frame_number = metadata->frame_number;
	producer->last_brightness_avg = metadata->brightness_avg;
}

static void notice(struct zcf_producer *producer, struct zcf_producer_lane *lane, uint32_t waiting)
{
	struct zcf_message_header message;

	zcf_message_header_init(&message, ZCF_MESSAGE_NOTICE, sizeof(message));
	lane->noticed = waiting;
	producer->notice_calls++;
	/* If it does not read its notices it has some to read: nothing is lost. If it is gone, its socket says so. */
	zcf_message_send(lane->socket_fd, &message, sizeof(message), NULL, 0);
}

/* The futex bits of those that sleep and want the newest frame; notices to those that sleep in poll(). */
ZCF_HOT static uint32_t collect_sleepers(struct zcf_producer *producer, uint64_t now_ns)
{
	uint64_t lanes = producer->lanes_in_use;
	uint32_t bits = 0;

	while (lanes) {
		struct zcf_producer_lane *lane = &producer->lanes[zcf_take_lane(&lanes)];
		/* P5. Acquire pairs with S1 (consumer/wait.c): what the consumer wants was written before. */
		uint32_t waiting = atomic_load_explicit(&lane->memory->waiting, memory_order_acquire);

		if (waiting == ZCF_LANE_AWAKE ||
		    producer->sequence < atomic_load_explicit(&lane->memory->want_sequence, memory_order_relaxed) ||
		    now_ns < atomic_load_explicit(&lane->memory->want_time_ns, memory_order_relaxed))
			continue;
		if (zcf_lane_waiting_mode(waiting) == ZCF_LANE_SLEEPS_IN_FUTEX)
			bits |= zcf_lane_futex_bit(lane->index);
		else if (zcf_lane_waiting_mode(waiting) == ZCF_LANE_SLEEPS_IN_POLL && lane->noticed != waiting)
			notice(producer, lane, waiting);
	}
	return bits;
}

ZCF_HOT uint32_t zcf_producer_wake(struct zcf_producer *producer, uint64_t now_ns)
{
	struct zcf_board *board = producer->board;
	uint32_t event = atomic_load_explicit(&board->event, memory_order_relaxed);

	/* P3. The futex word. Release pairs with S0 (consumer/wait.c): who sees the event sees the frame. */
	atomic_store_explicit(&board->event, event + 1, memory_order_release);
	ZCF_FAULT_POINT(P3);
	/* P4. Pairs with the fence S2: the consumer sees the frame, or we see that it sleeps. */
	atomic_thread_fence(memory_order_seq_cst);
	ZCF_FAULT_POINT(P4);
	uint32_t bits = collect_sleepers(producer, now_ns);
	ZCF_FAULT_POINT(P5);
	if (bits) {
		producer->wake_calls++;
		syscall(SYS_futex, &board->event, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, bits);
	}
	return bits;
}

ZCF_HOT int zcf_producer_publish(struct zcf_producer *producer, struct zcf_buffer *buffer,
				 const struct zcf_frame_metadata *metadata)
{
	const struct zcf_format *format = metadata->format ? metadata->format : &buffer->memory.format;
	uint64_t now_ns = zcf_now_ns(), limit_bytes;

	if (!owns_dequeued(producer, buffer))
		return zcf_fail(-EINVAL, "channel %s: only a buffer that was dequeued can be published",
				producer->channel);
	if (metadata->format &&
	    (buffer->memory.planes[0] || zcf_format_check(metadata->format, buffer->memory.size_bytes) < 0))
		return buffer->memory.planes[0]
			       ? zcf_fail(-EINVAL, "channel %s: planes in separate memory are as the buffer has them",
					  producer->channel)
			       : -EINVAL;
	limit_bytes = zcf_format_content_limit_bytes(format, buffer->memory.size_bytes);
	if (metadata->bytes_used > limit_bytes)
		return zcf_fail(-EINVAL, "channel %s: a frame of %llu bytes does not fit into a buffer of %llu",
				producer->channel, (unsigned long long)metadata->bytes_used,
				(unsigned long long)limit_bytes);

	struct zcf_board_slot *slot = &producer->board->slots[buffer->index];
	const struct zcf_backend *backend = producer->pool->backend;
	int error = backend->end_write ? backend->end_write(&buffer->memory) : 0;
	if (error < 0)
		return error;
	describe_frame(producer, buffer, metadata, format, now_ns);
	ZCF_FAULT_POINT(D);
	buffer->sequence = ++producer->sequence;
	if (producer->handover)
		zcf_handover_publish(producer, metadata->frame_number, now_ns);
	/* P1. Release pairs with A3: who reads this sequence sees the pixels and the descriptor. */
	atomic_store_explicit(&slot->generation, buffer->sequence, memory_order_release);
	ZCF_FAULT_POINT(P1);
	/* P2. Release pairs with A0 (consumer/lease.c). */
	atomic_store_explicit(&producer->board->newest, zcf_frame_word(buffer->sequence, buffer->index),
			      memory_order_release);
	ZCF_FAULT_POINT(P2);

	/* Consumers have waited for it; what we note for ourselves can wait. */
	uint32_t bits = zcf_producer_wake(producer, now_ns);
	remember_frame(producer, buffer, metadata, now_ns);
	ZCF_PROBE_PUBLISH(producer->channel, buffer->sequence, buffer->index, bits);
	return 0;
}

int zcf_producer_cancel(struct zcf_producer *producer, struct zcf_buffer *buffer)
{
	if (!owns_dequeued(producer, buffer))
		return zcf_fail(-EINVAL, "channel %s: only a buffer that was dequeued can be cancelled",
				producer->channel);
	buffer->place = ZCF_BUFFER_FREE;
	return 0;
}
