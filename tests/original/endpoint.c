/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint between a channel and a program of the original design: both ends are in this process here. */
#include "camerad/original/endpoint.h"
#include "app/log.h"
#include "bus_error.h"
#include "channel.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_NS (UINT64_C(86400) * NS_PER_S)

static const struct shared_object_access usual_access = {0600, (uid_t)-1, (gid_t)-1};

/* A channel with an endpoint, and the memory as a program maps it. */
struct fixture {
	char path[128];
	struct test_channel channel;
	struct endpoint *endpoint;
	struct zero_copy_memory *memory;
};

static struct zero_copy_memory *map_object(const char *name)
{
	char slash_name[80];
	void *memory;
	int fd;

	snprintf(slash_name, sizeof(slash_name), "/%s", name);
	fd = shm_open(slash_name, O_RDWR, 0);
	REQUIRE(fd >= 0);
	memory = mmap(NULL, sizeof(struct zero_copy_memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(memory != MAP_FAILED);
	close(fd);
	return memory;
}

static void fixture_open(struct fixture *fixture, uint64_t interval_ns, uint64_t deadline_ns)
{
	struct test_channel_setup setup = {.frame_interval_ns = interval_ns, .lease_deadline_ns = deadline_ns};
	char name[64], why[512];
	static int number;

	snprintf(name, sizeof(name), "zcf_test_endpoint_%d_%d", (int)getpid(), number++);
	snprintf(fixture->path, sizeof(fixture->path), "/dev/shm/%s", name);
	test_channel_open(&fixture->channel, name, &setup);
	if (endpoint_open(name, NULL, &usual_access, true, &fixture->endpoint, why, sizeof(why)) != 0) {
		print_error("%s\n", why);
		REQUIRE(false);
	}
	test_channel_await_consumers(&fixture->channel, 1);
	fixture->memory = map_object(name);
}

static void fixture_close(struct fixture *fixture)
{
	struct stat status;

	test_channel_close(&fixture->channel);
	endpoint_close(fixture->endpoint);
	REQUIRE_EQUAL(stat(fixture->path, &status), -1);
	munmap(fixture->memory, sizeof(*fixture->memory));
}

static sem_t *new_frame(const struct fixture *fixture)
{
	return &fixture->memory->design.new_frame_sem;
}

static int value_of(sem_t *semaphore)
{
	int value;

	REQUIRE_EQUAL(sem_getvalue(semaphore, &value), 0);
	return value;
}

/* What the endpoint, or anybody with that label, holds. */
static uint32_t leases_of_endpoint(struct fixture *fixture)
{
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&fixture->channel);

	for (uint32_t i = 0; i < snapshot->consumer_count; i++)
		if (strcmp(snapshot->consumers[i].label, "original endpoint") == 0)
			return snapshot->consumers[i].lease_count;
	REQUIRE(false);
	return 0;
}

static void await_leases(struct fixture *fixture, uint32_t count)
{
	while (leases_of_endpoint(fixture) != count)
		test_sleep_ns(NS_PER_MS);
}

/* Until this frame has been offered, and is not any more. */
static void await_offer_over(struct fixture *fixture, uint64_t sequence)
{
	while (*(volatile uint64_t *)&fixture->memory->extension.sequence != sequence)
		test_sleep_ns(NS_PER_MS);
	await_leases(fixture, 0);
}

/* Publish until one frame of it has been taken; returns the sequence of the last. */
static uint64_t publish_and_take(struct fixture *fixture)
{
	uint64_t sequence;

	do {
		await_leases(fixture, 0);
		sequence = test_channel_publish(&fixture->channel);
		for (int i = 0; i < 2000 && leases_of_endpoint(fixture) == 0 && value_of(new_frame(fixture)) == 0; i++)
			test_sleep_ns(NS_PER_MS / 2);
	} while (sem_trywait(new_frame(fixture)) != 0);
	return sequence;
}

static void a_frame_is_described_as_the_design_says(void **state)
{
	struct zcf_frame_metadata metadata = {
		.frame_number = 4711,
		.capture_time_ns = UINT64_C(12345678901234),
		.capture_wall_ns = INT64_C(1700000000123456789),
		.camera_id = 3,
		.brightness_avg = 99.5f,
		.correction_applied = 1,
	};
	struct fixture fixture;
	struct zcf_buffer *buffer;
	const ZeroCopyFrame *frame;
	const struct zero_copy_extension *extension;

	(void)state;
	fixture_open(&fixture, NS_PER_S, DAY_NS);
	REQUIRE_EQUAL(zcf_producer_dequeue(fixture.channel.producer, 0, 0, &buffer), 0);
	REQUIRE_EQUAL(zcf_producer_publish(fixture.channel.producer, buffer, &metadata), 0);
	REQUIRE_EQUAL(sem_wait(new_frame(&fixture)), 0);
	frame = &fixture.memory->design.frame;
	REQUIRE_EQUAL(frame->frame_number, 4711);
	REQUIRE_EQUAL(frame->timestamp.tv_sec, 12345);
	REQUIRE_EQUAL(frame->timestamp.tv_nsec, 678901234);
	REQUIRE_EQUAL(frame->camera_id, 3);
	REQUIRE_EQUAL(frame->width, 64);
	REQUIRE_EQUAL(frame->height, 64);
	REQUIRE_EQUAL(frame->format, 1);
	REQUIRE(frame->brightness_avg == 99.5f);
	REQUIRE_EQUAL(frame->correction_applied, 1);
	REQUIRE_EQUAL(frame->plane_cnt, 2);
	REQUIRE_EQUAL(frame->plane_size[0], 64 * 64);
	REQUIRE_EQUAL(frame->plane_size[1], 64 * 32);
	/* Ordinary memory has no numbers that a program could import. */
	REQUIRE_EQUAL(frame->share_id[0], 0);
	REQUIRE_EQUAL(frame->share_id[1], 0);
	REQUIRE_EQUAL(frame->version, 1);
	REQUIRE_EQUAL(frame->consumed, 0);
	extension = &fixture.memory->extension;
	REQUIRE_EQUAL(extension->magic, ZERO_COPY_EXTENSION_MAGIC);
	REQUIRE_EQUAL(extension->epoch, zcf_producer_get_epoch(fixture.channel.producer));
	REQUIRE_EQUAL(extension->sequence, 1);
	REQUIRE_EQUAL(extension->held_sequence, 1);
	REQUIRE(extension->lease_until_ns > test_now_ns());
	REQUIRE_EQUAL(extension->capture_wall_ns, metadata.capture_wall_ns);
	REQUIRE_EQUAL(extension->stride_bytes[0], 64);
	REQUIRE_EQUAL(extension->plane_offset_bytes[1], 64 * 64);
	REQUIRE_EQUAL(extension->graphic.plane_cnt, 0);
	fixture.memory->design.frame.consumed = 1;
	REQUIRE_EQUAL(sem_post(&fixture.memory->design.consumed_sem), 0);
	await_leases(&fixture, 0);
	publish_and_take(&fixture);
	REQUIRE(frame->version > 1);
	REQUIRE_EQUAL(frame->consumed, 0);
	fixture_close(&fixture);
}

static void a_frame_that_nobody_takes_is_held_neither_for_long_nor_again(void **state)
{
	struct fixture fixture;

	(void)state;
	/* Only the next frame's being due can end such a lease: its deadline is tomorrow. */
	fixture_open(&fixture, 100 * NS_PER_MS, DAY_NS);
	for (int i = 0; i < 5; i++) {
		await_offer_over(&fixture, test_channel_publish(&fixture.channel));
		REQUIRE_EQUAL(value_of(new_frame(&fixture)), 0);
		REQUIRE_EQUAL(value_of(&fixture.memory->design.consumed_sem), 0);
	}
	fixture_close(&fixture);
}

static void with_nobody_there_it_costs_the_camera_no_buffer(void **state)
{
	struct zcf_consumer *consumers[2];
	struct zcf_frame *frames[2];
	struct fixture fixture;
	uint64_t sequence;

	(void)state;
	fixture_open(&fixture, 50 * NS_PER_MS, DAY_NS);
	/* Of three buffers two are held: the camera lives on the third, which is also the newest frame. */
	for (int i = 0; i < 2; i++) {
		consumers[i] = test_channel_attach(&fixture.channel, NULL);
		sequence = test_channel_publish(&fixture.channel);
		frames[i] = test_acquire_now(consumers[i]);
	}
	for (int i = 0; i < 5; i++) {
		await_offer_over(&fixture, sequence);
		sequence = test_channel_publish(&fixture.channel);
	}
	REQUIRE_EQUAL(test_channel_snapshot(&fixture.channel)->skipped, 0);
	for (int i = 0; i < 2; i++) {
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
		zcf_consumer_close(consumers[i]);
	}
	fixture_close(&fixture);
}

static void a_frame_that_was_taken_is_held_until_it_is_given_back(void **state)
{
	struct fixture fixture;
	uint64_t sequence;

	(void)state;
	fixture_open(&fixture, 20 * NS_PER_MS, DAY_NS);
	for (int i = 0; i < 3; i++) {
		sequence = publish_and_take(&fixture);
		test_sleep_ns(60 * NS_PER_MS);
		REQUIRE_EQUAL(leases_of_endpoint(&fixture), 1);
		REQUIRE_EQUAL(fixture.memory->extension.held_sequence, sequence);
		REQUIRE_EQUAL(sem_post(&fixture.memory->design.consumed_sem), 0);
		await_leases(&fixture, 0);
		REQUIRE_EQUAL(fixture.memory->extension.held_sequence, 0);
	}
	fixture_close(&fixture);
}

static void a_frame_that_is_never_given_back_ends_at_its_deadline(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture, 20 * NS_PER_MS, 100 * NS_PER_MS);
	for (int i = 0; i < 3; i++) {
		publish_and_take(&fixture);
		await_leases(&fixture, 0);
		REQUIRE_EQUAL(fixture.memory->extension.held_sequence, 0);
	}
	fixture_close(&fixture);
}

static void a_name_that_was_removed_comes_back(void **state)
{
	struct fixture fixture;
	struct stat status;

	(void)state;
	fixture_open(&fixture, 20 * NS_PER_MS, DAY_NS);
	REQUIRE_EQUAL(unlink(fixture.path), 0);
	while (stat(fixture.path, &status) != 0)
		test_sleep_ns(10 * NS_PER_MS);
	munmap(fixture.memory, sizeof(*fixture.memory));
	fixture.memory = map_object(fixture.channel.name);
	publish_and_take(&fixture);
	fixture_close(&fixture);
}

static void one_that_was_truncated_is_whole_again_with_the_next_frames(void **state)
{
	struct fixture fixture;
	struct stat status = {0};

	(void)state;
	skip_where_bus_errors_cannot_be_survived();
	fixture_open(&fixture, 20 * NS_PER_MS, DAY_NS);
	for (int i = 0; i < 5; i++) {
		REQUIRE_EQUAL(truncate(fixture.path, 0), 0);
		while (status.st_size != sizeof(*fixture.memory)) {
			test_channel_publish(&fixture.channel);
			await_leases(&fixture, 0);
			REQUIRE_EQUAL(stat(fixture.path, &status), 0);
		}
		status.st_size = 0;
	}
	publish_and_take(&fixture);
	fixture_close(&fixture);
}

static void closing_does_not_wait_for_who_holds_a_frame(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture, 20 * NS_PER_MS, DAY_NS);
	publish_and_take(&fixture);
	/* Would take a day if it did. */
	test_channel_close(&fixture.channel);
	endpoint_close(fixture.endpoint);
	REQUIRE_EQUAL(fixture.memory->extension.held_sequence, 0);
	REQUIRE_EQUAL(fixture.memory->extension.state, ZERO_COPY_CLOSED);
	munmap(fixture.memory, sizeof(*fixture.memory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_is_described_as_the_design_says),
		TEST(a_frame_that_nobody_takes_is_held_neither_for_long_nor_again),
		TEST(with_nobody_there_it_costs_the_camera_no_buffer),
		TEST(a_frame_that_was_taken_is_held_until_it_is_given_back),
		TEST(a_frame_that_is_never_given_back_ends_at_its_deadline),
		TEST(a_name_that_was_removed_comes_back),
		TEST(one_that_was_truncated_is_whole_again_with_the_next_frames),
		TEST(closing_does_not_wait_for_who_holds_a_frame),
	};

	app_log_open("zcf-test", APP_LOG_ERROR);
	return TEST_RUN(tests);
}
