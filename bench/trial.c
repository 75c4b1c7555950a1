/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include "camera.h"
#include "clock.h"
#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PATIENCE_NS UINT64_C(10000000000)
#define LOOK_NS     UINT64_C(500000)
/* So long consumers have to fall asleep before the first frame comes. */
#define SETTLE_NS UINT64_C(30000000)

static size_t mapping_size(uint32_t consumers, uint32_t frames)
{
	return sizeof(struct trial) + sizeof(uint64_t) * frames * (1 + 2 * (size_t)consumers);
}

struct trial *trial_create(uint32_t consumers, uint32_t frames, int *ret_fd)
{
	size_t size_bytes = mapping_size(consumers, frames);
	struct trial *trial;
	int fd = memfd_create("zcf-bench-trial", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, (off_t)size_bytes) == 0) {
		/* MAP_POPULATE: no page fault in the middle of a measurement. */
		trial = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
		if (trial != MAP_FAILED) {
			trial->mapping_size_bytes = size_bytes;
			trial->consumers = consumers;
			trial->frames = frames;
			*ret_fd = fd;
			return trial;
		}
	}
	cli_message("cannot make %zu bytes of shared memory: %s", size_bytes, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

struct trial *trial_map(int fd)
{
	uint64_t size_bytes;
	struct trial *trial;

	if (pread(fd, &size_bytes, sizeof(size_bytes), 0) != sizeof(size_bytes))
		return NULL;
	trial = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	return trial == MAP_FAILED ? NULL : trial;
}

void trial_destroy(struct trial *trial, int fd)
{
	if (trial->shared_memory[0] != '\0')
		shm_unlink(trial->shared_memory);
	munmap(trial, trial->mapping_size_bytes);
	close(fd);
}

/* The camera's part: not the contender's time, but the producer's processor. */
static void write_frame(struct trial *trial, void *buffer, uint64_t number)
{
	uint64_t start_ns = bench_clock_ns(CLOCK_THREAD_CPUTIME_ID);

	if (trial->touches_pixels)
		camera_write(buffer, trial->frame_size_bytes, number);
	else
		camera_mark(buffer, number);
	if (number >= trial->first_counted && number < trial->frames)
		trial->camera_cpu_ns += bench_clock_ns(CLOCK_THREAD_CPUTIME_ID) - start_ns;
}

static int send_frame(struct trial *trial, const struct producer_steps *steps, void *state, uint64_t number)
{
	void *buffer = steps->get_buffer(state, number);

	if (buffer == NULL) {
		trial->skipped++;
		return 0;
	}
	write_frame(trial, buffer, number);
	if (number < trial->frames)
		trial_sent_ns(trial)[number] = bench_now_ns();
	return steps->publish(state, number);
}

static int wait_for(_Atomic uint32_t *word, uint32_t value, const char *what, const struct producer_steps *steps,
		    void *state)
{
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;

	while (atomic_load(word) < value) {
		if (bench_now_ns() > deadline_ns) {
			cli_message("%s", what);
			return -ETIMEDOUT;
		}
		if (steps->serve != NULL)
			steps->serve(state);
		bench_sleep_until(bench_now_ns() + LOOK_NS);
	}
	return 0;
}

uint64_t trial_first_frame_ns(const struct trial *trial)
{
	uint64_t start_ns = atomic_load(&trial->start_ns);

	return start_ns == 0 ? 0 : start_ns + SETTLE_NS + trial->offset_ns;
}

static uint64_t wait_for_start(struct trial *trial, const struct producer_steps *steps, void *state)
{
	atomic_store(&trial->producer_ready, 1);
	while (atomic_load(&trial->start_ns) == 0) {
		if (steps->serve != NULL)
			steps->serve(state);
		bench_sleep_until(bench_now_ns() + LOOK_NS);
	}
	return trial_first_frame_ns(trial);
}

/* Numbers that are beyond the last tell the consumers that it is over. */
static int dismiss_consumers(struct trial *trial, const struct producer_steps *steps, void *state)
{
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;
	uint64_t number = trial->frames;

	while (atomic_load(&trial->consumers_done) < trial->consumers) {
		int error = send_frame(trial, steps, state, number++);
		if (error < 0)
			return error;
		if (bench_now_ns() > deadline_ns) {
			cli_message("%s: the consumers did not end", trial->channel);
			return -ETIMEDOUT;
		}
		if (steps->serve != NULL)
			steps->serve(state);
		bench_sleep_until(bench_now_ns() + trial->interval_ns / 4);
	}
	return 0;
}

int trial_produce(struct trial *trial, const struct producer_steps *steps, void *state)
{
	int error = wait_for(&trial->consumers_ready, trial->consumers, "the consumers did not come", steps, state);
	uint64_t start_ns;

	if (error < 0)
		return error;
	/* A camera interrupts when it is time, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	account_open(&trial->producer_account);
	start_ns = wait_for_start(trial, steps, state);
	for (uint32_t i = 0; i < trial->frames && error == 0; i++) {
		bench_sleep_until(start_ns + i * trial->interval_ns);
		if (i == trial->first_counted)
			account_begin(&trial->producer_account);
		error = send_frame(trial, steps, state, i);
	}
	bench_sleep_until(start_ns + trial->frames * trial->interval_ns - trial->interval_ns / 8);
	account_end(&trial->producer_account);
	account_note_memory(&trial->producer_account);
	return error < 0 ? error : dismiss_consumers(trial, steps, state);
}

void trial_count_copy(struct trial *trial, uint64_t number, uint64_t bytes)
{
	if (number >= trial->first_counted && number < trial->frames)
		trial->bytes_copied += bytes;
}

void trial_consumer_is_ready(struct trial *trial)
{
	atomic_fetch_add(&trial->consumers_ready, 1);
}

bool trial_receive(struct trial *trial, uint32_t consumer, const void *frame)
{
	uint64_t pointer_ns = bench_now_ns();
	uint64_t number = camera_number(frame);
	struct account *account = &trial->consumer_accounts[consumer];
	bool is_whole = true;

	if (number >= trial->frames)
		return false;
	if (trial->touches_pixels)
		is_whole = camera_read(frame, trial->frame_size_bytes, number);
	trial_read_ns(trial, consumer)[number] = bench_now_ns();
	trial_pointer_ns(trial, consumer)[number] = pointer_ns;
	trial->damaged += !is_whole;
	if (number + 1 >= trial->first_counted && !account->begun) {
		account_open(account);
		account_begin(account);
	}
	if (number + 1 == trial->frames)
		account_end(account);
	return true;
}

void trial_consumer_is_done(struct trial *trial, uint32_t consumer)
{
	struct account *account = &trial->consumer_accounts[consumer];

	account_end(account);
	account_note_memory(account);
	atomic_fetch_add(&trial->consumers_done, 1);
}
