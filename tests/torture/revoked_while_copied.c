/* SPDX-License-Identifier: Apache-2.0 */
/* A lease that is revoked between A3 and V2: what was copied of the descriptor may be of two frames. */
#include <errno.h>

#include "channel.h"
#include "fault_points.h"
#include "producer/producer.h"
#include "test.h"

static struct zcf_producer *revoker; /* NULL: nothing is revoked. */
static uint32_t buffer_index;

void zcf_fault_point(enum zcf_fault_point point)
{
	if (point != ZCF_FAULT_POINT_A3 || !revoker)
		return;
	atomic_fetch_or(&revoker->board->slots[buffer_index].generation, ZCF_GENERATION_GONE);
	revoker = NULL;
}

static void require_that_nothing_is_handed_out(struct test_channel *channel, struct zcf_consumer *consumer,
					       const struct zcf_format *format)
{
	struct zcf_frame_metadata metadata = {.format = format};
	struct zcf_buffer *buffer;
	struct zcf_frame *frame;

	REQUIRE_EQUAL(zcf_producer_dequeue(channel->producer, 0, 0, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_publish(channel->producer, buffer, &metadata), 0);
	buffer_index = zcf_buffer_get_index(buffer);
	revoker = channel->producer;
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), -EAGAIN);
	REQUIRE(!revoker);
	/* It was for that alone. */
	atomic_fetch_and(&channel->producer->board->slots[buffer_index].generation, ~ZCF_GENERATION_GONE);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
}

static void a_frame_that_is_revoked_while_its_description_is_copied_is_not_handed_out(void **state)
{
	struct test_channel channel;
	struct zcf_format own;

	(void)state;
	test_channel_open(&channel, "revoked", NULL);
	REQUIRE_EQUAL(zcf_format_init(&own, ZCF_FOURCC_GREY, 16, 16, 0), 0);
	struct zcf_consumer *consumer = test_channel_attach(&channel, NULL);
	require_that_nothing_is_handed_out(&channel, consumer, NULL);
	require_that_nothing_is_handed_out(&channel, consumer, &own);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_that_is_revoked_while_its_description_is_copied_is_not_handed_out),
	};

	return TEST_RUN(tests);
}
