/* SPDX-License-Identifier: Apache-2.0 */
/* The camera's step: how frames are counted, and what they cost. */
#include "camerad/camera.h"
#include "camerad/monotonic.h"
#include "test.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_ALLOCATOR
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_ALLOCATOR
#endif

static atomic_ulong allocations;

#ifndef HAS_OWN_ALLOCATOR
/* These take the place of glibc's for the whole process, its libraries included. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_memalign(alignment, size);
}
#endif

static void open_camera(struct camera *camera)
{
	static const struct settings_overrides nothing = {.config_path = "/dev/null", .log_level = "error"};
	struct settings settings;
	char why[256];

	app_log_open("test", APP_LOG_ERROR);
	REQUIRE_EQUAL(settings_load(&nothing, &settings, why, sizeof(why)), 0);
	REQUIRE_EQUAL(camera_open(camera, &settings, 0), 0);
}

static const struct zcf_snapshot *look(struct camera *camera, size_t channel)
{
	static struct zcf_snapshot snapshot;

	zcf_producer_get_snapshot(camera->channels[channel]->producer, &snapshot);
	return &snapshot;
}

static void missed_frames_are_counted_and_leave_a_gap_in_the_numbers(void **state)
{
	static struct camera camera;

	(void)state;
	open_camera(&camera);
	REQUIRE_EQUAL(camera_take_frame(&camera, monotonic_now_ns(), 0), 0);
	REQUIRE_EQUAL(look(&camera, 0)->last_frame_number, 1);
	REQUIRE_EQUAL(camera_take_frame(&camera, monotonic_now_ns(), 3), 0);
	for (size_t i = 0; i < 3; i++) {
		REQUIRE_EQUAL(look(&camera, i)->last_frame_number, 5);
		REQUIRE_EQUAL(look(&camera, i)->published, 2);
		/* They are not the consumers' fault. */
		REQUIRE_EQUAL(look(&camera, i)->skipped, 0);
	}
	REQUIRE_EQUAL(camera.missed, 3);
	camera_close(&camera);
}

static void a_frame_allocates_nothing(void **state)
{
	static struct camera camera;
	unsigned long before;

	(void)state;
#ifdef HAS_OWN_ALLOCATOR
	skip();
#endif
	open_camera(&camera);
	REQUIRE(allocations > 0);
	/* The first ones may, as the C library reads the time zone. */
	for (int i = 0; i < 3; i++)
		REQUIRE_EQUAL(camera_take_frame(&camera, monotonic_now_ns(), 0), 0);
	before = allocations;
	for (int i = 0; i < 100; i++)
		REQUIRE_EQUAL(camera_take_frame(&camera, monotonic_now_ns(), 0), 0);
	REQUIRE_EQUAL(allocations, before);
	REQUIRE_EQUAL(look(&camera, 1)->published, 103);
	camera_close(&camera);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missed_frames_are_counted_and_leave_a_gap_in_the_numbers),
		TEST(a_frame_allocates_nothing),
	};

	return TEST_RUN(tests);
}
