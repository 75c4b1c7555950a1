/* SPDX-License-Identifier: Apache-2.0 */
/* What a consumer is told of a frame is what the source said, and what the library knows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "producer/producer.h"
#include "test.h"

static int publish(struct test_channel *channel, const struct zcf_frame_metadata *metadata)
{
	struct zcf_buffer *buffer;

	REQUIRE_EQUAL(zcf_producer_dequeue(channel->producer, 0, 0, &buffer), 0);
	int error = zcf_producer_publish(channel->producer, buffer, metadata);
	if (error < 0)
		REQUIRE_EQUAL(zcf_producer_cancel(channel->producer, buffer), 0);
	return error;
}

static void every_field_that_the_source_fills_in_arrives(void **state)
{
	const struct zcf_frame_metadata metadata = {
		.frame_number = UINT64_C(0xfedcba9876543210),
		.capture_time_ns = UINT64_C(0x1122334455667788),
		.capture_wall_ns = INT64_C(-1234567890123456789),
		.bytes_used = 1234,
		.camera_id = INT32_MIN + 5,
		.brightness_avg = 127.25f,
		.correction_applied = 200,
	};
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "info", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	uint64_t before_ns = test_now_ns();
	REQUIRE_EQUAL(publish(&channel, &metadata), 0);
	uint64_t after_ns = test_now_ns();
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);
	REQUIRE_EQUAL(info->frame_number, metadata.frame_number);
	REQUIRE_EQUAL(info->capture_time_ns, metadata.capture_time_ns);
	REQUIRE_EQUAL(info->capture_wall_ns, metadata.capture_wall_ns);
	REQUIRE_EQUAL(info->bytes_used, 1234);
	REQUIRE_EQUAL(info->camera_id, metadata.camera_id);
	REQUIRE(info->brightness_avg == 127.25f);
	REQUIRE_EQUAL(info->correction_applied, 1);
	REQUIRE_EQUAL(info->sequence, 1);
	REQUIRE_EQUAL(info->version, 1);
	REQUIRE_EQUAL(info->epoch, zcf_producer_get_epoch(channel.producer));
	REQUIRE(info->publish_time_ns >= before_ns && info->publish_time_ns <= after_ns);
	REQUIRE_EQUAL(info->sequence_gap, 0);
	REQUIRE_EQUAL(info->skipped_before, 0);
	REQUIRE_EQUAL(info->flags, 0);
	REQUIRE_EQUAL(info->design_format, ZCF_DESIGN_FORMAT_NV12);
	REQUIRE(info->buffer_index < 3);
	for (int i = 0; i < ZCF_MAX_PLANES; i++)
		REQUIRE_EQUAL(info->share_id[i], 0);
	REQUIRE(memcmp(&info->format, zcf_buffer_get_format(zcf_pool_get_buffer(channel.pool, 0)),
		       sizeof(info->format)) == 0);
	zcf_frame_release(frame);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_frame_in_ordinary_memory_has_no_handle(void **state)
{
	struct test_channel channel;
	const void *handle = &channel;
	size_t size = 77;

	(void)state;
	test_channel_open(&channel, "info", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	REQUIRE_EQUAL(zcf_frame_get_handle(frame, &handle, &size), -ENOENT);
	REQUIRE(strstr(zcf_error_detail(), "memfd") != NULL);
	REQUIRE(handle == &channel && size == 77);
	zcf_frame_release(frame);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static int64_t wall_minus_monotonic_ns(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return wall.tv_sec * NS_PER_S + wall.tv_nsec - (int64_t)test_now_ns();
}

static void what_the_source_leaves_out_is_filled_in(void **state)
{
	struct zcf_frame_metadata metadata = {.brightness_avg = -1};
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "info", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	REQUIRE_EQUAL(publish(&channel, &metadata), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);
	REQUIRE_EQUAL(info->bytes_used, info->format.size_bytes);
	REQUIRE_EQUAL(info->capture_time_ns, info->publish_time_ns);
	REQUIRE(info->brightness_avg < 0);
	REQUIRE_EQUAL(info->correction_applied, 0);
	zcf_frame_release(frame);

	/* A source that was away for long: the count has an end, and does not begin anew there. */
	zcf_producer_skip(channel.producer, UINT64_C(1) << 32);
	REQUIRE_EQUAL(publish(&channel, &metadata), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->skipped_before, UINT32_MAX);
	zcf_frame_release(frame);

	/* The wall time belongs to the capture, which was a while ago, not to the publication. */
	metadata.capture_time_ns = test_now_ns() - 5 * NS_PER_S;
	int64_t offset_ns = wall_minus_monotonic_ns();
	REQUIRE_EQUAL(publish(&channel, &metadata), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	info = zcf_frame_get_info(frame);
	REQUIRE_EQUAL(info->capture_time_ns, metadata.capture_time_ns);
	/* The wall clock may be slewed meanwhile, not by a second. */
	REQUIRE(llabs(info->capture_wall_ns - (int64_t)info->capture_time_ns - offset_ns) < NS_PER_S);
	zcf_frame_release(frame);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

/* What consumers read of a frame: whether it says its format itself. */
static bool says_its_format(const struct test_channel *channel, const struct zcf_frame *frame)
{
	const struct zcf_board_slot *slot = &channel->producer->board->slots[zcf_frame_get_info(frame)->buffer_index];
	size_t word = offsetof(struct zcf_frame_descriptor, skipped_before) / sizeof(uint64_t);
	uint32_t halves[2];
	uint64_t both = atomic_load(&slot->descriptor[word]);

	memcpy(halves, &both, sizeof(halves));
	return halves[1] & ZCF_DESCRIPTOR_HAS_FORMAT;
}

static void a_frame_may_have_a_format_of_its_own(void **state)
{
	struct zcf_frame_metadata metadata = {0};
	struct zcf_format smaller;
	struct test_channel channel;
	struct zcf_frame *frame;

	(void)state;
	test_channel_open(&channel, "info", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	REQUIRE_EQUAL(zcf_format_init(&smaller, ZCF_FOURCC_GREY, 33, 17, 1), 0);
	smaller.planes[0].offset_bytes = 100;
	smaller.size_bytes += 100;
	metadata.format = &smaller;
	REQUIRE_EQUAL(publish(&channel, &metadata), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE(memcmp(&zcf_frame_get_info(frame)->format, &smaller, sizeof(smaller)) == 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->design_format, ZCF_DESIGN_FORMAT_OTHER);
	REQUIRE(says_its_format(&channel, frame));
	REQUIRE_EQUAL((uintptr_t)zcf_frame_get_plane(frame, 0) % 4096, 100);
	REQUIRE(zcf_frame_get_plane(frame, 1) == NULL);
	REQUIRE(zcf_frame_get_plane(frame, UINT32_MAX) == NULL);
	zcf_frame_release(frame);
	/* The next one has the buffer's again. */
	REQUIRE_EQUAL(publish(&channel, &(struct zcf_frame_metadata){0}), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->format.plane_count, 2);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->design_format, ZCF_DESIGN_FORMAT_NV12);
	REQUIRE(!says_its_format(&channel, frame));
	zcf_frame_release(frame);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_frame_that_does_not_fit_into_its_buffer_is_not_published(void **state)
{
	struct zcf_frame_metadata metadata = {0};
	struct zcf_format larger;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "info", NULL);
	REQUIRE_EQUAL(zcf_format_init(&larger, ZCF_FOURCC_NV12, 640, 480, 0), 0);
	metadata.format = &larger;
	REQUIRE_EQUAL(publish(&channel, &metadata), -EINVAL);
	metadata.format = NULL;
	metadata.bytes_used = 64 * 64 * 3 / 2 + 4096;
	REQUIRE_EQUAL(publish(&channel, &metadata), -EINVAL);
	metadata.bytes_used = UINT64_MAX;
	REQUIRE_EQUAL(publish(&channel, &metadata), -EINVAL);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->published, 0);
	REQUIRE_EQUAL(test_channel_publish(&channel), 1);
	test_channel_close(&channel);
}

static void only_a_dequeued_buffer_can_be_published_or_cancelled_and_only_once(void **state)
{
	struct zcf_frame_metadata metadata = {0};
	struct test_channel channel, other;
	struct zcf_buffer *buffer;

	(void)state;
	test_channel_open(&channel, "info", NULL);
	test_channel_open(&other, "other", NULL);
	struct zcf_buffer *idle = zcf_pool_get_buffer(channel.pool, 0);
	REQUIRE_EQUAL(zcf_producer_publish(channel.producer, idle, &metadata), -EINVAL);
	REQUIRE_EQUAL(zcf_producer_cancel(channel.producer, idle), -EINVAL);
	REQUIRE_EQUAL(zcf_producer_dequeue(other.producer, 0, 0, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_publish(channel.producer, buffer, &metadata), -EINVAL);
	REQUIRE_EQUAL(zcf_producer_publish(other.producer, buffer, &metadata), 0);
	REQUIRE_EQUAL(zcf_producer_publish(other.producer, buffer, &metadata), -EINVAL);
	REQUIRE_EQUAL(zcf_producer_cancel(other.producer, buffer), -EINVAL);
	REQUIRE_EQUAL(zcf_producer_dequeue(other.producer, 0, 0, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_cancel(other.producer, buffer), 0);
	REQUIRE_EQUAL(zcf_producer_cancel(other.producer, buffer), -EINVAL);
	REQUIRE_EQUAL(test_channel_snapshot(&other)->published, 1);
	test_channel_close(&channel);
	test_channel_close(&other);
}

static void the_metadata_is_the_consumers_own_copy(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "info", NULL);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	struct zcf_frame_info before = *zcf_frame_get_info(frame);
	for (int i = 0; i < 10; i++)
		test_channel_publish(&channel);
	REQUIRE(memcmp(&before, zcf_frame_get_info(frame), sizeof(before)) == 0);
	zcf_frame_release(frame);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_channel_may_carry_data_of_any_length_up_to_its_capacity(void **state)
{
	struct zcf_frame_metadata metadata = {.bytes_used = 5};
	struct test_channel channel = {.name = "data"};
	struct zcf_format format;
	struct zcf_buffer *buffer;
	struct zcf_frame *frame;

	(void)state;
	REQUIRE_EQUAL(zcf_format_init_data(&format, 1000), 0);
	REQUIRE_EQUAL(zcf_pool_create("memfd", &format, 2, &channel.pool), 0);
	REQUIRE_EQUAL(zcf_producer_create("data", channel.pool, NULL, &channel.producer), 0);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffer), 0);
	memcpy(zcf_buffer_get_plane(buffer, 0), "hello", 5);
	/* The buffer is of whole pages; the channel promises less. */
	metadata.bytes_used = 1001;
	REQUIRE_EQUAL(zcf_producer_publish(channel.producer, buffer, &metadata), -EINVAL);
	metadata.bytes_used = 5;
	REQUIRE_EQUAL(zcf_producer_publish(channel.producer, buffer, &metadata), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->bytes_used, 5);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->design_format, ZCF_DESIGN_FORMAT_OTHER);
	REQUIRE(memcmp(zcf_frame_get_plane(frame, 0), "hello", 5) == 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_that_the_source_fills_in_arrives),
		TEST(a_frame_in_ordinary_memory_has_no_handle),
		TEST(what_the_source_leaves_out_is_filled_in),
		TEST(a_frame_may_have_a_format_of_its_own),
		TEST(a_frame_that_does_not_fit_into_its_buffer_is_not_published),
		TEST(only_a_dequeued_buffer_can_be_published_or_cancelled_and_only_once),
		TEST(the_metadata_is_the_consumers_own_copy),
		TEST(a_channel_may_carry_data_of_any_length_up_to_its_capacity),
	};

	return TEST_RUN(tests);
}
