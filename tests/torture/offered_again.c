/* SPDX-License-Identifier: Apache-2.0 */
/* A newest frame that is closed for a moment, because its withdrawal begins and fails. */
#include <errno.h>

#include "channel.h"
#include "fault_points.h"
#include "raw_peer.h"
#include "test.h"

/* Who takes a lease in that moment, and who looks and goes to sleep. */
static struct raw_consumer *late, *sleeper;

void zcf_fault_point(enum zcf_fault_point point)
{
	if (point != ZCF_FAULT_POINT_W1 || !late)
		return;
	raw_hold_newest(late, 0);
	atomic_store(&sleeper->lane->waiting, zcf_lane_waiting_word(ZCF_LANE_SLEEPS_IN_FUTEX, 1));
	late = NULL;
}

static void who_went_to_sleep_while_the_newest_frame_was_closed_is_woken_when_it_is_offered_again(void **state)
{
	struct raw_consumer raws[4];
	struct test_channel channel;
	struct zcf_buffer *buffer;

	(void)state;
	test_channel_open(&channel, "again", NULL);
	for (int i = 0; i < 4; i++)
		raw_attach(&raws[i], &channel);
	/* All but the newest frame are held. */
	for (int i = 0; i < 3; i++) {
		test_channel_publish(&channel);
		if (i < 2)
			raw_hold_newest(&raws[i], 0);
	}
	uint64_t newest = atomic_load(&raws[0].board->newest);
	uint64_t wake_calls = test_channel_snapshot(&channel)->wake_calls;
	late = &raws[2];
	sleeper = &raws[3];
	REQUIRE_EQUAL(zcf_producer_dequeue(channel.producer, 0, 0, &buffer), -ENOBUFS);
	REQUIRE(!late);
	REQUIRE_EQUAL(atomic_load(&raws[0].board->slots[zcf_frame_word_buffer(newest)].generation),
		      zcf_frame_word_sequence(newest));
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->wake_calls, wake_calls + 1);
	for (int i = 0; i < 4; i++)
		raw_detach(&raws[i]);
	test_channel_await_consumers(&channel, 0);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_went_to_sleep_while_the_newest_frame_was_closed_is_woken_when_it_is_offered_again),
	};

	return TEST_RUN(tests);
}
