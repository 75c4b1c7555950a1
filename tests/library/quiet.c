/* SPDX-License-Identifier: Apache-2.0 */
/* The per-frame path: no system call where nobody waits, one wake call for all who sleep, no allocation ever. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "test.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

/* The linker sends every call of these in this program and in the static library here (-Wl,--wrap). */
static atomic_ulong allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__real_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __real_realloc(memory, size);
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	atomic_fetch_add(&allocations, 1);
	return __real_mmap(address, size, protection, flags, fd, offset);
}

/* What mmap is called where off_t has 64 bits by a macro. */
void *__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	atomic_fetch_add(&allocations, 1);
	return __real_mmap64(address, size, protection, flags, fd, offset);
}

/* From now on any system call but these kills the process. The clock is one where the vDSO cannot read it. */
static void forbid_system_calls(void)
{
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_exit_group),
		ALLOW(SYS_write),
		ALLOW(SYS_clock_gettime),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

	REQUIRE_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	REQUIRE_EQUAL(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
}

struct both_ends {
	struct test_channel channel;
	struct zcf_consumer *consumers[2];
};

static void open_both_ends(struct both_ends *ends)
{
	test_channel_open(&ends->channel, "quiet", NULL);
	for (int i = 0; i < 2; i++)
		ends->consumers[i] = test_channel_attach(&ends->channel, NULL);
}

/* One frame, from the source to two consumers and back. */
static void pass_one_frame(struct both_ends *ends, uint64_t number)
{
	struct zcf_frame_metadata metadata = {.frame_number = number};
	struct zcf_frame *frames[2];
	struct zcf_buffer *buffer;

	REQUIRE_EQUAL(zcf_producer_dequeue(ends->channel.producer, 0, 0, &buffer), 0);
	*(uint64_t *)zcf_buffer_get_plane(buffer, 0) = number;
	REQUIRE_EQUAL(zcf_producer_publish(ends->channel.producer, buffer, &metadata), 0);
	for (int i = 0; i < 2; i++) {
		REQUIRE_EQUAL(zcf_consumer_acquire(ends->consumers[i], number % 2 ? -1 : 0, &frames[i]), 0);
		REQUIRE_EQUAL(*(const uint64_t *)zcf_frame_get_plane(frames[i], 0), number);
		REQUIRE_EQUAL(zcf_frame_check(frames[i]), 0);
	}
	/* Of three buffers one is held: the camera goes on. */
	REQUIRE_EQUAL(zcf_producer_dequeue(ends->channel.producer, 0, 0, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_cancel(ends->channel.producer, buffer), 0);
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
}

static void pass_frames_without_system_calls(void *context)
{
	struct both_ends ends;

	(void)context;
	open_both_ends(&ends);
	forbid_system_calls();
	for (uint64_t i = 1; i <= 1000; i++)
		pass_one_frame(&ends, i);
	syscall(SYS_exit_group, 0);
}

static void fail_to_dequeue_without_system_calls(void *context)
{
	struct zcf_frame *frames[2];
	struct zcf_buffer *buffer;
	struct both_ends ends;

	(void)context;
	open_both_ends(&ends);
	for (int i = 0; i < 2; i++) {
		test_channel_publish(&ends.channel);
		frames[i] = test_acquire_now(ends.consumers[i]);
	}
	REQUIRE_EQUAL(zcf_producer_dequeue(ends.channel.producer, 0, 0, &buffer), 0);
	forbid_system_calls();
	for (int i = 0; i < 100; i++)
		REQUIRE_EQUAL(zcf_producer_dequeue(ends.channel.producer, 0, 0, &buffer), -ENOBUFS);
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
	syscall(SYS_exit_group, 0);
}

static void wait_where_system_calls_are_forbidden(void *context)
{
	struct zcf_frame *frame;
	struct both_ends ends;

	(void)context;
	open_both_ends(&ends);
	forbid_system_calls();
	zcf_consumer_acquire(ends.consumers[0], NS_PER_MS, &frame);
	syscall(SYS_exit_group, 0);
}

/* In a child; a system call shows as death by SIGSYS. */
static int run_in_child(void (*body)(void *context))
{
	struct test_child child;
	char path[256];

	test_child_start(&child, body, NULL);
	int status = test_child_finish(&child, NULL);
	/* Killed or not, it does not clean up. */
	snprintf(path, sizeof(path), "%s/quiet.sock", test_runtime_directory());
	REQUIRE_EQUAL(unlink(path), 0);
	return status;
}

static void a_frame_passes_without_a_system_call_where_nobody_waits(void **state)
{
	(void)state;
#ifdef SANITIZED
	print_message("skipped: a sanitizer makes system calls of its own\n");
	skip();
#endif
	if (test_emulator_lacks("the count of system calls (seccomp)"))
		skip();
	/* The trap is set: waiting takes a system call, and is caught. */
	REQUIRE_EQUAL(run_in_child(wait_where_system_calls_are_forbidden), -SIGSYS);
	REQUIRE_EQUAL(run_in_child(pass_frames_without_system_calls), 0);
	REQUIRE_EQUAL(run_in_child(fail_to_dequeue_without_system_calls), 0);
}

static void nothing_is_allocated_or_mapped_for_a_frame(void **state)
{
	struct both_ends ends;
	struct zcf_buffer *buffer;

	(void)state;
	unsigned long before = atomic_load(&allocations);
	open_both_ends(&ends);
	REQUIRE(atomic_load(&allocations) - before > 10); /* the count counts */
	before = atomic_load(&allocations);
	for (uint64_t i = 1; i <= 1000; i++)
		pass_one_frame(&ends, i);
	/* Nor when things go wrong: no frame, no buffer. */
	struct zcf_frame *frames[2], *none;
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(zcf_consumer_acquire(ends.consumers[i], NS_PER_MS, &none), -EAGAIN);
	for (int i = 0; i < 2; i++) {
		test_channel_publish(&ends.channel);
		frames[i] = test_acquire_now(ends.consumers[i]);
	}
	REQUIRE_EQUAL(zcf_producer_dequeue(ends.channel.producer, 0, 0, &buffer), 0);
	struct zcf_buffer *lost;
	REQUIRE_EQUAL(zcf_producer_dequeue(ends.channel.producer, 0, NS_PER_MS, &lost), -ENOBUFS);
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
	REQUIRE_EQUAL(atomic_load(&allocations), before);
	for (int i = 0; i < 2; i++)
		zcf_consumer_close(ends.consumers[i]);
	test_channel_close(&ends.channel);
}

#define SLEEPERS     16
#define SLEEP_FRAMES 200

static void sleep_for_every_frame(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	uint64_t sequence = 0;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("quiet", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	while (sequence < SLEEP_FRAMES) {
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
		sequence = zcf_frame_get_info(frame)->sequence;
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		test_child_report((int64_t)sequence);
	}
}

static void sixteen_sleepers_are_woken_by_at_most_one_call_for_each_frame(void **state)
{
	struct test_child sleepers[SLEEPERS];
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "quiet", NULL);
	for (int i = 0; i < SLEEPERS; i++)
		test_child_start(&sleepers[i], sleep_for_every_frame, NULL);
	for (int i = 0; i < SLEEPERS; i++)
		REQUIRE_EQUAL(test_child_next_report(&sleepers[i], channel.producer), 0);
	for (int64_t sequence = 1; sequence <= SLEEP_FRAMES; sequence++) {
		test_sleep_ns(NS_PER_MS);
		REQUIRE_EQUAL(test_channel_publish(&channel), sequence);
		/* Everybody gets every frame. */
		for (int i = 0; i < SLEEPERS; i++)
			REQUIRE_EQUAL(test_child_next_report(&sleepers[i], channel.producer), sequence);
	}
	REQUIRE(test_channel_snapshot(&channel)->wake_calls <= SLEEP_FRAMES);
	REQUIRE(test_channel_snapshot(&channel)->wake_calls > SLEEP_FRAMES / 2); /* they did sleep */
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->notice_calls, 0);
	for (int i = 0; i < SLEEPERS; i++)
		REQUIRE_EQUAL(test_child_finish(&sleepers[i], channel.producer), 0);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_passes_without_a_system_call_where_nobody_waits),
		TEST(nothing_is_allocated_or_mapped_for_a_frame),
		TEST(sixteen_sleepers_are_woken_by_at_most_one_call_for_each_frame),
	};

	return TEST_RUN(tests);
}
