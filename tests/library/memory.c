/* SPDX-License-Identifier: Apache-2.0 */
/* Whose memory it is: consumers read the very pages that the source wrote, cannot write them, and leave nothing. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "child.h"
#include "raw_peer.h"
#include "test.h"

#define PAGE_BYTES 4096

/* Everything that a process with the descriptor could try to come to write. */
static void require_read_only(int fd, size_t size_bytes)
{
	char path[64];

	for (int flags = 0; flags < 2; flags++)
		REQUIRE(mmap(NULL, size_bytes, PROT_WRITE | (flags ? PROT_READ : 0), MAP_SHARED, fd, 0) == MAP_FAILED);
	void *base = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(base != MAP_FAILED);
	REQUIRE(mprotect(base, size_bytes, PROT_READ | PROT_WRITE) < 0);
	REQUIRE(mprotect(base, size_bytes, PROT_WRITE) < 0);
	REQUIRE(mprotect(base, size_bytes, PROT_WRITE | PROT_EXEC) < 0);
	if (!test_emulator_lacks("madvise(MADV_REMOVE), which does nothing and says 0"))
		REQUIRE(madvise(base, size_bytes, MADV_REMOVE) < 0);
	REQUIRE(pwrite(fd, "x", 1, 0) < 0);
	REQUIRE(ftruncate(fd, 0) < 0);
	REQUIRE(ftruncate(fd, (off_t)size_bytes * 2) < 0);
	REQUIRE(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE_BYTES) < 0);
	REQUIRE(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, PAGE_BYTES) < 0);
	REQUIRE(fallocate(fd, 0, 0, (off_t)size_bytes * 2) < 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int again = open(path, O_RDWR | O_CLOEXEC);
	if (again >= 0) {
		REQUIRE(mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) == MAP_FAILED);
		REQUIRE(pwrite(again, "x", 1, 0) < 0);
		REQUIRE(ftruncate(again, 0) < 0);
		close(again);
	}
	/* Neither does data that comes from another file or a pipe. */
	int other = memfd_create("other", MFD_CLOEXEC), pipe_fds[2];
	REQUIRE(other >= 0 && ftruncate(other, PAGE_BYTES) == 0 && pipe2(pipe_fds, O_CLOEXEC) == 0);
	REQUIRE(sendfile(fd, other, &(off_t){0}, PAGE_BYTES) < 0);
	REQUIRE(copy_file_range(other, &(loff_t){0}, fd, &(loff_t){0}, PAGE_BYTES, 0) < 0);
	REQUIRE_EQUAL(write(pipe_fds[1], "x", 1), 1);
	REQUIRE(splice(pipe_fds[0], NULL, fd, &(loff_t){0}, 1, 0) < 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(other);
	REQUIRE(open(path, O_RDWR | O_TRUNC | O_CLOEXEC) < 0 || lseek(fd, 0, SEEK_END) == (off_t)size_bytes);
	int self = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	REQUIRE(self >= 0);
	REQUIRE(pwrite(self, "x", 1, (off_t)(uintptr_t)base) < 0);
	close(self);
	munmap(base, size_bytes);
}

static void no_way_leads_to_writing_the_board_or_a_buffer(void **state)
{
	struct test_channel channel;
	struct raw_consumer raw;

	(void)state;
	test_channel_open(&channel, "memory", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	raw_attach(&raw, &channel);
	test_channel_publish(&channel);
	require_read_only(raw.fds[ZCF_WELCOME_BOARD_FD], raw.welcome.board_size_bytes);
	for (uint32_t i = 0; i < raw.welcome.buffer_count; i++)
		require_read_only(raw.fds[ZCF_WELCOME_BUFFER_FDS + i], raw.board->slots[i].record.size_bytes);
	/* The lane is the consumer's to write, and nobody's to shrink under the producer. */
	REQUIRE(ftruncate(raw.fds[ZCF_WELCOME_LANE_FD], 0) < 0);
	REQUIRE(fcntl(raw.fds[ZCF_WELCOME_LANE_FD], F_ADD_SEALS, F_SEAL_WRITE) < 0);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	raw_detach(&raw);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void write_through_the_plane(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	uint32_t plane = *(uint32_t *)context;

	REQUIRE_EQUAL(zcf_consumer_open("memory", NULL, PATIENCE_NS, &consumer), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	*(volatile uint8_t *)zcf_frame_get_plane(frame, plane) = 1;
}

static void a_write_through_a_plane_faults(void **state)
{
	struct test_channel channel;
	struct test_child child;

	(void)state;
	test_channel_open(&channel, "memory", NULL);
	test_channel_publish(&channel);
	for (uint32_t plane = 0; plane < 2; plane++) {
		test_child_start(&child, write_through_the_plane, &plane);
		REQUIRE_EQUAL(test_child_finish(&child, channel.producer), -SIGSEGV);
	}
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(consumer)), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* Number of the physical page behind an address; 0 if the kernel does not say. */
static uint64_t physical_page(const volatile void *address)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)*(const volatile uint8_t *)address; /* so that it is mapped here */
	if (pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)address / PAGE_BYTES * sizeof(entry))) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? entry & ((UINT64_C(1) << 55) - 1) : 0;
}

#define PAGES 5 /* of a buffer of 128x96 NV12: 18432 bytes */

static void report_physical_pages(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open("memory", NULL, PATIENCE_NS, &consumer), 0);
	test_child_report(0);
	for (;;) {
		test_child_await_command();
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
		test_child_report(zcf_frame_get_info(frame)->buffer_index);
		for (int i = 0; i < PAGES; i++)
			test_child_report((int64_t)physical_page((const uint8_t *)zcf_frame_get_plane(frame, 0) +
								 i * PAGE_BYTES));
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	}
}

static void producer_and_consumers_read_the_same_physical_pages_of_every_buffer(void **state)
{
	struct test_channel_setup setup = {.width_pixels = 128, .height_pixels = 96};
	struct test_channel channel;
	struct test_child children[3];
	uint32_t seen = 0;

	(void)state;
	if (physical_page(&setup) == 0) {
		print_message("skipped: /proc/self/pagemap shows physical pages to CAP_SYS_ADMIN only\n");
		skip();
	}
	test_channel_open(&channel, "memory", &setup);
	for (int i = 0; i < 3; i++) {
		test_child_start(&children[i], report_physical_pages, NULL);
		test_child_next_report(&children[i], channel.producer);
	}
	while (seen != 7) {
		struct zcf_buffer *buffer;

		REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffer), 0);
		REQUIRE_EQUAL(zcf_producer_publish(channel.producer, buffer, &(struct zcf_frame_metadata){0}), 0);
		const uint8_t *base = zcf_buffer_get_plane(buffer, 0);
		seen |= 1u << zcf_buffer_get_index(buffer);
		for (int i = 0; i < 3; i++) {
			test_child_command(&children[i], 0);
			REQUIRE_EQUAL(test_child_next_report(&children[i], channel.producer),
				      zcf_buffer_get_index(buffer));
			for (int page = 0; page < PAGES; page++) {
				uint64_t own = physical_page(base + page * PAGE_BYTES);

				REQUIRE(own != 0);
				REQUIRE_EQUAL(test_child_next_report(&children[i], channel.producer), own);
			}
		}
	}
	for (int i = 0; i < 3; i++)
		test_child_kill(&children[i]);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

static void opening_and_closing_a_hundred_times_leaves_nothing(void **state)
{
	struct test_channel channel;
	int fds_before = test_fd_count(), mappings_before = test_shared_mapping_count(), fds, mappings;

	(void)state;
	for (int life = 0; life < 10; life++) {
		test_channel_open(&channel, "memory", NULL);
		fds = test_fd_count();
		mappings = test_shared_mapping_count();
		REQUIRE_EQUAL(mappings - mappings_before, 1 + 3);
		for (int i = 0; i < 10; i++) {
			struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);

			test_channel_publish(&channel);
			struct zcf_frame *frame = test_acquire_now(consumer);
			zcf_consumer_get_fd(consumer);
			/* Board, lane and buffers here; the producer's view of the lane. */
			REQUIRE_EQUAL(test_shared_mapping_count() - mappings, 1 + 1 + 3 + 1);
			if (i % 2) {
				REQUIRE_EQUAL(zcf_frame_release(frame), 0);
				zcf_consumer_close(consumer);
			} else {
				zcf_consumer_close(consumer);
				REQUIRE_EQUAL(zcf_frame_release(frame), 0);
			}
			test_channel_await_consumers(&channel, 0);
			REQUIRE_EQUAL(test_fd_count(), fds);
			REQUIRE_EQUAL(test_shared_mapping_count(), mappings);
		}
		test_channel_close(&channel);
		REQUIRE_EQUAL(test_fd_count(), fds_before);
		REQUIRE_EQUAL(test_shared_mapping_count(), mappings_before);
		REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_way_leads_to_writing_the_board_or_a_buffer),
		TEST(a_write_through_a_plane_faults),
		TEST(producer_and_consumers_read_the_same_physical_pages_of_every_buffer),
		TEST(opening_and_closing_a_hundred_times_leaves_nothing),
	};

	return TEST_RUN(tests);
}
