/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lane as the producer reads it: any bytes, changed at any time between its looks. It takes nothing from another
 * consumer, holds no more than it was granted, and not past the deadline.
 */
#include "fuzz.h"

#include <string.h>

#include "raw_peer.h"

static struct test_channel channel;
static struct raw_consumer hostile, honest;

static void begin(void)
{
	if (!fuzz_begin())
		return;
	test_channel_open(&channel, "lane", &(struct test_channel_setup){.buffer_count = 4});
	raw_attach(&hostile, &channel);
	raw_attach(&honest, &channel);
}

static void scribble(struct input *input)
{
	size_t at = (size_t)take_byte(input) * 3 % sizeof(*hostile.lane);
	uint8_t *bytes = (uint8_t *)hostile.lane + at;
	size_t most = sizeof(*hostile.lane) - at;

	take_bytes(input, bytes, take_byte(input) % 65 < most ? take_byte(input) % 65 % most : most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	begin();
	for (int step = 0; step < 32 && input.size > 0; step++) {
		uint8_t what = take_byte(&input);

		if (what % 4 == 0)
			atomic_store(&hostile.lane->leases[what / 4 % ZCF_MAX_LEASES].hold,
				     atomic_load(&hostile.board->newest) + take_byte(&input) % 3);
		else if (what % 4 == 1)
			scribble(&input);
		else
			test_channel_publish(
				&channel); /* it has to find a buffer: 4 of them, 2 granted here, 1 held below */
		if (what % 8 == 7)
			raw_hold_newest(&honest, 0);
		/* What the honest one holds stays as it is. */
		uint64_t word = atomic_load(&honest.lane->leases[0].hold);
		uint32_t buffer = zcf_frame_word_buffer(word);
		if (word)
			REQUIRE_EQUAL(atomic_load(&honest.board->slots[buffer].generation) & ~ZCF_GENERATION_CLOSED,
				      zcf_frame_word_sequence(word));
	}
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
	REQUIRE(snapshot->consumers[0].lease_count <= hostile.welcome.max_leases);
	memset(hostile.lane, 0, sizeof(*hostile.lane));
	atomic_store(&honest.lane->leases[0].hold, 0);
	REQUIRE_EQUAL(test_channel_snapshot(&channel)->held_buffers, 0);
	return 0;
}
