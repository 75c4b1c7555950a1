/* SPDX-License-Identifier: Apache-2.0 */
/* Consumers that copy each frame out: they may be as slow as they like, and what they get is theirs. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "channel.h"
#include "test.h"

static struct zcf_consumer *attach_copying(struct test_channel *channel, uint32_t max_copies)
{
	struct zcf_consumer_options options;

	zcf_consumer_options_init(&options);
	options.copy_out = true;
	options.max_leases = max_copies;
	return test_channel_attach(channel, &options);
}

static void a_copy_s_lease_is_over_when_it_is_returned(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "copy", NULL);
	struct zcf_consumer *consumer = attach_copying(&channel, 1);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	const struct zcf_snapshot *snapshot = test_channel_snapshot(&channel);
	REQUIRE_EQUAL(snapshot->held_buffers, 0);
	REQUIRE_EQUAL(snapshot->consumers[0].lease_count, 0);
	REQUIRE_EQUAL(snapshot->consumers[0].copies_out, 1);
	REQUIRE_EQUAL(snapshot->consumers[0].copied, 1);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void a_copy_stays_as_it_is_whatever_the_camera_writes(void **state)
{
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "copy", NULL);
	struct zcf_consumer *consumer = attach_copying(&channel, 1);
	uint64_t sequence = test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(consumer);
	for (int i = 0; i < 20; i++)
		test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_frame_check(frame), 0);
	REQUIRE(test_stamp_is(frame, sequence));
	/* Nor does it go with its producer. */
	test_channel_close(&channel);
	REQUIRE(test_stamp_is(frame, sequence));
	zcf_consumer_close(consumer);
	REQUIRE_EQUAL(zcf_frame_check(frame), 0);
	REQUIRE(test_stamp_is(frame, sequence));
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
}

static void a_copy_looks_like_any_other_frame_but_names_no_buffer(void **state)
{
	struct test_channel channel;
	const void *handle;
	size_t handle_size;

	(void)state;
	test_channel_open(&channel, "copy", NULL);
	struct zcf_consumer *copying = attach_copying(&channel, 1);
	struct zcf_consumer *leasing = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	struct zcf_frame *copy = test_acquire_now(copying), *lease = test_acquire_now(leasing);
	struct zcf_frame_info a = *zcf_frame_get_info(copy), b = *zcf_frame_get_info(lease);
	memset(a.share_id, 0, sizeof(a.share_id));
	memset(b.share_id, 0, sizeof(b.share_id));
	REQUIRE(memcmp(&a, &b, sizeof(a)) == 0);
	for (uint32_t i = 0; i < a.format.plane_count; i++) {
		REQUIRE(zcf_frame_get_plane(copy, i) != zcf_frame_get_plane(lease, i));
		REQUIRE(memcmp(zcf_frame_get_plane(copy, i), zcf_frame_get_plane(lease, i),
			       a.format.planes[i].size_bytes) == 0);
	}
	REQUIRE(zcf_frame_get_plane(copy, a.format.plane_count) == NULL);
	REQUIRE_EQUAL(zcf_frame_get_handle(copy, &handle, &handle_size), -ENOENT);
	REQUIRE_EQUAL(zcf_frame_release(copy), 0);
	REQUIRE_EQUAL(zcf_frame_release(lease), 0);
	zcf_consumer_close(copying);
	zcf_consumer_close(leasing);
	test_channel_close(&channel);
}

static void as_many_copies_as_were_asked_for_can_be_held(void **state)
{
	struct test_channel channel;
	struct zcf_frame *frames[ZCF_MAX_LEASES], *one_more;

	(void)state;
	/* Three buffers: a lease is all that anybody is granted. */
	test_channel_open(&channel, "copy", NULL);
	struct zcf_consumer *consumer = attach_copying(&channel, ZCF_MAX_LEASES);
	for (uint32_t i = 0; i < ZCF_MAX_LEASES; i++) {
		REQUIRE_EQUAL(test_channel_publish(&channel), i + 1);
		frames[i] = test_acquire_now(consumer);
	}
	test_channel_publish(&channel);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &one_more), -ENOBUFS);
	for (uint32_t i = 0; i < ZCF_MAX_LEASES; i++) {
		REQUIRE(test_stamp_is(frames[i], i + 1));
		REQUIRE_EQUAL(zcf_frame_release(frames[i]), 0);
	}
	one_more = test_acquire_now(consumer);
	REQUIRE_EQUAL(zcf_frame_release(one_more), 0);
	zcf_consumer_close(consumer);
	test_channel_close(&channel);
}

static void of_data_only_what_is_there_is_copied(void **state)
{
	struct zcf_producer_options options;
	struct zcf_frame_metadata metadata = {.bytes_used = 5};
	struct zcf_consumer *consumer;
	struct zcf_producer *producer;
	struct zcf_buffer *buffer;
	struct zcf_format format;
	struct zcf_frame *frame;
	struct zcf_pool *pool;
	struct test_open open;
	struct zcf_consumer_options copying;

	(void)state;
	zcf_producer_options_init(&options);
	REQUIRE_EQUAL(zcf_format_init_data(&format, 8192), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 3, &pool), 0);
	REQUIRE_EQUAL(zcf_producer_create("copy", pool, &options, &producer), 0);
	zcf_consumer_options_init(&copying);
	copying.copy_out = true;
	test_open_start(&open, "copy", &copying, PATIENCE_NS);
	REQUIRE_EQUAL(test_open_finish(&open, producer), 0);
	consumer = open.consumer;
	REQUIRE_EQUAL(zcf_producer_dequeue(producer, 0, 0, &buffer), 0);
	memset(zcf_buffer_get_plane(buffer, 0), 'x', 8192);
	memcpy(zcf_buffer_get_plane(buffer, 0), "hello", 5);
	REQUIRE_EQUAL(zcf_producer_publish(producer, buffer, &metadata), 0);
	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, 0, &frame), 0);
	REQUIRE_EQUAL(zcf_frame_get_info(frame)->bytes_used, 5);
	REQUIRE(memcmp(zcf_frame_get_plane(frame, 0), "hello\0\0\0", 8) == 0);
	REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	zcf_consumer_close(consumer);
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
}

/* A consumer that works on each frame for a second. */
struct slow_worker {
	pthread_t thread;
	struct zcf_consumer *consumer;
	atomic_bool *stop;
	int frames, wrong;
};

static void *work_slowly(void *context)
{
	struct slow_worker *worker = context;
	struct zcf_frame *frame;

	while (!atomic_load(worker->stop)) {
		if (zcf_consumer_acquire(worker->consumer, 10 * NS_PER_MS, &frame) < 0)
			continue;
		test_sleep_ns(NS_PER_S);
		worker->frames++;
		worker->wrong += !test_stamp_is(frame, zcf_frame_get_info(frame)->sequence);
		worker->wrong += zcf_frame_release(frame) != 0;
	}
	return NULL;
}

/* Publish for two seconds at 30 a second; the snapshot after it. */
static const struct zcf_snapshot *publish_for_slow_workers(struct test_channel *channel, struct slow_worker *workers,
							   int worker_count)
{
	atomic_bool stop = false;
	uint64_t next_ns = test_now_ns();

	for (int i = 0; i < worker_count; i++) {
		workers[i].stop = &stop;
		REQUIRE_EQUAL(pthread_create(&workers[i].thread, NULL, work_slowly, &workers[i]), 0);
	}
	for (int i = 0; i < 60; i++) {
		next_ns += 33 * NS_PER_MS;
		REQUIRE_EQUAL(zcf_producer_wait(channel->producer, next_ns), 0);
		test_channel_try_publish(channel);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < worker_count; i++)
		REQUIRE_EQUAL(pthread_join(workers[i].thread, NULL), 0);
	return test_channel_snapshot(channel);
}

static void slow_consumers_of_three_buffers_cost_the_camera_no_frame(void **state)
{
	/* Nothing is given back by a deadline here: what the camera gets, it gets by the copies. */
	struct slow_worker workers[4] = {0};
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "copy", NULL);
	for (int i = 0; i < 4; i++)
		workers[i].consumer = attach_copying(&channel, 1);
	const struct zcf_snapshot *snapshot = publish_for_slow_workers(&channel, workers, 4);
	REQUIRE_EQUAL(snapshot->skipped, 0);
	REQUIRE_EQUAL(snapshot->revoked, 0);
	REQUIRE_EQUAL(snapshot->published, 60);
	for (int i = 0; i < 4; i++) {
		REQUIRE(workers[i].frames >= 2);
		REQUIRE_EQUAL(workers[i].wrong, 0);
		zcf_consumer_close(workers[i].consumer);
	}
	test_channel_close(&channel);
}

/* Copies until told to stop, while the producer takes every lease away at once. */
struct copier {
	pthread_t thread;
	struct zcf_consumer *consumer;
	atomic_bool stop;
	atomic_int whole;
	int torn;
};

static void *copy_again_and_again(void *context)
{
	struct copier *copier = context;
	struct zcf_frame *frame;

	while (!atomic_load(&copier->stop)) {
		if (zcf_consumer_acquire(copier->consumer, NS_PER_MS, &frame) < 0)
			continue;
		copier->torn += !test_stamp_is(frame, zcf_frame_get_info(frame)->sequence);
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		atomic_fetch_add(&copier->whole, 1);
	}
	return NULL;
}

static void a_frame_that_is_overwritten_while_it_is_copied_is_not_returned(void **state)
{
	const struct test_channel_setup setup = {
		.width_pixels = 1280, .height_pixels = 720, .buffer_count = 2, .lease_deadline_ns = 1};
	struct zcf_consumer_counters counters = {0};
	struct copier copier = {0};
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "copy", &setup);
	copier.consumer = attach_copying(&channel, 1);
	REQUIRE_EQUAL(pthread_create(&copier.thread, NULL, copy_again_and_again, &copier), 0);
	/* In a hurry until copies were lost; then with pauses, in which one succeeds. The watchdog ends it. */
	while (counters.stale < 3 || atomic_load(&copier.whole) < 3) {
		if (counters.stale >= 3)
			test_sleep_ns(5 * NS_PER_MS);
		test_channel_try_publish(&channel);
		zcf_consumer_get_counters(copier.consumer, &counters);
	}
	atomic_store(&copier.stop, true);
	REQUIRE_EQUAL(pthread_join(copier.thread, NULL), 0);
	REQUIRE_EQUAL(copier.torn, 0);
	zcf_consumer_get_counters(copier.consumer, &counters);
	REQUIRE_EQUAL(counters.copied, counters.acquired);
	zcf_consumer_close(copier.consumer);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_s_lease_is_over_when_it_is_returned),
		TEST(a_copy_stays_as_it_is_whatever_the_camera_writes),
		TEST(a_copy_looks_like_any_other_frame_but_names_no_buffer),
		TEST(as_many_copies_as_were_asked_for_can_be_held),
		TEST(of_data_only_what_is_there_is_copied),
		TEST(slow_consumers_of_three_buffers_cost_the_camera_no_frame),
		TEST(a_frame_that_is_overwritten_while_it_is_copied_is_not_returned),
	};

	return TEST_RUN(tests);
}
