/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping what a producer sent with its WELCOME. All of it was written by another process: each number is
 * read once and checked before it is used.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "consumer/consumer.h"
#include "error.h"
#include "pages.h"
#include "transport/shared_memory.h"
#include "zcframe/version.h"

static int check_board(const struct zcf_consumer *consumer, const struct zcf_message_welcome *welcome,
		       const struct zcf_board *board)
{
	uint64_t needed = sizeof(*board) + (uint64_t)welcome->buffer_count * sizeof(board->slots[0]);

	if (board->magic != ZCF_BOARD_MAGIC || board->protocol_major != ZCF_PROTOCOL_MAJOR ||
	    board->slots_offset_bytes != offsetof(struct zcf_board, slots) ||
	    board->slot_size_bytes != sizeof(board->slots[0]) || board->buffer_count != welcome->buffer_count ||
	    needed > welcome->board_size_bytes || board->epoch == 0)
		return zcf_fail(-EPROTO,
				"channel %s: the producer's board is not one of protocol %u; it is broken or not a "
				"zcframe program",
				consumer->channel, ZCF_PROTOCOL_MAJOR);
	return 0;
}

static int map_control(struct zcf_attachment *attachment, const struct zcf_message_welcome *welcome, const int *fds)
{
	void *base;
	int error = zcf_shared_memory_map(fds[ZCF_WELCOME_BOARD_FD], welcome->board_size_bytes, PROT_READ, &base);

	if (error < 0)
		return error;
	attachment->board = base;
	attachment->board_size_bytes = welcome->board_size_bytes;
	error = zcf_shared_memory_map(fds[ZCF_WELCOME_LANE_FD], ZCF_LANE_SIZE, PROT_READ | PROT_WRITE, &base);
	if (error < 0)
		return error;
	attachment->lane = base;
	/* A child must not speak for its parent. */
	madvise(base, ZCF_LANE_SIZE, MADV_DONTFORK);
	return 0;
}

int zcf_attachment_import(struct zcf_attachment *attachment, uint32_t index, int fd)
{
	struct zcf_buffer_record record;

	memcpy(&record, &attachment->board->slots[index].record, sizeof(record));
	int error = attachment->backend->import(&record, fd, &attachment->buffers[index]);
	if (error < 0)
		return error;
	memcpy(attachment->buffers[index].share_id, record.share_id, sizeof(record.share_id));
	/* That it does not fit is said when a frame is to be read so: others may have formats of their own. */
	if (zcf_format_check(&attachment->info.format, attachment->buffers[index].size_bytes) == 0)
		attachment->fitting |= UINT64_C(1) << index;
	return 0;
}

static int map_buffers(struct zcf_attachment *attachment, const struct zcf_consumer *consumer, const int *fds,
		       size_t fd_count)
{
	attachment->backend = zcf_backend_find(attachment->info.backend);
	if (!attachment->backend)
		return zcf_fail(-EPROTONOSUPPORT,
				"channel %s: its buffers are of kind \"%s\", which this library (zcframe %s) "
				"does not know: upgrade the consumer",
				consumer->channel, attachment->info.backend, zcf_version());
	if (attachment->backend->sends_fds && fd_count != attachment->info.buffer_count)
		return zcf_fail(-EPROTO, "channel %s: the producer sent %zu descriptors for %u buffers",
				consumer->channel, fd_count, attachment->info.buffer_count);
	for (uint32_t i = 0; i < attachment->info.buffer_count; i++) {
		int error = 0;

		if (attachment->backend->sends_fds)
			error = zcf_attachment_import(attachment, i, fds[i]);
		/* Acquire pairs with P1, which comes after the record; a buffer that never held a frame is imported on
		 * first sight. */
		else if (atomic_load_explicit(&attachment->board->slots[i].generation, memory_order_acquire))
			error = zcf_attachment_import(attachment, i, -1);
		if (error < 0)
			return error;
	}
	return 0;
}

/* What all frames of this attachment have in common, once. */
static void prepare_frames(struct zcf_attachment *attachment)
{
	for (uint32_t slot = 0; slot < ZCF_MAX_LEASES; slot++) {
		struct zcf_frame *frame = &attachment->frames[slot];

		frame->attachment = attachment;
		frame->slot = slot;
		frame->info.epoch = attachment->info.epoch;
		zcf_frame_set_format(frame, &attachment->info.format);
	}
}

static void remember_grants(struct zcf_attachment *attachment, const struct zcf_consumer *consumer,
			    const struct zcf_message_welcome *welcome, const struct zcf_board *board)
{
	attachment->lane_index = welcome->lane_index;
	attachment->info = (struct zcf_consumer_info){
		.epoch = board->epoch,
		.frame_interval_ns = board->frame_interval_ns,
		.lease_deadline_ns = welcome->lease_deadline_ns,
		.max_leases = welcome->max_leases,
		.buffer_count = welcome->buffer_count,
		.format = board->format,
	};
	memcpy(attachment->info.backend, board->backend, sizeof(attachment->info.backend) - 1);
	attachment->hangups_seen = atomic_load_explicit(&attachment->board->hangups, memory_order_relaxed);
	attachment->info.granted_leases = welcome->granted_leases;
	prepare_frames(attachment);
	attachment->copies_out = consumer->copy_count > 0;
	attachment->frame_count = attachment->copies_out ? consumer->copy_count : welcome->max_leases;
	atomic_init(&attachment->free_slots, (UINT32_C(1) << attachment->frame_count) - 1);
}

/* What the board says of the channel, read once: whoever wrote it could change it between a check and the use. */
static int read_board(struct zcf_attachment *attachment, const struct zcf_consumer *consumer,
		      const struct zcf_message_welcome *welcome)
{
	struct zcf_board constant;

	memcpy(&constant, attachment->board, offsetof(struct zcf_board, newest));
	int error = check_board(consumer, welcome, &constant);
	if (error == 0)
		remember_grants(attachment, consumer, welcome, &constant);
	return error;
}

static int check_welcome(const struct zcf_consumer *consumer, const struct zcf_message_welcome *welcome,
			 size_t fd_count)
{
	if (welcome->buffer_count < 1 || welcome->buffer_count > ZCF_MAX_BUFFERS || welcome->max_leases < 1 ||
	    welcome->max_leases > ZCF_MAX_LEASES || welcome->lane_index >= ZCF_MAX_CONSUMERS ||
	    fd_count < ZCF_WELCOME_BUFFER_FDS || welcome->board_size_bytes > (UINT64_C(1) << 20))
		return zcf_fail(
			-EPROTO,
			"channel %s: the producer's answer cannot be right; it is broken or not a zcframe program",
			consumer->channel);
	return 0;
}

int zcf_attachment_create(struct zcf_consumer *consumer, int socket_fd, const struct zcf_message_welcome *welcome,
			  const int *fds, size_t fd_count, struct zcf_attachment **ret_attachment)
{
	int error = check_welcome(consumer, welcome, fd_count);

	if (error < 0)
		return error;
	struct zcf_attachment *attachment = zcf_pages_create(sizeof(*attachment));
	if (!attachment)
		return zcf_fail(-ENOMEM, "channel %s: out of memory", consumer->channel);
	atomic_init(&attachment->references, 1);
	attachment->socket_fd = -1;
	memcpy(attachment->channel, consumer->channel, sizeof(attachment->channel));
	attachment->fork_guard = consumer->fork_guard;
	error = map_control(attachment, welcome, fds);
	if (error == 0)
		error = read_board(attachment, consumer, welcome);
	if (error == 0)
		error = map_buffers(attachment, consumer, fds + ZCF_WELCOME_BUFFER_FDS,
				    fd_count - ZCF_WELCOME_BUFFER_FDS);
	if (error == 0 && attachment->copies_out)
		error = zcf_copy_out_prepare(attachment);
	if (error < 0) {
		zcf_attachment_unref(attachment);
		return error;
	}
	attachment->socket_fd = socket_fd;
	*ret_attachment = attachment;
	return 0;
}

static void destroy(struct zcf_attachment *attachment)
{
	zcf_copy_out_destroy(attachment);
	for (uint32_t i = 0; i < ZCF_MAX_BUFFERS; i++)
		if (attachment->buffers[i].base)
			attachment->backend->release(&attachment->buffers[i]);
	/* In a forked child the lane is not mapped, and something of the child's own may lie there. */
	if (zcf_fork_guard_holds(&attachment->fork_guard))
		zcf_shared_memory_unmap(attachment->lane, ZCF_LANE_SIZE);
	zcf_shared_memory_unmap((void *)attachment->board, attachment->board_size_bytes);
	if (attachment->socket_fd >= 0 && attachment->superseded)
		close(attachment->socket_fd);
	else if (attachment->socket_fd >= 0)
		zcf_link_close(attachment->socket_fd, &attachment->fork_guard);
	zcf_pages_destroy(attachment, sizeof(*attachment));
}

ZCF_HOT void zcf_attachment_unref(struct zcf_attachment *attachment)
{
	/* Pairs with itself in other threads: who unmaps comes after what all have done there. */
	if (atomic_fetch_sub_explicit(&attachment->references, 1, memory_order_acq_rel) == 1)
		destroy(attachment);
}
