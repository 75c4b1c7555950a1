/* SPDX-License-Identifier: Apache-2.0 */
/* A reader's process: it takes frames in every way there is, holds them too long, and looks at every byte. */
#include "torture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"

#define MOST_FRAMES 3

struct reader {
	int index;
	uint64_t seed;
	struct zcf_consumer *consumer;
	int poll_fd; /* -1: it waits in acquire */
	struct zcf_frame *frames[MOST_FRAMES];
	uint64_t before_ns[MOST_FRAMES]; /* When each was asked for: its lease began later. */
	uint64_t wanted;
};

static void open_reader(struct reader *reader)
{
	struct zcf_consumer_options options;

	zcf_consumer_options_init(&options);
	reader->wanted = options.max_leases = 1 + next_random(&reader->seed) % MOST_FRAMES;
	options.rate = next_random(&reader->seed) % 4 ? ZCF_RATE_EVERY_FRAME : ZCF_RATE_NEWEST_ONLY;
	options.spin_ns = next_random(&reader->seed) % 4 ? 0 : 200000;
	options.copy_out = next_random(&reader->seed) % 4 == 0;
	/* It may be refused for want of descriptors or memory, here or there: then it tries again. */
	while (zcf_consumer_open(CHANNEL, &options, NS_PER_S, &reader->consumer) < 0)
		test_sleep_ns(NS_PER_MS);
	reader->poll_fd = next_random(&reader->seed) % 3 ? -1 : zcf_consumer_get_fd(reader->consumer);
}

/* In a child, while the parent holds: the frame is not the child's to give back, and nothing here disturbs the parent.
 */
static void fork_while_held(struct zcf_frame *frame)
{
	pid_t child = fork();

	if (child == 0) {
		own_place = -1;
		_exit(zcf_frame_release(frame) == -ECHILD ? 0 : TEST_CHILD_FAILED);
	}
	int status = 0;
	if (child > 0 && waitpid(child, &status, 0) == child && status != 0)
		fail_torture("a forked child could release its parent's frame (status %x)", status);
	atomic_fetch_add(&arena->forked_while_held, 1);
}

static void hold_for_a_while(struct reader *reader)
{
	uint64_t dice = next_random(&reader->seed);

	if (atomic_load(&arena->hold_on) || dice % 32 == 0)
		test_sleep_ns((int64_t)(next_random(&reader->seed) % (3 * DEADLINE_NS / 2)));
}

/* Look at a frame now and then while time goes by, release it, and compare. */
static void verify(struct reader *reader, struct zcf_frame *frame, uint64_t before_ns)
{
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);
	uint64_t sequence = info->sequence, stamp = frame_stamp(info->epoch, sequence);
	bool intact = info->frame_number == sequence, stale = false;

	for (uint64_t looks = 1 + next_random(&reader->seed) % 3; looks > 0; looks--) {
		intact = test_stamp_is(frame, stamp) && intact;
		stale = zcf_frame_check(frame) < 0 || stale;
		hold_for_a_while(reader);
	}
	if (next_random(&reader->seed) % 256 == 0)
		fork_while_held(frame);
	intact = test_stamp_is(frame, stamp) && intact;
	int verdict = zcf_frame_release(frame);
	if (verdict == 0 && !intact)
		fail_torture("reader %d: frame %llu was overwritten, and said to be valid", reader->index,
			     (unsigned long long)sequence);
	if (verdict == 0 && stale)
		fail_torture("reader %d: frame %llu was void, and then valid", reader->index,
			     (unsigned long long)sequence);
	if (verdict < 0 && test_now_ns() - before_ns < DEADLINE_NS)
		fail_torture("reader %d: frame %llu was taken away before its deadline", reader->index,
			     (unsigned long long)sequence);
	atomic_fetch_add(verdict == 0 ? &arena->verified : &arena->stale, 1);
	if (verdict < 0 && !intact)
		atomic_fetch_add(&arena->torn, 1);
	atomic_fetch_add(&arena->progress[reader->index], 1);
}

static void wait_in_poll(struct reader *reader)
{
	struct pollfd poll_fd = {.fd = reader->poll_fd, .events = POLLIN};

	poll(&poll_fd, 1, 20);
}

static int take(struct reader *reader, int64_t timeout_ns, struct zcf_frame **ret_frame)
{
	if (next_random(&reader->seed) % 2)
		return zcf_consumer_acquire(reader->consumer, timeout_ns, ret_frame);
	return zcf_consumer_acquire_next(reader->consumer, timeout_ns, ret_frame);
}

static void read_frames(struct reader *reader)
{
	uint64_t count = 0;

	while (count < reader->wanted) {
		int64_t timeout_ns = (int64_t)(next_random(&reader->seed) % 3) * NS_PER_MS;

		if (count == 0 && reader->poll_fd >= 0)
			wait_in_poll(reader);
		reader->before_ns[count] = test_now_ns();
		int error = take(reader, timeout_ns, &reader->frames[count]);
		if (error == -EPROTO || error == -EINVAL)
			fail_torture("reader %d: acquire: %s", reader->index, zcf_error_detail());
		if (error < 0)
			break;
		count++;
	}
	while (count > 0) {
		count--;
		verify(reader, reader->frames[count], reader->before_ns[count]);
	}
}

/* Take frames until one is of the camera of the day. */
static uint64_t follow_camera(struct reader *reader)
{
	struct zcf_frame *frame;
	uint64_t epoch = 0;

	while (atomic_load(&arena->pause) && epoch != atomic_load(&arena->epoch)) {
		uint64_t before_ns = test_now_ns();

		if (take(reader, 20 * NS_PER_MS, &frame) == 0) {
			epoch = zcf_frame_get_info(frame)->epoch;
			verify(reader, frame, before_ns);
		}
	}
	return epoch;
}

/* Hold nothing and wait, attached to the camera of the day, which may still turn out to have died. */
static void rest(struct reader *reader)
{
	while (atomic_load(&arena->pause)) {
		uint64_t epoch = follow_camera(reader);
		/* Board, lane and buffers of this camera, and nothing of the cameras before. */
		int mappings = test_shared_mapping_count();

		if (epoch == atomic_load(&arena->epoch) && mappings != 2 + BUFFERS)
			fail_torture("reader %d: %d mappings where it needs %d", reader->index, mappings, 2 + BUFFERS);
		atomic_store(&arena->paused[reader->index], true);
		while (atomic_load(&arena->pause) && epoch == atomic_load(&arena->epoch))
			test_sleep_ns(NS_PER_MS);
		atomic_store(&arena->paused[reader->index], false);
	}
}

void run_reader(int index, uint64_t seed)
{
	struct reader reader = {.index = index, .seed = seed};

	atomic_store(&arena->paused[index], false);
	open_reader(&reader);
	for (;;) {
		rest(&reader);
		read_frames(&reader);
		if (next_random(&reader.seed) % 512 == 0) {
			zcf_consumer_close(reader.consumer);
			open_reader(&reader);
		}
	}
}
