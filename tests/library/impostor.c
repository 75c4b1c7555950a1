/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A producer that is not one of ours, or of another version, or broken: the consumer says which, believes nothing,
 * and loses neither descriptor nor mapping (the end of each test counts them).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw_peer.h"
#include "test.h"
#include "zcframe/version.h"

#define BUFFER_COUNT 3
#define BUFFER_BYTES 8192

/* A producer's answer with all that belongs to it. It is right as made; each test breaks one thing. */
struct answer {
	struct zcf_message_welcome welcome;
	struct zcf_board *board;
	int fds[ZCF_WELCOME_MAX_FDS];
	size_t fd_count;
};

static int make_memory(size_t size_bytes, unsigned seals, void **ret_base)
{
	int fd = memfd_create("zcframe-impostor", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	REQUIRE(fd >= 0 && ftruncate(fd, (off_t)size_bytes) == 0);
	if (ret_base) {
		*ret_base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		REQUIRE(*ret_base != MAP_FAILED);
	}
	REQUIRE_EQUAL(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void answer_init(struct answer *answer)
{
	size_t size_bytes = 4096;
	void *base;

	answer->fds[ZCF_WELCOME_BOARD_FD] = make_memory(size_bytes, F_SEAL_SHRINK, &base);
	answer->fds[ZCF_WELCOME_LANE_FD] = make_memory(ZCF_LANE_SIZE, F_SEAL_SHRINK, NULL);
	answer->fd_count = ZCF_WELCOME_BUFFER_FDS;
	answer->board = base;
	answer->welcome = (struct zcf_message_welcome){
		.max_leases = 1, .board_size_bytes = size_bytes, .buffer_count = BUFFER_COUNT};
	raw_header_init(&answer->welcome.header, ZCF_MESSAGE_WELCOME, sizeof(answer->welcome));
	answer->board->magic = ZCF_BOARD_MAGIC;
	answer->board->protocol_major = ZCF_PROTOCOL_MAJOR;
	answer->board->board_size_bytes = size_bytes;
	answer->board->epoch = 42;
	answer->board->slots_offset_bytes = offsetof(struct zcf_board, slots);
	answer->board->slot_size_bytes = sizeof(struct zcf_board_slot);
	answer->board->buffer_count = BUFFER_COUNT;
	strcpy(answer->board->backend, "memfd");
	REQUIRE_EQUAL(zcf_format_init(&answer->board->format, ZCF_FOURCC_GREY, 64, 64, 0), 0);
	for (int i = 0; i < BUFFER_COUNT; i++) {
		answer->fds[answer->fd_count++] = make_memory(BUFFER_BYTES, F_SEAL_SHRINK, NULL);
		answer->board->slots[i].record.size_bytes = BUFFER_BYTES;
	}
}

static void answer_end(struct answer *answer)
{
	munmap(answer->board, 4096);
	for (size_t i = 0; i < answer->fd_count; i++)
		close(answer->fds[i]);
}

/* Let a consumer call and give it this answer. Returns what its open returned; a consumer that got in is closed. */
static int call_and_answer(const void *message, size_t size_bytes, const int *fds, size_t fd_count, char detail[512])
{
	int listen_fd = raw_listen("impostor");
	struct zcf_message_hello hello;
	struct test_open open;

	test_open_start(&open, "impostor", NULL, 0);
	int socket_fd = accept(listen_fd, NULL, NULL);
	REQUIRE(socket_fd >= 0);
	REQUIRE_EQUAL(raw_receive(socket_fd, &hello, sizeof(hello), NULL, 0, NULL), sizeof(hello));
	raw_send(socket_fd, message, size_bytes, fds, fd_count);
	int error = test_open_finish(&open, NULL);
	if (detail)
		memcpy(detail, open.detail, sizeof(open.detail));
	zcf_consumer_close(open.consumer);
	close(socket_fd);
	raw_listen_end(listen_fd, "impostor");
	return error;
}

static int call_and_welcome(const struct answer *answer)
{
	return call_and_answer(&answer->welcome, sizeof(answer->welcome), answer->fds, answer->fd_count, NULL);
}

#define REQUIRE_WELCOME_REFUSED(statement)                                                                             \
	do {                                                                                                           \
		struct answer answer;                                                                                  \
		int mappings_before = test_shared_mapping_count(), fds_before = test_fd_count();                       \
		answer_init(&answer);                                                                                  \
		statement;                                                                                             \
		REQUIRE_EQUAL(call_and_welcome(&answer), -EPROTO);                                                     \
		answer_end(&answer);                                                                                   \
		REQUIRE_EQUAL(test_shared_mapping_count(), mappings_before);                                           \
		REQUIRE_EQUAL(test_fd_count(), fds_before);                                                            \
	} while (0)

static void the_answer_that_these_tests_break_is_accepted_as_it_is(void **state)
{
	struct answer answer;

	(void)state;
	answer_init(&answer);
	REQUIRE_EQUAL(call_and_welcome(&answer), 0);
	answer_end(&answer);
}

static void garbage_instead_of_an_answer_is_refused(void **state)
{
	static char garbage[4096];
	struct zcf_message_header header;
	char detail[512];

	(void)state;
	memset(garbage, 0xee, sizeof(garbage));
	for (size_t size = 1; size < sizeof(garbage); size *= 3)
		REQUIRE_EQUAL(call_and_answer(garbage, size, NULL, 0, NULL), -EPROTO);
	REQUIRE_EQUAL(call_and_answer("HTTP/1.1 400 Bad Request\r\n", 26, NULL, 0, detail), -EPROTO);
	REQUIRE(strstr(detail, "not a zcframe program") != NULL);
	/* A header that is right before nothing. */
	raw_header_init(&header, ZCF_MESSAGE_WELCOME, sizeof(header));
	REQUIRE_EQUAL(call_and_answer(&header, sizeof(header), NULL, 0, NULL), -EPROTO);
	raw_header_init(&header, (enum zcf_message_type)77, sizeof(header));
	REQUIRE_EQUAL(call_and_answer(&header, sizeof(header), NULL, 0, NULL), -EPROTO);
}

static void counts_that_cannot_be_are_refused(void **state)
{
	(void)state;
	REQUIRE_WELCOME_REFUSED(answer.welcome.buffer_count = 0);
	REQUIRE_WELCOME_REFUSED(answer.welcome.buffer_count = BUFFER_COUNT + 1);
	REQUIRE_WELCOME_REFUSED(answer.welcome.buffer_count = UINT32_MAX);
	REQUIRE_WELCOME_REFUSED(answer.board->buffer_count = BUFFER_COUNT - 1);
	REQUIRE_WELCOME_REFUSED(answer.board->buffer_count = answer.welcome.buffer_count = BUFFER_COUNT - 1);
	REQUIRE_WELCOME_REFUSED(answer.board->buffer_count = answer.welcome.buffer_count = ZCF_MAX_BUFFERS);
	REQUIRE_WELCOME_REFUSED(answer.board->buffer_count = answer.welcome.buffer_count = ZCF_MAX_BUFFERS + 1);
	REQUIRE_WELCOME_REFUSED(answer.welcome.max_leases = 0);
	REQUIRE_WELCOME_REFUSED(answer.welcome.max_leases = ZCF_MAX_LEASES + 1);
	REQUIRE_WELCOME_REFUSED(answer.welcome.max_leases = UINT32_MAX);
	REQUIRE_WELCOME_REFUSED(answer.welcome.lane_index = ZCF_MAX_CONSUMERS);
	REQUIRE_WELCOME_REFUSED(answer.welcome.board_size_bytes = 0);
	REQUIRE_WELCOME_REFUSED(answer.welcome.board_size_bytes = sizeof(struct zcf_board));
	REQUIRE_WELCOME_REFUSED(answer.welcome.board_size_bytes = 4097);
	REQUIRE_WELCOME_REFUSED(answer.welcome.board_size_bytes = UINT64_MAX);
}

static void a_board_that_is_not_one_is_refused(void **state)
{
	(void)state;
	REQUIRE_WELCOME_REFUSED(answer.board->magic++);
	REQUIRE_WELCOME_REFUSED(answer.board->epoch = 0);
	REQUIRE_WELCOME_REFUSED(answer.board->slots_offset_bytes += 8);
	REQUIRE_WELCOME_REFUSED(answer.board->slots_offset_bytes = UINT32_MAX);
	REQUIRE_WELCOME_REFUSED(answer.board->slot_size_bytes = 0);
	REQUIRE_WELCOME_REFUSED(answer.board->slot_size_bytes += 8);
	REQUIRE_WELCOME_REFUSED(answer.board->slots[2].record.size_bytes = 0);
	REQUIRE_WELCOME_REFUSED(answer.board->slots[2].record.size_bytes = BUFFER_BYTES + 1);
	REQUIRE_WELCOME_REFUSED(answer.board->slots[2].record.size_bytes = UINT64_MAX);
}

static void a_backend_that_the_library_does_not_know_asks_for_a_newer_consumer(void **state)
{
	struct answer answer;
	char detail[512];

	(void)state;
	answer_init(&answer);
	memset(answer.board->backend, 'x', sizeof(answer.board->backend)); /* and no zero at its end */
	REQUIRE_EQUAL(call_and_answer(&answer.welcome, sizeof(answer.welcome), answer.fds, answer.fd_count, detail),
		      -EPROTONOSUPPORT);
	REQUIRE(strstr(detail, "upgrade the consumer") != NULL);
	answer_end(&answer);
}

/* Put another descriptor in the place of one; the old one is closed. */
static void replace_fd(struct answer *answer, size_t index, int fd)
{
	close(answer->fds[index]);
	answer->fds[index] = fd;
}

static void memory_that_could_shrink_under_the_reader_or_is_too_short_is_refused(void **state)
{
	int pipe_fds[2];

	(void)state;
	REQUIRE_EQUAL(pipe2(pipe_fds, O_CLOEXEC), 0);
	for (size_t i = 0; i < ZCF_WELCOME_BUFFER_FDS + BUFFER_COUNT; i++) {
		REQUIRE_WELCOME_REFUSED(replace_fd(&answer, i, make_memory(8192, 0, NULL)));
		REQUIRE_WELCOME_REFUSED(replace_fd(&answer, i, make_memory(8192, F_SEAL_GROW, NULL)));
		REQUIRE_WELCOME_REFUSED(replace_fd(&answer, i, make_memory(100, F_SEAL_SHRINK, NULL)));
		REQUIRE_WELCOME_REFUSED(replace_fd(&answer, i, open("/dev/zero", O_RDWR | O_CLOEXEC)));
		REQUIRE_WELCOME_REFUSED(replace_fd(&answer, i, dup(pipe_fds[0])));
	}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void too_few_or_too_many_descriptors_are_refused(void **state)
{
	struct answer answer;
	int fds[253];

	(void)state;
	answer_init(&answer);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		fds[i] = answer.fds[i % answer.fd_count];
	for (size_t count = 0; count <= 253; count += count < 8 ? 1 : 49) {
		if (count == answer.fd_count)
			continue;
		if (count > ZCF_WELCOME_MAX_FDS &&
		    test_emulator_lacks("receiving more descriptors than there is room for (it leaks them)"))
			break;
		REQUIRE_EQUAL(call_and_answer(&answer.welcome, sizeof(answer.welcome), fds, count, NULL), -EPROTO);
	}
	answer_end(&answer);
}

static void an_answer_of_another_protocol_says_which_side_to_upgrade(void **state)
{
	struct {
		struct zcf_message_header header;
		char something_else[500];
	} message = {0};
	char detail[512];

	(void)state;
	for (size_t size = sizeof(message.header); size <= sizeof(message); size += 100) {
		raw_header_init(&message.header, ZCF_MESSAGE_REFUSED, size);
		message.header.protocol_major = ZCF_PROTOCOL_MAJOR + 1;
		REQUIRE_EQUAL(call_and_answer(&message, size, NULL, 0, detail), -EPROTONOSUPPORT);
		REQUIRE(strstr(detail, "upgrade the consumer") != NULL);
		message.header.protocol_major = ZCF_PROTOCOL_MAJOR - 1;
		REQUIRE_EQUAL(call_and_answer(&message, size, NULL, 0, detail), -EPROTONOSUPPORT);
		REQUIRE(strstr(detail, "upgrade the producer") != NULL);
	}
}

static void a_welcome_of_another_protocol_is_not_taken_for_one_of_ours(void **state)
{
	struct answer answer;

	(void)state;
	answer_init(&answer);
	answer.welcome.header.protocol_major++;
	REQUIRE_EQUAL(call_and_welcome(&answer), -EPROTONOSUPPORT);
	answer.welcome.header.protocol_major--;
	answer.board->protocol_major++;
	REQUIRE(call_and_welcome(&answer) < 0);
	answer_end(&answer);
}

static void a_refusal_is_passed_on_with_its_sentence_and_only_if_its_error_is_one(void **state)
{
	struct zcf_message_refused refused = {0};
	char detail[512];

	(void)state;
	raw_header_init(&refused.header, ZCF_MESSAGE_REFUSED, sizeof(refused));
	refused.error = -EUSERS;
	memset(refused.detail, 'x', sizeof(refused.detail)); /* and no zero at its end */
	REQUIRE_EQUAL(call_and_answer(&refused, sizeof(refused), NULL, 0, detail), -EUSERS);
	REQUIRE_EQUAL(strlen(detail), sizeof(refused.detail) - 1);
	strcpy(refused.detail, "%s%n");
	refused.error = 0;
	REQUIRE_EQUAL(call_and_answer(&refused, sizeof(refused), NULL, 0, detail), -EPROTO);
	refused.error = 1;
	REQUIRE_EQUAL(call_and_answer(&refused, sizeof(refused), NULL, 0, detail), -EPROTO);
	refused.error = INT32_MIN;
	REQUIRE_EQUAL(call_and_answer(&refused, sizeof(refused), NULL, 0, detail), -EPROTO);
	REQUIRE(strcmp(detail, "%s%n") == 0);
}

/* As a producer would. */
static void answer_publish_in(struct answer *answer, uint32_t buffer, uint64_t sequence,
			      const struct zcf_frame_descriptor *descriptor)
{
	uint64_t words[ZCF_DESCRIPTOR_WORDS];

	memcpy(words, descriptor, sizeof(words));
	for (size_t i = 0; i < ZCF_DESCRIPTOR_WORDS; i++)
		atomic_store(&answer->board->slots[buffer].descriptor[i], words[i]);
	atomic_store(&answer->board->slots[buffer].generation, sequence);
	atomic_store(&answer->board->newest, zcf_frame_word(sequence, buffer));
}

static void answer_publish(struct answer *answer, uint64_t sequence, const struct zcf_frame_descriptor *descriptor)
{
	answer_publish_in(answer, 1, sequence, descriptor);
}

static void frames_whose_description_cannot_be_are_never_handed_out(void **state)
{
	int listen_fd = raw_listen("impostor"), socket_fd;
	struct zcf_frame_descriptor descriptor = {0};
	struct zcf_frame *frame = NULL;
	struct answer answer;
	struct test_open open;

	(void)state;
	answer_init(&answer);
	test_open_start(&open, "impostor", NULL, 0);
	socket_fd = accept(listen_fd, NULL, NULL);
	raw_send(socket_fd, &answer.welcome, sizeof(answer.welcome), answer.fds, answer.fd_count);
	REQUIRE_EQUAL(test_open_finish(&open, NULL), 0);
	for (uint64_t sequence = 1; sequence <= 8; sequence++) {
		descriptor.flags = ZCF_DESCRIPTOR_HAS_FORMAT;
		descriptor.format = answer.board->format;
		descriptor.bytes_used = 64 * 64;
		int expected = -EPROTO;
		switch (sequence) {
		case 1:
			descriptor.format.planes[0].offset_bytes = BUFFER_BYTES;
			break;
		case 2:
			descriptor.format.planes[0].size_bytes = UINT64_MAX;
			break;
		case 3:
			descriptor.format.plane_count = 200;
			break;
		case 4:
			descriptor.format.height_pixels = 4096;
			break;
		case 5:
			descriptor.format.size_bytes = BUFFER_BYTES + 1;
			break;
		case 6:
			descriptor.bytes_used = BUFFER_BYTES + 1;
			break;
		case 7: /* data that ends behind the buffer because it begins late in it */
			descriptor.format.fourcc = ZCF_FOURCC_DATA;
			descriptor.format.planes[0].offset_bytes = BUFFER_BYTES / 2;
			descriptor.format.planes[0].size_bytes = BUFFER_BYTES / 2;
			descriptor.bytes_used = BUFFER_BYTES;
			break;
		default:
			expected = 0;
		}
		answer_publish(&answer, sequence, &descriptor);
		REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), expected);
		REQUIRE_EQUAL(zcf_consumer_acquire_next(open.consumer, 0, &frame), expected ? expected : -EAGAIN);
	}
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	/* A buffer that is not there. */
	atomic_store(&answer.board->slots[1].generation, 9 | ZCF_GENERATION_GONE);
	atomic_store(&answer.board->newest, zcf_frame_word(9, BUFFER_COUNT));
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), -EAGAIN);
	atomic_store(&answer.board->newest, UINT64_MAX);
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), -EAGAIN);
	zcf_consumer_close(open.consumer);
	close(socket_fd);
	raw_listen_end(listen_fd, "impostor");
	answer_end(&answer);
}

static void frames_of_a_channel_whose_format_does_not_fit_the_buffers_are_never_handed_out(void **state)
{
	int listen_fd = raw_listen("impostor"), socket_fd;
	struct zcf_frame_descriptor descriptor = {.bytes_used = 64 * 64};
	struct zcf_frame *frame = NULL;
	struct answer answer;
	struct test_open open;

	(void)state;
	answer_init(&answer);
	descriptor.format = answer.board->format;
	answer.board->format.planes[0].offset_bytes = BUFFER_BYTES;
	test_open_start(&open, "impostor", NULL, 0);
	socket_fd = accept(listen_fd, NULL, NULL);
	raw_send(socket_fd, &answer.welcome, sizeof(answer.welcome), answer.fds, answer.fd_count);
	REQUIRE_EQUAL(test_open_finish(&open, NULL), 0);
	answer_publish(&answer, 1, &descriptor);
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), -EPROTO);
	/* One that has a format of its own is as good as ever; the next one of the channel's is not the better for it.
	 */
	descriptor.flags = ZCF_DESCRIPTOR_HAS_FORMAT;
	answer_publish(&answer, 2, &descriptor);
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	descriptor.flags = 0;
	answer_publish(&answer, 3, &descriptor);
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), -EPROTO);
	/* To change the board later changes nothing: it was read once. */
	answer.board->format = descriptor.format;
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), -EPROTO);
	zcf_consumer_close(open.consumer);
	close(socket_fd);
	raw_listen_end(listen_fd, "impostor");
	answer_end(&answer);
}

static void a_frame_that_was_refused_leaves_no_format_for_the_next(void **state)
{
	int listen_fd = raw_listen("impostor"), socket_fd;
	struct zcf_frame_descriptor descriptor = {.bytes_used = 64 * 64};
	struct zcf_frame *frame = NULL;
	struct answer answer;
	struct test_open open;

	(void)state;
	answer_init(&answer);
	/* Buffer 2 is too small for the channel's format; 1 holds more than that. */
	REQUIRE_EQUAL(zcf_format_init(&answer.board->format, ZCF_FOURCC_GREY, 64, 65, 0), 0);
	answer.board->slots[2].record.size_bytes = 4096;
	test_open_start(&open, "impostor", NULL, 0);
	socket_fd = accept(listen_fd, NULL, NULL);
	raw_send(socket_fd, &answer.welcome, sizeof(answer.welcome), answer.fds, answer.fd_count);
	REQUIRE_EQUAL(test_open_finish(&open, NULL), 0);
	REQUIRE_EQUAL(zcf_format_init(&descriptor.format, ZCF_FOURCC_GREY, 64, 128, 0), 0);
	descriptor.flags = ZCF_DESCRIPTOR_HAS_FORMAT;
	answer_publish_in(&answer, 1, 1, &descriptor);
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->format.height_pixels, 128);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	descriptor.flags = 0;
	answer_publish_in(&answer, 2, 2, &descriptor);
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), -EPROTO);
	answer_publish_in(&answer, 0, 3, &descriptor);
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->format.height_pixels, 65);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(open.consumer);
	close(socket_fd);
	raw_listen_end(listen_fd, "impostor");
	answer_end(&answer);
}

static void room_for_copies_is_as_large_as_the_buffers_whatever_the_board_says(void **state)
{
	int listen_fd = raw_listen("impostor"), socket_fd;
	struct zcf_consumer_options options;
	struct zcf_message_hello hello;
	struct answer answer;
	struct test_open open;

	(void)state;
	answer_init(&answer);
	answer.board->format.size_bytes = UINT64_C(1) << 46;
	zcf_consumer_options_init(&options);
	options.copy_out = true;
	test_open_start(&open, "impostor", &options, 0);
	socket_fd = accept(listen_fd, NULL, NULL);
	REQUIRE_EQUAL(raw_receive(socket_fd, &hello, sizeof(hello), NULL, 0, NULL), sizeof(hello));
	raw_send(socket_fd, &answer.welcome, sizeof(answer.welcome), answer.fds, answer.fd_count);
	REQUIRE_EQUAL(test_open_finish(&open, NULL), 0);
	zcf_consumer_close(open.consumer);
	close(socket_fd);
	raw_listen_end(listen_fd, "impostor");
	answer_end(&answer);
}

static void an_announcement_that_is_taken_back_rings_a_producer_that_waits_for_a_buffer(void **state)
{
	int listen_fd = raw_listen("impostor"), socket_fd;
	struct zcf_message_hello hello;
	struct zcf_message_header message = {0};
	struct answer answer;
	struct test_open open;
	struct zcf_frame *frame;

	(void)state;
	answer_init(&answer);
	test_open_start(&open, "impostor", NULL, 0);
	socket_fd = accept(listen_fd, NULL, NULL);
	REQUIRE_EQUAL(raw_receive(socket_fd, &hello, sizeof(hello), NULL, 0, NULL), sizeof(hello));
	raw_send(socket_fd, &answer.welcome, sizeof(answer.welcome), answer.fds, answer.fd_count);
	REQUIRE_EQUAL(test_open_finish(&open, NULL), 0);
	/* The newest frame, while a producer that sleeps for a buffer tries to take it back: it may have seen the
	 * lease. */
	atomic_store(&answer.board->producer_waits, 1);
	atomic_store(&answer.board->slots[1].generation, 1 | ZCF_GENERATION_CLOSED);
	atomic_store(&answer.board->newest, zcf_frame_word(1, 1));
	REQUIRE_EQUAL(zcf_consumer_acquire(open.consumer, 0, &frame), -EAGAIN);
	do /* it has also said that its attachment is complete */
		REQUIRE_EQUAL(recv(socket_fd, &message, sizeof(message), MSG_DONTWAIT), sizeof(message));
	while (message.type != ZCF_MESSAGE_RELEASED);
	zcf_consumer_close(open.consumer);
	close(socket_fd);
	raw_listen_end(listen_fd, "impostor");
	answer_end(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_answer_that_these_tests_break_is_accepted_as_it_is),
		TEST(garbage_instead_of_an_answer_is_refused),
		TEST(counts_that_cannot_be_are_refused),
		TEST(a_board_that_is_not_one_is_refused),
		TEST(a_backend_that_the_library_does_not_know_asks_for_a_newer_consumer),
		TEST(memory_that_could_shrink_under_the_reader_or_is_too_short_is_refused),
		TEST(too_few_or_too_many_descriptors_are_refused),
		TEST(an_answer_of_another_protocol_says_which_side_to_upgrade),
		TEST(a_welcome_of_another_protocol_is_not_taken_for_one_of_ours),
		TEST(a_refusal_is_passed_on_with_its_sentence_and_only_if_its_error_is_one),
		TEST(frames_whose_description_cannot_be_are_never_handed_out),
		TEST(frames_of_a_channel_whose_format_does_not_fit_the_buffers_are_never_handed_out),
		TEST(a_frame_that_was_refused_leaves_no_format_for_the_next),
		TEST(room_for_copies_is_as_large_as_the_buffers_whatever_the_board_says),
		TEST(an_announcement_that_is_taken_back_rings_a_producer_that_waits_for_a_buffer),
	};

	return TEST_RUN(tests);
}
