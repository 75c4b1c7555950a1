/* SPDX-License-Identifier: Apache-2.0 */
/* The camera's process: it publishes as fast as a thousand frames a second, and notes when it could not. */
#include "torture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"

/*
 * A camera without a buffer looks again every quarter of a deadline, or earlier if somebody calls whom it cannot serve.
 * After two deadlines everything that is not the newest frame is closed and every lease on it over; twice as many
 * looks, and twice as long, are more than enough for the one that has to succeed.
 */
#define LOOKS_WITHOUT_BUFFER 16
#define TIME_WITHOUT_BUFFER  (4 * DEADLINE_NS)

struct camera {
	struct zcf_pool *pool;
	struct zcf_producer *producer;
	uint64_t sequence;
	uint64_t seed;
	int looks_without_buffer;
	uint64_t without_buffer_since_ns;
	int fds_at_rest;
	int mappings_at_rest;
};

static void open_camera(struct camera *camera)
{
	struct zcf_producer_options options;
	struct zcf_format format;
	int error;

	zcf_producer_options_init(&options);
	options.lease_deadline_ns = DEADLINE_NS;
	options.frame_interval_ns = NS_PER_MS;
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, 160, 120, 0), 0);
	/* It may be out of descriptors or memory just now. */
	while ((error = zcf_pool_create(NULL, &format, BUFFERS, &camera->pool)) == -ENOMEM || error == -EMFILE)
		test_sleep_ns(NS_PER_MS);
	REQUIRE_EQUAL(error, 0);
	/* And a child that the last camera forked may listen on its socket for a moment. */
	while ((error = zcf_producer_create(CHANNEL, camera->pool, &options, &camera->producer)) == -EADDRINUSE ||
	       error == -ENOMEM || error == -EMFILE)
		test_sleep_ns(NS_PER_MS);
	REQUIRE_EQUAL(error, 0);
	atomic_store(&arena->epoch, zcf_producer_get_epoch(camera->producer));
	/* To count takes a descriptor too. */
	while ((camera->fds_at_rest = test_fd_count()) < 0 ||
	       (camera->mappings_at_rest = test_shared_mapping_count()) < 0)
		test_sleep_ns(NS_PER_MS);
}

/* Whether everything is as it was when the camera was new, but for the readers. */
static bool is_at_rest(struct camera *camera, char *why, size_t why_size)
{
	static struct zcf_snapshot snapshot;
	int fds = test_fd_count() - camera->fds_at_rest;
	int mappings = test_shared_mapping_count() - camera->mappings_at_rest;

	zcf_producer_get_snapshot(camera->producer, &snapshot);
	snprintf(why, why_size, "%u lanes and %u held buffers, %d more descriptors and %d more mappings for %d readers",
		 snapshot.consumer_count, snapshot.held_buffers, fds, mappings, READERS);
	for (uint32_t i = 0; i < snapshot.consumer_count; i++) {
		size_t length = strlen(why);

		snprintf(why + length, why_size - length, "%s %d", i ? "" : "; attached:", snapshot.consumers[i].pid);
	}
	/* Each reader: a socket, a pidfd, a lane. The spare descriptor, if it was lost, comes back with the next
	 * caller. */
	return snapshot.consumer_count == READERS && snapshot.held_buffers == 0 &&
	       (fds == 2 * READERS || fds == 2 * READERS - 1) && mappings == READERS;
}

static void audit_camera(struct camera *camera)
{
	uint64_t until_ns = test_now_ns() + PATIENCE_NS / 4;
	struct zcf_buffer *buffers[BUFFERS];
	char why[256];
	int count = 0, wanted = atomic_load(&arena->audit_wanted);

	/* Silent callers are dropped by the clock, after a second. */
	while (!is_at_rest(camera, why, sizeof(why)) && test_now_ns() < until_ns)
		zcf_producer_wait(camera->producer, test_now_ns() + NS_PER_MS);
	if (!is_at_rest(camera, why, sizeof(why)))
		fail_torture("the camera does not come to rest: %s", why);
	while (count < BUFFERS && zcf_producer_dequeue(camera->producer, 0, 0, &buffers[count]) == 0)
		count++;
	if (count != BUFFERS)
		fail_torture("%d of %d buffers are lost", BUFFERS - count, BUFFERS);
	for (int i = 0; i < count; i++)
		zcf_producer_cancel(camera->producer, buffers[i]);
	atomic_store(&arena->audit_done, wanted);
}

static void publish(struct camera *camera, struct zcf_buffer *buffer)
{
	struct zcf_frame_metadata metadata = {.frame_number = ++camera->sequence};

	test_stamp_write(buffer, frame_stamp(zcf_producer_get_epoch(camera->producer), camera->sequence));
	int error = zcf_producer_publish(camera->producer, buffer, &metadata);
	if (error < 0)
		fail_torture("publish: %s", strerror(-error));
	atomic_fetch_add(&arena->published, 1);
}

static void try_frame(struct camera *camera)
{
	uint32_t flags = next_random(&camera->seed) % 4 ? 0 : ZCF_DEQUEUE_KEEP_NEWEST;
	bool waits = next_random(&camera->seed) % 2;
	struct zcf_buffer *buffer;
	int error = zcf_producer_dequeue(camera->producer, flags, waits ? DEADLINE_NS / 8 : 0, &buffer);

	if (error == -ENOBUFS) {
		if (camera->looks_without_buffer == 0)
			camera->without_buffer_since_ns = test_now_ns();
		/* To keep the newest is the camera's own choice. */
		if (flags == 0 && ++camera->looks_without_buffer > LOOKS_WITHOUT_BUFFER &&
		    test_now_ns() - camera->without_buffer_since_ns > (uint64_t)TIME_WITHOUT_BUFFER)
			fail_torture("the camera is without a buffer long past the deadline");
		atomic_fetch_add(&arena->skipped, 1);
		zcf_producer_wait(camera->producer, test_now_ns() + DEADLINE_NS / 4);
		return;
	}
	camera->looks_without_buffer = 0;
	if (error < 0)
		fail_torture("dequeue: %s", zcf_error_detail());
	else if (next_random(&camera->seed) % 16 == 0)
		zcf_producer_cancel(camera->producer, buffer);
	else
		publish(camera, buffer);
}

static void hear(void *context, const struct zcf_event *event)
{
	(void)context;
	if (event->kind == ZCF_EVENT_REVOKED)
		atomic_fetch_add(&arena->revoked, 1);
	else if (event->kind == ZCF_EVENT_EXPELLED)
		fail_torture("the camera expelled a reader: %s", event->detail);
}

void run_camera(uint64_t seed)
{
	struct camera camera = {.seed = seed};

	open_camera(&camera);
	zcf_producer_set_listener(camera.producer, hear, NULL);
	for (;;) {
		if (atomic_load(&arena->audit_wanted) != atomic_load(&arena->audit_done))
			audit_camera(&camera);
		for (uint64_t burst = next_random(&camera.seed) % 3; burst < 3; burst++)
			try_frame(&camera);
		/* An error here is a caller's that could not be served: it was told. */
		zcf_producer_wait(camera.producer, test_now_ns() + NS_PER_MS);
	}
}
