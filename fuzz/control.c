/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket as the producer hears it: several callers at once, each with messages of any bytes, descriptors of
 * any kind and number, and an end at any moment. Meanwhile an honest consumer gets every frame.
 */
#include "fuzz.h"

#include <unistd.h>

#include "raw_peer.h"

#define CALLERS 4

static struct test_channel channel;
static struct raw_consumer honest;

static void begin(void)
{
	if (!fuzz_begin())
		return;
	test_channel_open(&channel, "control", NULL);
	raw_attach(&honest, &channel);
}

static void say(struct input *input, int socket_fd)
{
	static const int kinds[] = {0, 1, 2};
	struct zcf_message_hello hello;
	uint8_t bytes[512];
	int fds[32];
	uint8_t how = take_byte(input);
	size_t size, fd_count = how >> 3;

	for (size_t i = 0; i < fd_count; i++)
		fds[i] = kinds[i % 3];
	if (how & 1) {
		/* A greeting that is right but for what the input says. */
		raw_hello_init(&hello);
		size_t at = take_byte(input) % sizeof(hello);
		take_bytes(input, (uint8_t *)&hello + at, sizeof(hello) - at < 16 ? sizeof(hello) - at : 16);
		raw_try_send(socket_fd, &hello, sizeof(hello), fds, fd_count);
	} else {
		size = take_bytes(input, bytes, take_byte(input) * 2);
		raw_try_send(socket_fd, bytes, size, fds, fd_count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	int callers[CALLERS] = {-1, -1, -1, -1};

	begin();
	for (int step = 0; step < 24 && input.size > 0; step++) {
		int *caller = &callers[take_byte(&input) % CALLERS];

		switch (take_byte(&input) % 4) {
		case 0:
			if (*caller >= 0)
				close(*caller);
			*caller = raw_try_connect("control");
			break;
		case 1:
		case 2:
			if (*caller >= 0)
				say(&input, *caller);
			break;
		case 3:
			if (*caller >= 0)
				close(*caller);
			*caller = -1;
			break;
		}
		zcf_producer_dispatch(channel.producer);
	}
	test_channel_publish(&channel);
	REQUIRE_EQUAL(raw_hold_newest(&honest, 0), atomic_load(&honest.board->newest));
	REQUIRE(test_channel_snapshot(&channel)->held_buffers >= 1);
	atomic_store(&honest.lane->leases[0].hold, 0);
	for (int i = 0; i < CALLERS; i++)
		if (callers[i] >= 0)
			close(callers[i]);
	test_channel_await_consumers(&channel, 1);
	return 0;
}
