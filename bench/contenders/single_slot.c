/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first design's zero-copy endpoint: one slot, in its own struct, that names a buffer; two semaphores; and a buffer
 * that is imported for every frame. The daemon waits for `consumed_sem` before it gives the buffer back, for 66 ms at
 * most.
 *
 * Buffers are memfds. What the vendor's library does in hb_mem_import_com_buf() and hb_mem_free_buf() is done by the
 * same calls of the kernel: from a number to a descriptor (by /proc; an ioctl on the board), mmap, munmap, close. The
 * vendor's emulation is not used: it asks a broker over a socket, which the board's driver does not.
 *
 * The design is for one consumer and would make a copy for each further one. Here each gets an endpoint of its own that
 * names the same buffer, and no copy: more than the design promises.
 */
#include "contender.h"
#include "message.h"
#include "process.h"

#include "../camerad/original/zero_copy_frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BUFFERS     3
#define PATIENCE_NS 66000000

struct single_slot {
	struct trial *trial;
	int buffer_fds[BUFFERS];
	void *buffers[BUFFERS];
	ZeroCopyFrameBuffer *slots; /* One for each consumer, shared. */
	pid_t *producer_pid;        /* Shared: whose descriptors the numbers are. */
};

static int create_buffer(struct single_slot *single_slot, int index)
{
	size_t size_bytes = single_slot->trial->frame_size_bytes;
	int fd = memfd_create("zcf-bench-buffer", MFD_CLOEXEC);
	void *memory = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)size_bytes) == 0)
		memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (memory == MAP_FAILED) {
		cli_message("cannot make a buffer of %zu bytes: %s", size_bytes, strerror(errno));
		return -errno;
	}
	single_slot->buffer_fds[index] = fd;
	single_slot->buffers[index] = memory;
	return 0;
}

static size_t slots_size(const struct trial *trial)
{
	return sizeof(pid_t) + 64 + trial->consumers * sizeof(ZeroCopyFrameBuffer);
}

static int prepare(struct trial *trial, void **ret_state)
{
	struct single_slot *single_slot = cli_allocate(1, sizeof(*single_slot));
	uint8_t *shared = bench_share(slots_size(trial));
	int error = 0;

	*ret_state = single_slot;
	single_slot->trial = trial;
	single_slot->producer_pid = (pid_t *)shared;
	single_slot->slots = (ZeroCopyFrameBuffer *)(shared + 64);
	for (uint32_t i = 0; i < trial->consumers; i++) {
		sem_init(&single_slot->slots[i].new_frame_sem, 1, 0);
		sem_init(&single_slot->slots[i].consumed_sem, 1, 0);
	}
	for (int i = 0; i < BUFFERS && error == 0; i++)
		error = create_buffer(single_slot, i);
	return error;
}

static void clean(struct trial *trial, void *state)
{
	struct single_slot *single_slot = state;

	for (int i = 0; i < BUFFERS; i++) {
		if (single_slot->buffers[i] == NULL)
			continue;
		munmap(single_slot->buffers[i], trial->frame_size_bytes);
		close(single_slot->buffer_fds[i]);
	}
	bench_unshare(single_slot->producer_pid, slots_size(trial));
	free(single_slot);
}

static void *get_buffer(void *state, uint64_t number)
{
	return ((struct single_slot *)state)->buffers[number % BUFFERS];
}

static void describe(const struct single_slot *single_slot, uint64_t number, ZeroCopyFrame *frame)
{
	const struct trial *trial = single_slot->trial;
	uint64_t luma_bytes = (uint64_t)trial->width_pixels * trial->height_pixels;

	frame->frame_number = number;
	clock_gettime(CLOCK_MONOTONIC, &frame->timestamp);
	frame->width = (int)trial->width_pixels;
	frame->height = (int)trial->height_pixels;
	frame->format = 1;
	frame->share_id[0] = single_slot->buffer_fds[number % BUFFERS];
	frame->plane_size[0] = luma_bytes;
	frame->plane_size[1] = trial->frame_size_bytes - luma_bytes;
	frame->plane_cnt = 2;
	frame->consumed = 0;
	frame->version++;
}

/* Who dies, or is slow, must not hold the camera up for ever: sem_timedwait, as the design has it. */
static void wait_until_consumed(sem_t *consumed)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PATIENCE_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (sem_timedwait(consumed, &until) < 0 && errno == EINTR)
		;
}

static int publish(void *state, uint64_t number)
{
	struct single_slot *single_slot = state;
	uint32_t consumers = single_slot->trial->consumers;

	for (uint32_t i = 0; i < consumers; i++) {
		describe(single_slot, number, &single_slot->slots[i].frame);
		sem_post(&single_slot->slots[i].new_frame_sem);
	}
	for (uint32_t i = 0; i < consumers; i++)
		wait_until_consumed(&single_slot->slots[i].consumed_sem);
	return 0;
}

static int produce(struct trial *trial, void *state)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};
	struct single_slot *single_slot = state;

	__atomic_store_n(single_slot->producer_pid, getpid(), __ATOMIC_RELEASE);
	return trial_produce(trial, &steps, state);
}

static const void *import(const struct single_slot *single_slot, const ZeroCopyFrame *frame, int *ret_fd)
{
	char path[64];
	void *memory;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d",
		 (int)__atomic_load_n(single_slot->producer_pid, __ATOMIC_ACQUIRE), frame->share_id[0]);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	memory = mmap(NULL, single_slot->trial->frame_size_bytes, PROT_READ, MAP_SHARED, *ret_fd, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

static int consume(struct trial *trial, void *state, uint32_t index)
{
	struct single_slot *single_slot = state;
	ZeroCopyFrameBuffer *slot = &single_slot->slots[index];
	bool goes_on = true;

	trial_consumer_is_ready(trial);
	while (goes_on) {
		const void *frame;
		int fd;
		while (sem_wait(&slot->new_frame_sem) < 0)
			;
		frame = import(single_slot, &slot->frame, &fd);
		if (frame == NULL) {
			cli_message("cannot import a buffer: %s", strerror(errno));
			return -errno;
		}
		goes_on = trial_receive(trial, index, frame);
		munmap((void *)frame, trial->frame_size_bytes);
		close(fd);
		slot->frame.consumed = 1;
		sem_post(&slot->consumed_sem);
	}
	trial_consumer_is_done(trial, index);
	return 0;
}

const struct contender contender_single_slot = {
	.name = "single_slot",
	.title = "first design: single slot",
	.copies = "copies nothing, and imports the buffer for every frame",
	.prepare = prepare,
	.produce = produce,
	.consume = consume,
	.clean = clean,
};
