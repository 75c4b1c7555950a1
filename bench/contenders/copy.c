/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before: the camera daemon copies each frame out of the camera's buffer into POSIX shared memory, once for each
 * consumer, and posts that consumer's semaphore. The memory holds one frame; nothing keeps the next copy from being
 * made while the frame is read.
 */
#include "contender.h"
#include "message.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As the program had it before the first design: a header, and the pixels behind it. */
struct shared_frame {
	sem_t new_frame;
	uint64_t frame_number;
	_Alignas(4096) uint8_t pixels[];
};

struct copies {
	struct trial *trial;
	struct ring *camera; /* The camera's own buffers. */
	struct shared_frame *frames[TRIAL_MAX_CONSUMERS];
};

static size_t shared_size(const struct trial *trial)
{
	return sizeof(struct shared_frame) + trial->frame_size_bytes;
}

static struct shared_frame *create_shared_frame(const struct trial *trial, uint32_t index)
{
	char name[96];
	struct shared_frame *frame = MAP_FAILED;
	int fd, error;

	snprintf(name, sizeof(name), "/zcf-bench-%d-%s-%u", (int)getpid(), trial->channel, index);
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	/* With its memory: what is missing later ends the process that writes to it. */
	error = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)shared_size(trial));
	if (error == 0)
		frame = mmap(NULL, shared_size(trial), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (fd >= 0) {
		/* The processes are forked and need no name to find it by. */
		shm_unlink(name);
		close(fd);
	}
	if (frame != MAP_FAILED && sem_init(&frame->new_frame, 1, 0) == 0)
		return frame;
	cli_message("cannot make shared memory %s of %zu bytes: %s%s", name, shared_size(trial),
		    strerror(error != 0 ? error : errno),
		    error == ENOSPC ? "; free some of /dev/shm, or mount it anew with another size" : "");
	return NULL;
}

static void clean(struct trial *trial, void *state)
{
	struct copies *copies = state;

	for (uint32_t i = 0; i < trial->consumers; i++)
		if (copies->frames[i] != NULL)
			munmap(copies->frames[i], shared_size(trial));
	if (copies->camera != NULL)
		ring_clean(trial, copies->camera);
	free(copies);
}

static int prepare(struct trial *trial, void **ret_state)
{
	struct copies *copies = cli_allocate(1, sizeof(*copies));
	void *camera;

	copies->trial = trial;
	*ret_state = copies;
	ring_prepare(trial, &camera);
	copies->camera = camera;
	for (uint32_t i = 0; i < trial->consumers; i++) {
		copies->frames[i] = create_shared_frame(trial, i);
		if (copies->frames[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

static void *get_buffer(void *state, uint64_t number)
{
	return ring_frame(((struct copies *)state)->camera, number);
}

static int publish(void *state, uint64_t number)
{
	struct copies *copies = state;
	size_t size_bytes = copies->trial->frame_size_bytes;

	for (uint32_t i = 0; i < copies->trial->consumers; i++) {
		struct shared_frame *frame = copies->frames[i];
		memcpy(frame->pixels, ring_frame(copies->camera, number), size_bytes);
		trial_count_copy(copies->trial, number, size_bytes);
		frame->frame_number = number;
		sem_post(&frame->new_frame);
	}
	return 0;
}

static int produce(struct trial *trial, void *state)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};

	return trial_produce(trial, &steps, state);
}

static int consume(struct trial *trial, void *state, uint32_t index)
{
	struct shared_frame *frame = ((struct copies *)state)->frames[index];

	trial_consumer_is_ready(trial);
	do {
		while (sem_wait(&frame->new_frame) < 0)
			;
	} while (trial_receive(trial, index, frame->pixels));
	trial_consumer_is_done(trial, index);
	return 0;
}

const struct contender contender_copy = {
	.name = "copy",
	.title = "before: memcpy and semaphore",
	.copies = "the daemon copies every frame once for each consumer",
	.copy_count = 1,
	.prepare = prepare,
	.produce = produce,
	.consume = consume,
	.clean = clean,
};
