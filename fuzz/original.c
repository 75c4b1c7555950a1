/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The original endpoint: another program writes what it likes into the shared memory, the semaphores' own bytes
 * included, while frames come. The camera gets its buffers back, and an honest consumer every frame.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/log.h"
#include "camerad/original/endpoint.h"
#include "channel.h"

#define DEADLINE_NS (2 * NS_PER_MS)

static struct test_channel channel;
static struct endpoint *endpoint;
static uint8_t *memory;

static void end(void)
{
	endpoint_close(endpoint);
}

static void begin(void)
{
	static const struct shared_object_access access = {0600, (uid_t)-1, (gid_t)-1};
	char name[64], slash_name[72], why[512];

	if (!fuzz_begin())
		return;
	app_log_open("fuzz", APP_LOG_ERROR);
	snprintf(name, sizeof(name), "zcf_fuzz_%d", (int)getpid());
	test_channel_open(
		&channel, name,
		&(struct test_channel_setup){.frame_interval_ns = NS_PER_MS, .lease_deadline_ns = DEADLINE_NS});
	REQUIRE_EQUAL(endpoint_open(name, NULL, &access, true, &endpoint, why, sizeof(why)), 0);
	atexit(end);
	test_channel_await_consumers(&channel, 1);
	snprintf(slash_name, sizeof(slash_name), "/%s", name);
	int fd = shm_open(slash_name, O_RDWR | O_CLOEXEC, 0);
	REQUIRE(fd >= 0);
	memory = mmap(NULL, sizeof(struct zero_copy_memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(memory != MAP_FAILED);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	begin();
	for (int step = 0; step < 8 && input.size > 0; step++) {
		size_t at = take_byte(&input) * 2 % sizeof(struct zero_copy_memory);
		size_t most = sizeof(struct zero_copy_memory) - at;

		take_bytes(&input, memory + at, most < 16 ? most : 16);
		if (test_channel_try_publish(&channel) == 0)
			test_sleep_ns(DEADLINE_NS / 4);
		zcf_producer_dispatch(channel.producer);
	}
	/* Whatever was written, the camera is not without a buffer past the deadlines. */
	for (int look = 0; test_channel_try_publish(&channel) == 0; look++) {
		REQUIRE(look < 64);
		test_sleep_ns(DEADLINE_NS / 4);
	}
	return 0;
}
