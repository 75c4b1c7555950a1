/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking a lease and giving it back: the consumer's half of the protocol whose other half, with the table of
 * steps, is in producer/leases.c.
 */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "consumer/consumer.h"
#include "error.h"
#include "fault_points.h"
#include "format.h"
#include "latency.h"
#include "probes.h"
#include "transport/message.h"

/* So often the producer may take a frame away under our eyes before we say that there is none. */
#define TAKE_ATTEMPTS 8

static const struct zcf_board_slot *slot_of(const struct zcf_attachment *attachment, uint32_t index)
{
	return &attachment->board->slots[index];
}

/* A word that another process is writing may be torn from its neighbours; alone it is whole. */
static uint64_t peek_publish_ns(const struct zcf_board_slot *slot)
{
	size_t word = offsetof(struct zcf_frame_descriptor, publish_time_ns) / sizeof(uint64_t);

	return atomic_load_explicit(&slot->descriptor[word], memory_order_relaxed);
}

ZCF_HOT static bool wants(const struct zcf_consumer *consumer, uint64_t sequence, const struct zcf_board_slot *slot)
{
	return sequence > consumer->last_sequence && zcf_rate_wants_sequence(consumer, sequence) &&
	       zcf_rate_wants_time(consumer, peek_publish_ns(slot));
}

/* The frame to try: the newest one or, of all that are offered, the best by `order`. 0: none that is wanted. */
ZCF_HOT static uint64_t find_frame(const struct zcf_consumer *consumer, enum zcf_order order, bool newest_failed)
{
	const struct zcf_attachment *attachment = consumer->attachment;
	/* A0. Acquire pairs with P2. */
	uint64_t newest = atomic_load_explicit(&attachment->board->newest, memory_order_acquire);
	uint64_t best = 0;

	if (zcf_frame_word_sequence(newest) <= consumer->last_sequence)
		return 0;
	if (order == ZCF_ORDER_NEWEST && !newest_failed &&
	    zcf_frame_word_buffer(newest) < attachment->info.buffer_count &&
	    wants(consumer, zcf_frame_word_sequence(newest), slot_of(attachment, zcf_frame_word_buffer(newest))))
		return newest;
	for (uint32_t i = 0; i < attachment->info.buffer_count; i++) {
		const struct zcf_board_slot *slot = slot_of(attachment, i);
		uint64_t sequence = atomic_load_explicit(&slot->generation, memory_order_acquire);

		if (sequence & ~ZCF_GENERATION_SEQUENCE || sequence == 0 || !wants(consumer, sequence, slot))
			continue;
		if (!best || (order == ZCF_ORDER_NEXT) == (sequence < zcf_frame_word_sequence(best)))
			best = zcf_frame_word(sequence, i);
	}
	return best;
}

bool zcf_consumer_sees_frame(struct zcf_consumer *consumer)
{
	return find_frame(consumer, ZCF_ORDER_NEXT, true) != 0;
}

/* A hold word of our lane that is not in use; -1 if all are. Only acquirers take, and they hold the lock. */
ZCF_HOT static int take_slot(struct zcf_attachment *attachment)
{
	uint32_t free_slots = atomic_load_explicit(&attachment->free_slots, memory_order_acquire);

	if (!free_slots)
		return -1;
	int slot = __builtin_ctz(free_slots);
	atomic_fetch_and_explicit(&attachment->free_slots, ~(UINT32_C(1) << slot), memory_order_acquire);
	return slot;
}

static void give_slot_back(struct zcf_attachment *attachment, uint32_t slot)
{
	atomic_fetch_or_explicit(&attachment->free_slots, UINT32_C(1) << slot, memory_order_release);
}

ZCF_HOT static bool generation_is(const struct zcf_board_slot *slot, uint64_t sequence)
{
	/* V1. What was read before is read before V2. Pairs with the fence W5. */
	atomic_thread_fence(memory_order_acquire);
	/* V2. CLOSED leaves existing leases as they are. */
	return (atomic_load_explicit(&slot->generation, memory_order_relaxed) & ~ZCF_GENERATION_CLOSED) == sequence;
}

static void ring_producer(const struct zcf_attachment *attachment)
{
	struct zcf_message_header message;

	zcf_message_header_init(&message, ZCF_MESSAGE_RELEASED, sizeof(message));
	zcf_message_send(attachment->socket_fd, &message, sizeof(message), NULL, 0);
}

/* Whether a lease ends or did not come about: to the producer, which may have seen it and sleep, it is the same. */
ZCF_HOT static void clear_hold(const struct zcf_attachment *attachment, uint32_t hold_slot)
{
	/* R2. Release pairs with W3: whatever we read of the frame, we read before the producer sees this. */
	atomic_store_explicit(&attachment->lane->hold[hold_slot], 0, memory_order_release);
	ZCF_FAULT_POINT(R2);
	/* R3. Pairs with the fence B2: we see that the producer waits, or it sees R2. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&attachment->board->producer_waits, memory_order_relaxed))
		ring_producer(attachment);
	ZCF_FAULT_POINT(R3);
}

/* Announce the lease, then make sure that the frame is still offered. */
ZCF_HOT static bool announce(const struct zcf_attachment *attachment, uint32_t hold_slot, uint64_t word)
{
	const struct zcf_board_slot *slot = slot_of(attachment, zcf_frame_word_buffer(word));

	/*
	 * A1. Pairs with W3. Release, because W3 may see it and not the R2 before it in this hold word, which another
	 * thread of ours may have written: what was read under that lease is over all the same.
	 */
	atomic_store_explicit(&attachment->lane->hold[hold_slot], word, memory_order_release);
	ZCF_FAULT_POINT(A1);
	/* A2. Pairs with the fence W2: the producer sees our hold word, or we see CLOSED. */
	atomic_thread_fence(memory_order_seq_cst);
	ZCF_FAULT_POINT(A2);
	/* A3. Acquire pairs with P1: the pixels and the descriptor of this sequence. */
	uint64_t generation = atomic_load_explicit(&slot->generation, memory_order_acquire);
	if (generation == zcf_frame_word_sequence(word))
		return true;
	/* A withdrawal that goes on may fail because of us. One that is over has not: then there is nobody to ring. */
	if (generation & ZCF_GENERATION_CLOSED)
		clear_hold(attachment, hold_slot);
	else
		atomic_store_explicit(&attachment->lane->hold[hold_slot], 0, memory_order_release);
	return false;
}

/* A private copy of the descriptor; false if the lease was revoked while we copied, so that it may be torn. */
ZCF_HOT static bool copy_descriptor(const struct zcf_board_slot *slot, uint64_t sequence,
				    struct zcf_frame_descriptor *descriptor)
{
	uint64_t words[ZCF_DESCRIPTOR_WORDS];

	for (size_t i = 0; i < ZCF_DESCRIPTOR_WORDS; i++)
		words[i] = atomic_load_explicit(&slot->descriptor[i], memory_order_relaxed);
	/* cppcheck-suppress uninitvar ; it does not see that the loop fills them all */
	memcpy(descriptor, words, sizeof(words));
	return generation_is(slot, sequence);
}

ZCF_HOT static void fill_info(const struct zcf_consumer *consumer, const struct zcf_frame_descriptor *descriptor,
			      uint64_t word, struct zcf_frame_info *info)
{
	const struct zcf_attachment *attachment = consumer->attachment;
	uint64_t sequence = zcf_frame_word_sequence(word);
	uint32_t index = zcf_frame_word_buffer(word);

	*info = (struct zcf_frame_info){
		.sequence = sequence,
		.epoch = attachment->info.epoch,
		.frame_number = descriptor->frame_number,
		.sequence_gap = consumer->last_sequence ? sequence - consumer->last_sequence - 1 : 0,
		.skipped_before = descriptor->skipped_before,
		.capture_time_ns = descriptor->capture_time_ns,
		.capture_wall_ns = descriptor->capture_wall_ns,
		.publish_time_ns = descriptor->publish_time_ns,
		.bytes_used = descriptor->bytes_used,
		.format = descriptor->format,
		.design_format =
			descriptor->format.fourcc == ZCF_FOURCC_NV12 ? ZCF_DESIGN_FORMAT_NV12 : ZCF_DESIGN_FORMAT_OTHER,
		.camera_id = descriptor->camera_id,
		.brightness_avg = descriptor->brightness_avg,
		.version = (uint32_t)sequence,
		.buffer_index = index,
		.flags = consumer->discontinuity ? ZCF_FRAME_DISCONTINUITY : 0,
		.correction_applied = descriptor->correction_applied != 0,
	};
	memcpy(info->share_id, slot_of(attachment, index)->record.share_id, sizeof(info->share_id));
}

/* Announce, copy and check one frame. 0, -EAGAIN if it went away, -EPROTO if it cannot be. */
ZCF_HOT static int take(struct zcf_consumer *consumer, uint64_t word, uint32_t hold_slot, struct zcf_frame *frame)
{
	struct zcf_attachment *attachment = consumer->attachment;
	const struct zcf_backend_mapping *buffer = &attachment->buffers[zcf_frame_word_buffer(word)];
	struct zcf_frame_descriptor descriptor;
	int error = 0;

	if (!announce(attachment, hold_slot, word))
		return -EAGAIN;
	ZCF_FAULT_POINT(A3);
	if (!copy_descriptor(slot_of(attachment, zcf_frame_word_buffer(word)), zcf_frame_word_sequence(word),
			     &descriptor))
		error = -EAGAIN;
	else if (zcf_format_check(&descriptor.format, buffer->size_bytes) < 0)
		error = -EPROTO;
	else if (descriptor.bytes_used > zcf_format_content_limit_bytes(&descriptor.format, buffer->size_bytes))
		error = zcf_fail(-EPROTO, "channel %s: a frame of %llu bytes in a buffer of %llu cannot be",
				 consumer->channel, (unsigned long long)descriptor.bytes_used,
				 (unsigned long long)buffer->size_bytes);
	else if (attachment->backend->begin_read)
		error = attachment->backend->begin_read(buffer);
	ZCF_FAULT_POINT(C);
	if (error < 0) {
		clear_hold(attachment, hold_slot);
		return error;
	}
	fill_info(consumer, &descriptor, word, &frame->info);
	frame->attachment = attachment;
	frame->slot = (uint32_t)(frame - attachment->frames);
	frame->is_copy = false;
	atomic_store_explicit(&frame->holders, 1, memory_order_relaxed);
	return 0;
}

ZCF_HOT static void end_lease(struct zcf_attachment *attachment, uint32_t hold_slot, bool stale)
{
	struct zcf_lane *lane = attachment->lane;

	if (stale) {
		atomic_fetch_add_explicit(&lane->stale, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&attachment->stale, 1, memory_order_relaxed);
	}
	atomic_store_explicit(&lane->lease_start_ns[hold_slot], 0, memory_order_relaxed);
	clear_hold(attachment, hold_slot);
}

/* With copy-out all leases are in one hold word, one after the other: whoever acquires has the consumer's lock. */
#define COPY_HOLD_SLOT 0

/* Take a lease, copy, and give the lease back at once. -EAGAIN if the frame was overwritten while we copied. */
static int take_copy(struct zcf_consumer *consumer, uint64_t word, struct zcf_frame *frame)
{
	struct zcf_attachment *attachment = consumer->attachment;
	int error = take(consumer, word, COPY_HOLD_SLOT, frame);

	if (error < 0)
		return error;
	atomic_store_explicit(&attachment->lane->lease_start_ns[COPY_HOLD_SLOT], zcf_now_ns(), memory_order_relaxed);
	error = zcf_copy_out(frame);
	end_lease(attachment, COPY_HOLD_SLOT, error == -ESTALE);
	if (error < 0)
		return error == -ESTALE ? -EAGAIN : error;
	zcf_count(&attachment->lane->copied, 1);
	zcf_count(&consumer->copied, 1);
	return 0;
}

ZCF_HOT static void account(struct zcf_consumer *consumer, const struct zcf_frame *frame)
{
	struct zcf_lane *lane = consumer->attachment->lane;
	uint64_t now_ns = zcf_now_ns();
	uint64_t latency_ns = now_ns > frame->info.publish_time_ns ? now_ns - frame->info.publish_time_ns : 0;
	uint64_t missed_before = atomic_load_explicit(&consumer->missed, memory_order_relaxed);
	_Atomic uint32_t *bucket = &lane->latency_counts[zcf_latency_bucket(latency_ns)];

	if (!frame->is_copy)
		atomic_store_explicit(&lane->lease_start_ns[frame->slot], now_ns, memory_order_relaxed);
	atomic_store_explicit(&lane->last_acquire_ns, now_ns, memory_order_relaxed);
	zcf_count(&lane->acquired, 1);
	atomic_store_explicit(bucket, atomic_load_explicit(bucket, memory_order_relaxed) + 1, memory_order_relaxed);
	zcf_count(&consumer->acquired, 1);
	if (consumer->beat.limit_ns)
		zcf_beat_observe(&consumer->beat, frame->info.publish_time_ns);
	zcf_rate_advance(consumer, frame->info.sequence, frame->info.publish_time_ns);
	/* Of this attachment: what was missed under another producer is not this one's to judge. */
	zcf_count(&lane->missed, atomic_load_explicit(&consumer->missed, memory_order_relaxed) - missed_before);
	consumer->discontinuity = false;
	ZCF_PROBE_ACQUIRE(consumer->channel, frame->info.sequence, frame->info.buffer_index, latency_ns);
}

/*
 * Import a buffer on first sight. Its ids are numbers that the vendor's driver may give to another buffer once the
 * producer is gone, so what was imported counts only if the producer is there afterwards: then it was all the time.
 */
ZCF_HOT static int import_on_first_sight(struct zcf_consumer *consumer, uint32_t index)
{
	struct zcf_attachment *attachment = consumer->attachment;

	if (attachment->buffers[index].base)
		return 0;
	int error = zcf_attachment_import(attachment, index, -1);
	if (!zcf_consumer_check_link(consumer))
		return zcf_fail(-ENOTCONN, "channel %s: its producer went away", consumer->channel);
	if (consumer->attachment != attachment)
		return -EAGAIN; /* a successor's now, with other buffers */
	return error;
}

ZCF_HOT int zcf_consumer_take_lease(struct zcf_consumer *consumer, enum zcf_order order, struct zcf_frame **ret_frame)
{
	struct zcf_attachment *attachment = consumer->attachment;
	int error = -EAGAIN;

	for (int attempt = 0; attempt < TAKE_ATTEMPTS && error == -EAGAIN; attempt++) {
		uint64_t word = find_frame(consumer, order, attempt > 0);
		if (!word)
			return -EAGAIN;
		ZCF_FAULT_POINT(A0);
		error = import_on_first_sight(consumer, zcf_frame_word_buffer(word));
		if (error < 0)
			return error;
		int slot = take_slot(attachment);
		if (slot < 0)
			return zcf_fail(-ENOBUFS,
					"channel %s: this consumer holds %u frames already, all that it was granted; "
					"release one first",
					consumer->channel, attachment->frame_count);
		struct zcf_frame *frame = &attachment->frames[slot];
		error = attachment->copies_out ? take_copy(consumer, word, frame)
					       : take(consumer, word, (uint32_t)slot, frame);
		if (error < 0) {
			give_slot_back(attachment, (uint32_t)slot);
			continue;
		}
		atomic_fetch_add_explicit(&attachment->references, 1, memory_order_relaxed);
		account(consumer, frame);
		*ret_frame = frame;
		return 0;
	}
	return error;
}

int zcf_frame_check(const struct zcf_frame *frame)
{
	if (frame->is_copy)
		return 0;
	return generation_is(slot_of(frame->attachment, frame->info.buffer_index), frame->info.sequence) ? 0 : -ESTALE;
}

const struct zcf_frame_info *zcf_frame_get_info(const struct zcf_frame *frame)
{
	return &frame->info;
}

const void *zcf_frame_get_leased_plane(const struct zcf_frame *frame, uint32_t plane)
{
	const struct zcf_backend_mapping *buffer = &frame->attachment->buffers[frame->info.buffer_index];

	if (buffer->planes[plane])
		return buffer->planes[plane];
	return (const uint8_t *)buffer->base + frame->info.format.planes[plane].offset_bytes;
}

const void *zcf_frame_get_plane(const struct zcf_frame *frame, uint32_t plane)
{
	const struct zcf_format *format = &frame->info.format;

	if (plane >= format->plane_count)
		return NULL;
	if (frame->is_copy)
		return (const uint8_t *)frame->copy.base + format->planes[plane].offset_bytes;
	return zcf_frame_get_leased_plane(frame, plane);
}

int zcf_frame_get_handle(const struct zcf_frame *frame, const void **ret_handle, size_t *ret_size_bytes)
{
	if (frame->is_copy)
		return zcf_fail(-ENOENT, "channel %s: this frame is a copy, no buffer of the camera's",
				frame->attachment->channel);
	/* On the board, where it does not change any more once the buffer has been published. */
	const struct zcf_buffer_record *record = &slot_of(frame->attachment, frame->info.buffer_index)->record;
	uint32_t size = *(const volatile uint32_t *)&record->handle_size;

	if (size == 0)
		return zcf_fail(-ENOENT, "channel %s: buffers of kind %s have no description for others",
				frame->attachment->channel, frame->attachment->backend->name);
	if (size > sizeof(record->handle))
		return zcf_fail(-EPROTO, "channel %s: a buffer's description of %u bytes cannot be",
				frame->attachment->channel, size);
	*ret_handle = record->handle;
	*ret_size_bytes = size;
	return 0;
}

struct zcf_frame *zcf_frame_ref(struct zcf_frame *frame)
{
	atomic_fetch_add_explicit(&frame->holders, 1, memory_order_relaxed);
	return frame;
}

ZCF_HOT int zcf_frame_release(struct zcf_frame *frame)
{
	if (!frame)
		return 0;
	struct zcf_attachment *attachment = frame->attachment;
	uint32_t slot = frame->slot;

	/* In a forked child the lease is the parent's: it is not ours to give back. */
	if (!zcf_fork_guard_holds(attachment->fork_guard))
		return -ECHILD;
	int verdict = zcf_frame_check(frame); /* R1: before R2, after which the buffer may rightly change */
	ZCF_FAULT_POINT(R1);
	if (atomic_fetch_sub_explicit(&frame->holders, 1, memory_order_acq_rel) != 1)
		return verdict;
	ZCF_PROBE_RELEASE(attachment->channel, frame->info.sequence, frame->info.buffer_index, verdict);
	if (!frame->is_copy)
		end_lease(attachment, slot, verdict < 0);
	give_slot_back(attachment, slot);
	zcf_attachment_unref(attachment);
	return verdict;
}
