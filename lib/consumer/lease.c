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

/* The word of a descriptor that `field` is in. Another process may be writing it: alone it is whole, beside its
 * neighbours it may be torn. */
#define LOAD_WORD(slot, field)                                                                                         \
	atomic_load_explicit(&(slot)->descriptor[offsetof(struct zcf_frame_descriptor, field) / sizeof(uint64_t)],     \
			     memory_order_relaxed)

ZCF_HOT static bool wants(const struct zcf_consumer *consumer, uint64_t sequence, const struct zcf_board_slot *slot)
{
	if (sequence <= consumer->last_sequence || !zcf_rate_leaves_out(consumer))
		return sequence > consumer->last_sequence;
	return zcf_rate_wants_sequence(consumer, sequence) &&
	       zcf_rate_wants_time(consumer, LOAD_WORD(slot, publish_time_ns));
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
		/* Acquire pairs with P1: when the frame was published, which some rates ask for. */
		uint64_t sequence = atomic_load_explicit(&slot->generation, memory_order_acquire);

		if (sequence & ~ZCF_GENERATION_SEQUENCE || sequence == 0 || !wants(consumer, sequence, slot))
			continue;
		if (!best || (order == ZCF_ORDER_NEXT) == (sequence < zcf_frame_word_sequence(best)))
			best = zcf_frame_word(sequence, i);
	}
	return best;
}

ZCF_HOT bool zcf_consumer_sees_frame(struct zcf_consumer *consumer)
{
	return find_frame(consumer, ZCF_ORDER_NEXT, true) != 0;
}

ZCF_HOT bool zcf_consumer_sees_newest(const struct zcf_consumer *consumer)
{
	const struct zcf_attachment *attachment = consumer->attachment;
	/* Relaxed: whoever takes the frame looks again. */
	uint64_t newest = atomic_load_explicit(&attachment->board->newest, memory_order_relaxed);
	uint64_t sequence = zcf_frame_word_sequence(newest);

	if (zcf_frame_word_buffer(newest) >= attachment->info.buffer_count)
		return false;
	const struct zcf_board_slot *slot = slot_of(attachment, zcf_frame_word_buffer(newest));
	/* Acquire pairs with P1: when the frame was published, which some rates ask for. */
	return atomic_load_explicit(&slot->generation, memory_order_acquire) == sequence &&
	       wants(consumer, sequence, slot);
}

/* A hold word of our lane that is not in use; -1 if all are. Only acquirers take, and they hold the lock. */
ZCF_HOT static int take_slot(struct zcf_attachment *attachment)
{
	/* Acquire pairs with give_slot_back(): the frame's last holder has done with it. */
	uint32_t free_slots = atomic_load_explicit(&attachment->free_slots, memory_order_acquire);

	if (!free_slots)
		return -1;
	int slot = __builtin_ctz(free_slots);
	atomic_fetch_and_explicit(&attachment->free_slots, ~(UINT32_C(1) << slot), memory_order_acquire);
	return slot;
}

ZCF_HOT static void give_slot_back(struct zcf_attachment *attachment, uint32_t slot)
{
	/* Release pairs with take_slot(). */
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
	atomic_store_explicit(&attachment->lane->leases[hold_slot].hold, 0, memory_order_release);
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
	atomic_store_explicit(&attachment->lane->leases[hold_slot].hold, word, memory_order_release);
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
	else /* R2 without R3 */
		atomic_store_explicit(&attachment->lane->leases[hold_slot].hold, 0, memory_order_release);
	return false;
}

void zcf_frame_set_format(struct zcf_frame *frame, const struct zcf_format *format)
{
	frame->info.format = *format;
	frame->info.design_format =
		format->fourcc == ZCF_FOURCC_NV12 ? ZCF_DESIGN_FORMAT_NV12 : ZCF_DESIGN_FORMAT_OTHER;
}

static int check_and_set_format(struct zcf_frame *frame, const struct zcf_format *format, uint32_t index)
{
	if (zcf_format_check(format, frame->attachment->buffers[index].size_bytes) < 0)
		return -EPROTO;
	zcf_frame_set_format(frame, format);
	return 0;
}

/* -EAGAIN if the lease was revoked while we read, so that it may be torn. */
static int take_own_format(struct zcf_frame *frame, const struct zcf_board_slot *slot, uint64_t word)
{
	struct zcf_format format;

	for (size_t i = 0; i < sizeof(format) / sizeof(uint64_t); i++) {
		uint64_t part =
			atomic_load_explicit(&slot->descriptor[ZCF_DESCRIPTOR_HEAD_WORDS + i], memory_order_relaxed);
		memcpy((uint8_t *)&format + i * sizeof(part), &part, sizeof(part));
	}
	if (!generation_is(slot, zcf_frame_word_sequence(word)))
		return -EAGAIN;
	frame->has_own_format = true;
	return check_and_set_format(frame, &format, zcf_frame_word_buffer(word));
}

static int take_channel_format(struct zcf_frame *frame, uint32_t index)
{
	int error = check_and_set_format(frame, &frame->attachment->info.format, index);

	/* Else it still has what it had, which was checked against another buffer. */
	if (error == 0)
		frame->has_own_format = false;
	return error;
}

/* All but the format, and what is the same for all frames of the attachment. Returns the flags. */
ZCF_HOT static uint32_t copy_descriptor(const struct zcf_consumer *consumer, const struct zcf_board_slot *slot,
					uint64_t word, struct zcf_frame_info *info)
{
	uint64_t sequence = zcf_frame_word_sequence(word);
	uint64_t camera_word = LOAD_WORD(slot, camera_id), flags_word = LOAD_WORD(slot, flags);
	struct {
		int32_t camera_id;
		float brightness_avg;
	} camera;
	struct {
		uint32_t skipped_before, flags;
	} rest;

	memcpy(&camera, &camera_word, sizeof(camera));
	memcpy(&rest, &flags_word, sizeof(rest));
	info->sequence = sequence;
	info->frame_number = LOAD_WORD(slot, frame_number);
	info->sequence_gap = consumer->last_sequence ? sequence - consumer->last_sequence - 1 : 0;
	info->skipped_before = rest.skipped_before;
	info->capture_time_ns = LOAD_WORD(slot, capture_time_ns);
	info->capture_wall_ns = (int64_t)LOAD_WORD(slot, capture_wall_ns);
	info->publish_time_ns = LOAD_WORD(slot, publish_time_ns);
	info->bytes_used = LOAD_WORD(slot, bytes_used);
	info->camera_id = camera.camera_id;
	memcpy(info->share_id, consumer->attachment->buffers[zcf_frame_word_buffer(word)].share_id,
	       sizeof(info->share_id));
	info->brightness_avg = camera.brightness_avg;
	info->version = (uint32_t)sequence;
	info->buffer_index = zcf_frame_word_buffer(word);
	info->flags = consumer->discontinuity ? ZCF_FRAME_DISCONTINUITY : 0;
	info->correction_applied = (rest.flags & ZCF_DESCRIPTOR_CORRECTION_APPLIED) != 0;
	return rest.flags;
}

/*
 * A private copy of the descriptor. 0; -EAGAIN if the lease was revoked while we copied, so that it may be torn;
 * -EPROTO. As a rule the format is there already: each frame keeps the channel's, which was checked when the buffer was
 * imported.
 */
ZCF_HOT static int take_descriptor(const struct zcf_consumer *consumer, uint64_t word, struct zcf_frame *frame)
{
	const struct zcf_attachment *attachment = frame->attachment;
	uint32_t index = zcf_frame_word_buffer(word);
	const struct zcf_board_slot *slot = slot_of(attachment, index);

	if (copy_descriptor(consumer, slot, word, &frame->info) & ZCF_DESCRIPTOR_HAS_FORMAT)
		return take_own_format(frame, slot, word);
	if (!generation_is(slot, zcf_frame_word_sequence(word)))
		return -EAGAIN;
	if (frame->has_own_format || !(attachment->fitting >> index & 1))
		return take_channel_format(frame, index);
	return 0;
}

static int fail_content(const struct zcf_consumer *consumer, uint64_t bytes_used, uint64_t size_bytes)
{
	return zcf_fail(-EPROTO, "channel %s: a frame of %llu bytes in a buffer of %llu cannot be", consumer->channel,
			(unsigned long long)bytes_used, (unsigned long long)size_bytes);
}

/* Announce, copy and check one frame. 0, -EAGAIN if it went away, -EPROTO if it cannot be. */
ZCF_HOT static int take(struct zcf_consumer *consumer, uint64_t word, uint32_t hold_slot, struct zcf_frame *frame)
{
	struct zcf_attachment *attachment = consumer->attachment;
	const struct zcf_backend_mapping *buffer = &attachment->buffers[zcf_frame_word_buffer(word)];

	if (!announce(attachment, hold_slot, word))
		return -EAGAIN;
	ZCF_FAULT_POINT(A3);
	int error = take_descriptor(consumer, word, frame);
	if (error == 0 &&
	    frame->info.bytes_used > zcf_format_content_limit_bytes(&frame->info.format, buffer->size_bytes))
		error = fail_content(consumer, frame->info.bytes_used, buffer->size_bytes);
	if (error == 0 && attachment->backend->begin_read)
		error = attachment->backend->begin_read(buffer);
	ZCF_FAULT_POINT(C);
	if (error < 0) {
		clear_hold(attachment, hold_slot);
		return error;
	}
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
	atomic_store_explicit(&lane->leases[hold_slot].start_ns, 0, memory_order_relaxed);
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
	atomic_store_explicit(&attachment->lane->leases[COPY_HOLD_SLOT].start_ns, zcf_now_ns(), memory_order_relaxed);
	error = zcf_copy_out(frame);
	end_lease(attachment, COPY_HOLD_SLOT, error == -ESTALE);
	if (error < 0)
		return error == -ESTALE ? -EAGAIN : error;
	zcf_count(&attachment->lane->copied, 1);
	zcf_count(&consumer->copied, 1);
	return 0;
}

/*
 * What is said in the lane of an acquire is written there and not read back, and the histogram has time until the
 * release: whoever waits for the frame would wait for cold lines.
 */
ZCF_HOT static void account(struct zcf_consumer *consumer, struct zcf_frame *frame)
{
	struct zcf_attachment *attachment = consumer->attachment;
	struct zcf_lane *lane = attachment->lane;
	uint64_t now_ns = zcf_now_ns();
	uint64_t missed_before = atomic_load_explicit(&consumer->missed, memory_order_relaxed);

	frame->latency_ns = now_ns > frame->info.publish_time_ns ? now_ns - frame->info.publish_time_ns : 0;
	if (!frame->is_copy)
		atomic_store_explicit(&lane->leases[frame->slot].start_ns, now_ns, memory_order_relaxed);
	zcf_count(&consumer->acquired, 1);
	if (consumer->beat.limit_ns)
		zcf_beat_observe(&consumer->beat, frame->info.publish_time_ns);
	zcf_rate_advance(consumer, frame->info.sequence, frame->info.publish_time_ns);
	attachment->acquired++;
	/* Of this attachment: what was missed under another producer is not this one's to judge. */
	attachment->missed += atomic_load_explicit(&consumer->missed, memory_order_relaxed) - missed_before;
	atomic_store_explicit(&lane->last_acquire_ns, now_ns, memory_order_relaxed);
	atomic_store_explicit(&lane->acquired, attachment->acquired, memory_order_relaxed);
	atomic_store_explicit(&lane->missed, attachment->missed, memory_order_relaxed);
	consumer->discontinuity = false;
	ZCF_PROBE_ACQUIRE(consumer->channel, frame->info.sequence, frame->info.buffer_index, frame->latency_ns);
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

ZCF_HOT int zcf_frame_check(const struct zcf_frame *frame)
{
	if (frame->is_copy)
		return 0;
	return generation_is(slot_of(frame->attachment, frame->info.buffer_index), frame->info.sequence) ? 0 : -ESTALE;
}

ZCF_HOT const struct zcf_frame_info *zcf_frame_get_info(const struct zcf_frame *frame)
{
	return &frame->info;
}

ZCF_HOT const void *zcf_frame_get_leased_plane(const struct zcf_frame *frame, uint32_t plane)
{
	const struct zcf_backend_mapping *buffer = &frame->attachment->buffers[frame->info.buffer_index];

	if (buffer->planes[plane])
		return buffer->planes[plane];
	return (const uint8_t *)buffer->base + frame->info.format.planes[plane].offset_bytes;
}

ZCF_HOT const void *zcf_frame_get_plane(const struct zcf_frame *frame, uint32_t plane)
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

static int fail_release_in_child(const struct zcf_frame *frame)
{
	return zcf_fail(-ECHILD, "channel %s: frame %llu was acquired by the parent process, which has to release it",
			frame->attachment->channel, (unsigned long long)frame->info.sequence);
}

ZCF_HOT int zcf_frame_release(struct zcf_frame *frame)
{
	if (!frame)
		return 0;
	struct zcf_attachment *attachment = frame->attachment;
	uint32_t slot = frame->slot;

	/* In a forked child the lease is the parent's: it is not ours to give back. */
	if (!zcf_fork_guard_holds(&attachment->fork_guard))
		return fail_release_in_child(frame);
	int verdict = zcf_frame_check(frame); /* R1: before R2, after which the buffer may rightly change */
	ZCF_FAULT_POINT(R1);
	/* Pairs with itself in other threads: the last holder comes after what all have done with the frame. */
	if (atomic_fetch_sub_explicit(&frame->holders, 1, memory_order_acq_rel) != 1)
		return verdict;
	ZCF_PROBE_RELEASE(attachment->channel, frame->info.sequence, frame->info.buffer_index, verdict);
	if (!frame->is_copy)
		end_lease(attachment, slot, verdict < 0);
	/* Two threads may give frames back at once. */
	atomic_fetch_add_explicit(&attachment->lane->latency_counts[zcf_latency_bucket(frame->latency_ns)], 1,
				  memory_order_relaxed);
	give_slot_back(attachment, slot);
	zcf_attachment_unref(attachment);
	return verdict;
}
