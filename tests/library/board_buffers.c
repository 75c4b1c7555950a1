/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers of kind hbmem: what consumers are told of them, and what becomes of a description that names no buffer, or
 * the buffer of somebody else: noticed, with a sentence, and never read. The board is an emulated one of this program's
 * own.
 */
#include "abi/board.h"
#include "child.h"
#include "emulated_hb_mem.h"
#include "producer/producer.h"
#include "raw_peer.h"
#include "test.h"
#include "zcframe/zcframe.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"

#define CHANNEL "board"
#define FLAGS   (HB_MEM_USAGE_CPU_READ_OFTEN | HB_MEM_USAGE_CPU_WRITE_OFTEN | HB_MEM_USAGE_CACHED)

static char directory[] = "/tmp/zcf-test-buffers-XXXXXX";

/* A producer with a ring of two buffers, as a camera has. */
struct ring {
	hb_mem_graphic_buf_t pictures[2];
	struct zcf_pool *pool;
	struct zcf_producer *producer;
};

static hb_mem_graphic_buf_t allocate(uint8_t content)
{
	hb_mem_graphic_buf_t picture;

	REQUIRE_EQUAL(hb_mem_alloc_graph_buf(64, 64, MEM_PIX_FMT_NV12, FLAGS | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF, 0,
					     0, &picture),
		      0);
	memset(picture.virt_addr[0], content, picture.size[0] + picture.size[1]);
	return picture;
}

static void ring_open_kept(struct ring *ring, void (*keep)(void *context, const char *name, int fd))
{
	struct zcf_producer_options options;
	struct zcf_format format;

	REQUIRE_EQUAL(hb_mem_module_open(), 0);
	for (int i = 0; i < 2; i++)
		ring->pictures[i] = allocate((uint8_t)(i + 1));
	zcf_producer_options_init(&options);
	options.lease_deadline_ns = TEST_NO_DEADLINE_NS;
	options.keep = keep;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, 64, 64, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create_for_camera("hbmem", &format, 2, &ring->pool), 0);
	REQUIRE_EQUAL(zcf_producer_create(CHANNEL, ring->pool, &options, &ring->producer), 0);
}

static void ring_open(struct ring *ring)
{
	ring_open_kept(ring, NULL);
}

static void ring_close(struct ring *ring)
{
	zcf_producer_destroy(ring->producer);
	zcf_pool_destroy(ring->pool);
	for (int i = 0; i < 2; i++)
		REQUIRE_EQUAL(hb_mem_free_buf(ring->pictures[i].fd[0]), 0);
	REQUIRE_EQUAL(hb_mem_module_close(), 0);
}

static void publish(struct ring *ring, uint32_t index)
{
	struct zcf_frame_metadata metadata = {.frame_number = 1};
	struct zcf_buffer *buffer;

	REQUIRE_EQUAL(zcf_pool_adopt(ring->pool, index, &ring->pictures[index], sizeof(ring->pictures[index]), &buffer),
		      0);
	REQUIRE_EQUAL(zcf_producer_publish(ring->producer, buffer, &metadata), 0);
}

static hb_mem_graphic_buf_t *described(struct ring *ring, uint32_t index)
{
	return (hb_mem_graphic_buf_t *)ring->producer->board->slots[index].record.handle;
}

/* One thing that a description can say wrongly. */
static const struct {
	const char *what;
	size_t offset, size;
	int64_t value;
} lies[] = {
	{"an unknown share_id", offsetof(hb_mem_graphic_buf_t, share_id), 4, 4711},
	{"no share_id", offsetof(hb_mem_graphic_buf_t, share_id), 4, 0},
	{"a negative share_id", offsetof(hb_mem_graphic_buf_t, share_id), 4, -1},
	{"another buffer's share_id", offsetof(hb_mem_graphic_buf_t, share_id), 4, 2},
	{"no physical address", offsetof(hb_mem_graphic_buf_t, phys_addr), 8, 0},
	{"another physical address", offsetof(hb_mem_graphic_buf_t, phys_addr), 8, 4096},
	{"no size", offsetof(hb_mem_graphic_buf_t, size), 8, 0},
	{"too large a size", offsetof(hb_mem_graphic_buf_t, size), 8, 1 << 30},
	{"no planes", offsetof(hb_mem_graphic_buf_t, plane_cnt), 4, 0},
	{"three planes", offsetof(hb_mem_graphic_buf_t, plane_cnt), 4, 3},
	{"very many planes", offsetof(hb_mem_graphic_buf_t, plane_cnt), 4, INT32_MAX},
	{"a negative width", offsetof(hb_mem_graphic_buf_t, width), 4, -64},
	{"another format", offsetof(hb_mem_graphic_buf_t, format), 4, MEM_PIX_FMT_RGB24},
	{"planes apart", offsetof(hb_mem_graphic_buf_t, is_contig), 4, 0},
	{"memory that no cache is in front of", offsetof(hb_mem_graphic_buf_t, flags), 8, 0x11},
};

#define LIE_COUNT (sizeof(lies) / sizeof(lies[0]))

static void require_refused(const char *what, int error)
{
	if (error >= 0 || strstr(zcf_error_detail(), "hb_mem_import_graph_buf: error -16777214") == NULL)
		print_error("%s: %d, %s\n", what, error, error < 0 ? zcf_error_detail() : "");
	REQUIRE(error < 0);
	REQUIRE(strstr(zcf_error_detail(), "hb_mem_import_graph_buf: error -16777214") != NULL);
}

static int try_attach(struct ring *ring, struct zcf_consumer **ret_consumer, char *detail, size_t detail_size)
{
	struct test_open open;
	int result;

	test_open_start(&open, CHANNEL, NULL, -1);
	result = test_open_finish(&open, ring->producer);
	snprintf(detail, detail_size, "%s", open.detail);
	*ret_consumer = open.consumer;
	return result;
}

static void what_names_no_buffer_is_refused_at_attach_and_nothing_leaks(void **state)
{
	struct zcf_consumer *consumer;
	hb_mem_graphic_buf_t truth;
	char detail[512];
	struct ring ring;
	int fds = 0;

	(void)state;
	ring_open(&ring);
	publish(&ring, 0);
	publish(&ring, 1);
	memcpy(&truth, described(&ring, 1), sizeof(truth));
	for (size_t i = 0; i < LIE_COUNT; i++) {
		memcpy((uint8_t *)described(&ring, 1) + lies[i].offset, &lies[i].value, lies[i].size);
		if (strcmp(lies[i].what, "another buffer's share_id") == 0)
			described(&ring, 1)->share_id[0] = ring.pictures[0].share_id[0];
		int error = try_attach(&ring, &consumer, detail, sizeof(detail));

		if (error >= 0 || strstr(detail, "hb_mem_import_graph_buf: error -16777214") == NULL)
			print_error("%s: %d, %s\n", lies[i].what, error, detail);
		REQUIRE(error < 0);
		REQUIRE(strstr(detail, "hb_mem_import_graph_buf: error -16777214") != NULL);
		memcpy(described(&ring, 1), &truth, sizeof(truth));
		test_channel_await_consumers(&(struct test_channel){.producer = ring.producer}, 0);
		if (i == 0)
			fds = test_fd_count();
		REQUIRE_EQUAL(test_fd_count(), fds);
	}
	/* Nobody has the good buffer any more either. */
	int32_t users;

	REQUIRE_EQUAL(hb_mem_get_share_info(ring.pictures[0].fd[0], &users), 0);
	REQUIRE_EQUAL(users, 1);
	REQUIRE_EQUAL(try_attach(&ring, &consumer, detail, sizeof(detail)), 0);
	zcf_consumer_close(consumer);
	ring_close(&ring);
}

static void what_names_no_buffer_is_refused_on_first_sight_and_the_next_frame_is_read(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	hb_mem_graphic_buf_t truth;
	char detail[512];
	struct ring ring;

	(void)state;
	ring_open(&ring);
	REQUIRE_EQUAL(try_attach(&ring, &consumer, detail, sizeof(detail)), 0);
	publish(&ring, 0);
	memcpy(&truth, described(&ring, 0), sizeof(truth));
	for (size_t i = 0; i < LIE_COUNT; i++) {
		memcpy((uint8_t *)described(&ring, 0) + lies[i].offset, &lies[i].value, lies[i].size);
		if (strcmp(lies[i].what, "another buffer's share_id") == 0)
			described(&ring, 0)->share_id[0] = ring.pictures[1].share_id[0];
		require_refused(lies[i].what, zcf_consumer_acquire(consumer, 0, &frame));
		memcpy(described(&ring, 0), &truth, sizeof(truth));
	}
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE_EQUAL(((const uint8_t *)zcf_frame_get_plane(frame, 0))[100], 1);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	ring_close(&ring);
}

/* A service manager that keeps descriptors: those that are under way in a socket stay open. */
static int manager_fds[2];

static void keep_in_manager(void *context, const char *name, int fd)
{
	(void)context;
	if (fd >= 0)
		raw_send(manager_fds[1], name, strlen(name), &fd, 1);
}

/* Publishes when told, and is killed with its buffers. */
static void short_lived_producer(void *context)
{
	const bool *is_kept = context;
	struct ring ring;

	ring_open_kept(&ring, *is_kept ? keep_in_manager : NULL);
	test_child_report(ring.pictures[0].share_id[0]);
	test_channel_await_consumers(&(struct test_channel){.producer = ring.producer}, 1);
	/* Not before the consumer has attached on its side too, or it would import the buffer there. */
	test_child_await_command();
	publish(&ring, 0);
	test_child_report(0);
	test_child_await_command();
}

static void require_that_a_number_given_away_is_not_believed(bool is_kept)
{
	struct zcf_consumer *consumer;
	struct test_child child;
	hb_mem_graphic_buf_t ours;
	struct zcf_frame *frame;
	struct ring ring;

	REQUIRE_EQUAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, manager_fds), 0);
	test_child_start_with_fds(&child, short_lived_producer, &is_kept);
	int32_t share_id = (int32_t)test_child_next_report(&child, NULL);

	REQUIRE_EQUAL(zcf_consumer_open(CHANNEL, NULL, -1, &consumer), 0);
	test_child_command(&child, 0);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 0);
	/* The frame is offered, and this consumer has not seen its buffer yet. Now number, size and address go to us.
	 */
	test_child_kill(&child);
	REQUIRE_EQUAL(hb_mem_module_open(), 0);
	do
		ours = allocate(0xEE);
	while (ours.share_id[0] > share_id && hb_mem_free_buf(ours.fd[0]) == 0);
	REQUIRE_EQUAL(ours.share_id[0], share_id);
	REQUIRE(zcf_consumer_acquire(consumer, 0, &frame) < 0);
	zcf_consumer_close(consumer);
	REQUIRE_EQUAL(hb_mem_free_buf(ours.fd[0]), 0);
	REQUIRE_EQUAL(hb_mem_module_close(), 0);
	close(manager_fds[0]);
	close(manager_fds[1]);
	/* The dead producer's name is taken over, and removed at the end. */
	ring_open(&ring);
	ring_close(&ring);
}

static void a_number_that_was_given_to_another_buffer_is_not_believed(void **state)
{
	(void)state;
	require_that_a_number_given_away_is_not_believed(false);
}

static void nor_is_it_where_a_service_manager_keeps_descriptors_of_the_dead(void **state)
{
	(void)state;
	require_that_a_number_given_away_is_not_believed(true);
}

static void a_frame_names_the_vendor_s_buffer_that_it_is_in(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	struct ring ring;
	char detail[512];

	(void)state;
	ring_open(&ring);
	/* One that is imported at attach, and one on first sight. */
	publish(&ring, 0);
	REQUIRE_EQUAL(try_attach(&ring, &consumer, detail, sizeof(detail)), 0);
	for (uint32_t i = 0; i < 2; i++) {
		if (i > 0)
			publish(&ring, i);
		REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
		const struct zcf_frame_info *info = zcf_frame_get_info(frame);
		REQUIRE_EQUAL(info->buffer_index, i);
		REQUIRE(ring.pictures[i].share_id[0] != 0);
		REQUIRE(memcmp(info->share_id, ring.pictures[i].share_id, sizeof(ring.pictures[i].share_id)) == 0);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	}
	zcf_consumer_close(consumer);
	ring_close(&ring);
}

/* Consumers have imported it by then, and would read the old one. */
static void a_buffer_that_the_camera_exchanges_for_another_is_refused(void **state)
{
	struct zcf_buffer *buffer = NULL;
	struct ring ring;

	(void)state;
	ring_open(&ring);
	publish(&ring, 0);
	REQUIRE_EQUAL(zcf_pool_adopt(ring.pool, 0, &ring.pictures[1], sizeof(ring.pictures[1]), &buffer), -EEXIST);
	REQUIRE_EQUAL(zcf_pool_adopt(ring.pool, 0, &ring.pictures[0], sizeof(ring.pictures[0]) - 1, &buffer), -EEXIST);
	REQUIRE_EQUAL(zcf_pool_adopt(ring.pool, 2, &ring.pictures[1], sizeof(ring.pictures[1]), &buffer), -EINVAL);
	REQUIRE(!buffer);
	REQUIRE_EQUAL(zcf_pool_adopt(ring.pool, 0, &ring.pictures[0], sizeof(ring.pictures[0]), &buffer), 0);
	REQUIRE(buffer == zcf_pool_get_buffer(ring.pool, 0));
	ring_close(&ring);
}

/* The vendor's library lays planes one behind the other, whatever room it is asked to leave between them. */
static void a_channel_s_format_is_how_its_buffers_are_laid_out(void **state)
{
	struct test_channel channel = {.name = CHANNEL};
	struct zcf_frame_descriptor *descriptor;
	struct zcf_consumer_info info;
	struct zcf_format asked;
	struct zcf_frame *frame;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init(&asked, ZCF_FOURCC_NV12, 64, 64, 0), 0);
	asked.planes[1].offset_bytes += 4096;
	asked.size_bytes += 4096;
	REQUIRE_EQUAL(zcf_pool_create("hbmem", &asked, 2, &channel.pool), 0);
	REQUIRE_EQUAL(zcf_producer_create(CHANNEL, channel.pool, NULL, &channel.producer), 0);
	const struct zcf_format *laid_out = zcf_buffer_get_format(zcf_pool_get_buffer(channel.pool, 0));
	REQUIRE_EQUAL(laid_out->planes[1].offset_bytes, 64 * 64);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	zcf_consumer_get_info(consumer, &info);
	REQUIRE(memcmp(&info.format, laid_out, sizeof(*laid_out)) == 0);
	REQUIRE(memcmp(&test_channel_snapshot(&channel)->format, laid_out, sizeof(*laid_out)) == 0);
	/* So its frames have the channel's format, and need not say theirs. */
	test_channel_publish(&channel);
	frame = test_acquire_now(consumer);
	REQUIRE(memcmp(&zcf_frame_get_info(frame)->format, laid_out, sizeof(*laid_out)) == 0);
	descriptor = (void *)channel.producer->board->slots[zcf_frame_get_info(frame)->buffer_index].descriptor;
	REQUIRE_EQUAL(descriptor->flags & ZCF_DESCRIPTOR_HAS_FORMAT, 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* With caches that keep what they have until they are told, as the board's do. */
static void a_copy_of_a_vendor_s_buffer_is_of_its_frame_and_names_no_buffer(void **state)
{
	struct test_channel channel = {.name = CHANNEL};
	struct zcf_consumer_options options;
	struct zcf_format format;

	(void)state;
	setenv("ZCF_EMULATION_INCOHERENT_CACHES", "1", 1);
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, 64, 64, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create("hbmem", &format, 3, &channel.pool), 0);
	REQUIRE_EQUAL(zcf_producer_create(CHANNEL, channel.pool, NULL, &channel.producer), 0);
	zcf_consumer_options_init(&options);
	options.copy_out = true;
	struct zcf_consumer *consumer = test_channel_attach(&channel, &options);
	for (int i = 0; i < 5; i++) {
		test_channel_publish(&channel);
		struct zcf_frame *frame = test_acquire_now(consumer);
		for (int plane = 0; plane < ZCF_MAX_PLANES; plane++)
			REQUIRE_EQUAL(zcf_frame_get_info(frame)->share_id[plane], 0);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	}
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
	unsetenv("ZCF_EMULATION_INCOHERENT_CACHES");
}

static void write_through_the_plane(void *context)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open(CHANNEL, NULL, PATIENCE_NS, &consumer), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	*(volatile uint8_t *)zcf_frame_get_plane(frame, 0) = 1;
}

static void a_write_into_a_vendor_s_buffer_faults(void **state)
{
	struct test_child child;
	struct ring ring;

	(void)state;
	/* Before this process has anything of the board that a child would share. */
	test_child_start(&child, write_through_the_plane, NULL);
	ring_open(&ring);
	publish(&ring, 0);
	REQUIRE_EQUAL(test_child_finish(&child, ring.producer), -SIGSEGV);
	test_channel_await_consumers(&(struct test_channel){.producer = ring.producer}, 0);
	ring_close(&ring);
}

static void attach_and_report_epoch(void *context)
{
	struct zcf_consumer_info info;
	struct zcf_consumer *consumer;

	(void)context;
	REQUIRE_EQUAL(zcf_consumer_open(CHANNEL, NULL, PATIENCE_NS, &consumer), 0);
	zcf_consumer_get_info(consumer, &info);
	test_child_report((int64_t)info.epoch);
	zcf_consumer_close(consumer);
}

/* A ring, and a child that has greeted its producer and is stopped before it reads what it is answered. */
static void answer_one_that_is_stopped(struct ring *ring, struct test_child *child)
{
	test_child_start(child, attach_and_report_epoch, NULL);
	ring_open(ring);
	publish(ring, 0);
	while (zcf_producer_get_consumer_count(ring->producer) == 0) {
		test_child_signal(child, SIGCONT);
		test_sleep_ns(10 * NS_PER_MS);
		test_child_signal(child, SIGSTOP);
		REQUIRE_EQUAL(zcf_producer_dispatch(ring->producer), 0);
	}
}

static void require_that_it_attaches_to(struct zcf_producer *producer, struct test_child *child)
{
	test_child_signal(child, SIGCONT);
	REQUIRE_EQUAL(test_child_next_report(child, producer), zcf_producer_get_epoch(producer));
	REQUIRE_EQUAL(test_child_finish(child, producer), 0);
	test_channel_await_consumers(&(struct test_channel){.producer = producer}, 0);
}

/* The numbers in a welcome may be those of other buffers when it is read, or of none. */
static void a_welcome_that_is_read_after_its_producer_went_is_followed_by_the_next_one_s(void **state)
{
	struct test_channel channel;
	struct test_child child;
	struct ring ring;

	(void)state;
	answer_one_that_is_stopped(&ring, &child);
	zcf_producer_destroy(ring.producer);
	REQUIRE_EQUAL(zcf_producer_create(CHANNEL, ring.pool, NULL, &ring.producer), 0);
	require_that_it_attaches_to(ring.producer, &child);
	ring_close(&ring);

	answer_one_that_is_stopped(&ring, &child);
	ring_close(&ring);
	test_channel_open(&channel, CHANNEL, NULL);
	require_that_it_attaches_to(channel.producer, &child);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_names_the_vendor_s_buffer_that_it_is_in),
		TEST(a_buffer_that_the_camera_exchanges_for_another_is_refused),
		TEST(a_channel_s_format_is_how_its_buffers_are_laid_out),
		TEST(a_copy_of_a_vendor_s_buffer_is_of_its_frame_and_names_no_buffer),
		TEST(a_write_into_a_vendor_s_buffer_faults),
		TEST(a_welcome_that_is_read_after_its_producer_went_is_followed_by_the_next_one_s),
		TEST(what_names_no_buffer_is_refused_at_attach_and_nothing_leaks),
		TEST(what_names_no_buffer_is_refused_on_first_sight_and_the_next_frame_is_read),
		TEST(a_number_that_was_given_to_another_buffer_is_not_believed),
		TEST(nor_is_it_where_a_service_manager_keeps_descriptors_of_the_dead),
	};
	int failed;

	if (mkdtemp(directory) == NULL)
		return 1;
	setenv("ZCF_EMULATION_DIR", directory, 1);
	failed = TEST_RUN(tests);
	/* The broker ends a moment after the last process that had something of the board. */
	while (failed == 0 && rmdir(directory) != 0 && errno == ENOTEMPTY)
		test_sleep_ns(NS_PER_MS);
	return failed;
}
