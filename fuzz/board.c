/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a consumer hears and reads of a producer that is none: the answer to its greeting, with any descriptors; the
 * board; the answer to a question for the snapshot. Frames that it hands out lie in what it has mapped.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw_peer.h"
#include "zcframe/version.h"

#define BUFFER_COUNT 3
#define BUFFER_BYTES 8192
#define BOARD_BYTES  4096

static struct zcf_board *board;
static int fds[ZCF_WELCOME_BUFFER_FDS + BUFFER_COUNT], listen_fd;

/* What the impostor answers to the next caller. */
static struct {
	_Alignas(8) uint8_t bytes[4096];
	size_t size, fd_count;
} answer;

static void *answer_callers(void *context)
{
	uint8_t greeting[256];

	for (;;) {
		int fd = accept(listen_fd, NULL, NULL);

		if (fd >= 0 && recv(fd, greeting, sizeof(greeting), 0) > 0)
			raw_try_send(fd, answer.bytes, answer.size, fds, answer.fd_count);
		/* The link stays until the consumer has looked at the board: its own socket's end closes it. */
		if (fd >= 0 && recv(fd, greeting, sizeof(greeting), 0) > 0)
			recv(fd, greeting, sizeof(greeting), 0);
		close(fd);
	}
	return context;
}

static int make_memory(size_t size_bytes, void **ret_base)
{
	int fd = memfd_create("zcframe-fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	REQUIRE(fd >= 0 && ftruncate(fd, (off_t)size_bytes) == 0);
	if (ret_base)
		*ret_base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	return fd;
}

static void begin(void)
{
	pthread_t thread;
	void *base;

	if (!fuzz_begin())
		return;
	fds[ZCF_WELCOME_BOARD_FD] = make_memory(BOARD_BYTES, &base);
	board = base;
	fds[ZCF_WELCOME_LANE_FD] = make_memory(ZCF_LANE_SIZE, NULL);
	for (int i = 0; i < BUFFER_COUNT; i++)
		fds[ZCF_WELCOME_BUFFER_FDS + i] = make_memory(BUFFER_BYTES, NULL);
	listen_fd = raw_listen("board");
	REQUIRE_EQUAL(pthread_create(&thread, NULL, answer_callers, NULL), 0);
	pthread_detach(thread);
}

/* A board and a welcome that are right; what the input says is then written over them. */
static void prepare(struct input *input)
{
	struct zcf_message_welcome welcome = {
		.max_leases = 2, .board_size_bytes = BOARD_BYTES, .buffer_count = BUFFER_COUNT};
	struct zcf_frame_descriptor descriptor = {.bytes_used = 64};

	raw_header_init(&welcome.header, ZCF_MESSAGE_WELCOME, sizeof(welcome));
	memset(board, 0, BOARD_BYTES);
	board->magic = ZCF_BOARD_MAGIC;
	board->protocol_major = ZCF_PROTOCOL_MAJOR;
	board->board_size_bytes = BOARD_BYTES;
	board->epoch = 42;
	board->slots_offset_bytes = offsetof(struct zcf_board, slots);
	board->slot_size_bytes = sizeof(struct zcf_board_slot);
	board->buffer_count = BUFFER_COUNT;
	strcpy(board->backend, "memfd");
	zcf_format_init(&board->format, ZCF_FOURCC_GREY, 64, 64, 0);
	descriptor.format = board->format;
	for (int i = 0; i < BUFFER_COUNT; i++) {
		/* With formats of their own, and with the channel's. */
		descriptor.flags = i % 2 == 0 ? ZCF_DESCRIPTOR_HAS_FORMAT : 0;
		board->slots[i].record.size_bytes = BUFFER_BYTES;
		memcpy((void *)board->slots[i].descriptor, &descriptor, sizeof(descriptor));
		atomic_store(&board->slots[i].generation, (uint64_t)i + 1);
	}
	atomic_store(&board->newest, zcf_frame_word(3, 2));
	memcpy(answer.bytes, &welcome, sizeof(welcome));
	answer.size = sizeof(welcome);
	answer.fd_count = ZCF_WELCOME_BUFFER_FDS + BUFFER_COUNT;
	if (take_byte(input) % 8 == 0)
		answer.fd_count = take_byte(input) % (ZCF_WELCOME_BUFFER_FDS + BUFFER_COUNT + 1);
	if (take_byte(input) % 8 == 0) {
		answer.size = take_bytes(input, answer.bytes, 1 + take_byte(input) * 16);
		answer.size = answer.size ? answer.size : 1;
	} else if (take_byte(input) % 4 == 0) {
		size_t at = take_byte(input) % sizeof(welcome);
		take_bytes(input, answer.bytes + at, sizeof(welcome) - at < 8 ? sizeof(welcome) - at : 8);
	}
}

/* Words of the board, before or between the consumer's looks. */
static void scribble(struct input *input)
{
	for (int count = take_byte(input) % 8; count > 0; count--) {
		size_t at = take_word(input) % (BOARD_BYTES / 8) * 8;
		uint64_t word = take_word(input);

		memcpy((uint8_t *)board + at, &word, sizeof(word));
	}
}

static void read_frame(struct zcf_consumer *consumer, bool next)
{
	struct zcf_frame *frame;
	unsigned sum = 0;
	int error = next ? zcf_consumer_acquire_next(consumer, 0, &frame) : zcf_consumer_acquire(consumer, 0, &frame);

	if (error < 0)
		return;
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;
	for (uint32_t i = 0; i < format->plane_count; i++) {
		const volatile uint8_t *plane = zcf_frame_get_plane(frame, i);

		for (uint64_t at = 0; at < format->planes[i].size_bytes; at += 61)
			sum += plane[at];
		if (format->planes[i].size_bytes)
			sum += plane[format->planes[i].size_bytes - 1];
	}
	REQUIRE(zcf_frame_get_info(frame)->bytes_used <= BUFFER_BYTES && sum != 1);
	zcf_frame_release(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zcf_snapshot snapshot;
	struct zcf_consumer *consumer = NULL;
	struct zcf_consumer_options options;
	struct input input = {data, size};
	uint8_t how = take_byte(&input);

	begin();
	prepare(&input);
	scribble(&input);
	if (how % 8 == 0) {
		zcf_snapshot_query("board", NULL, NS_PER_S, &snapshot);
		return 0;
	}
	zcf_consumer_options_init(&options);
	options.max_leases = 2;
	options.copy_out = how % 8 == 1;
	if (zcf_consumer_open("board", &options, 0, &consumer) < 0)
		return 0;
	for (int i = 0; i < 4; i++) {
		read_frame(consumer, how >> 3 & 1);
		scribble(&input);
	}
	zcf_consumer_close(consumer);
	return 0;
}
