/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a source that brings no pictures while the next one takes its time to open. */
#include "camerad/camera.h"
#include "test.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define INTERVAL_NS (NS_PER_S / 30)

/* A source of which the test says what it does. */
static sem_t may_open; /* Each opening takes one. */
static atomic_int openings_begun, sources_opened, sources_closed;
static atomic_int open_error, take_error;

static int stub_open(const struct source_settings *settings, struct source **ret_source, char *why, size_t why_size);

static int stub_take(struct source *source, const struct source_frame *frame, struct source_target *targets,
		     size_t target_count, struct picture *ret_picture)
{
	(void)source, (void)frame, (void)ret_picture;
	for (size_t i = 0; i < target_count; i++)
		targets[i].filled = true;
	return take_error;
}

static void stub_close(struct source *source)
{
	free(source);
	atomic_fetch_add(&sources_closed, 1);
}

static const struct source_ops stub_ops = {.name = "stub", .open = stub_open, .take = stub_take, .close = stub_close};

static int stub_open(const struct source_settings *settings, struct source **ret_source, char *why, size_t why_size)
{
	struct source *source;

	atomic_fetch_add(&openings_begun, 1);
	while (sem_wait(&may_open) != 0)
		;
	if (open_error != 0) {
		snprintf(why, why_size, "so the test wants it");
		return open_error;
	}
	source = calloc(1, sizeof(*source));
	REQUIRE(source != NULL);
	source->ops = &stub_ops;
	source->info.width_pixels = settings->width_pixels;
	source->info.height_pixels = settings->height_pixels;
	source->info.rate_millihertz = SOURCE_DEFAULT_RATE_MILLIHERTZ;
	atomic_fetch_add(&sources_opened, 1);
	*ret_source = source;
	return 0;
}

static struct camera camera;
static uint64_t now_ns;

static void open_camera(void)
{
	static const struct settings_overrides nothing = {.config_path = "/dev/null", .log_level = "error"};
	struct settings settings;
	char why[256];

	app_log_open("test", APP_LOG_ERROR);
	REQUIRE_EQUAL(sem_init(&may_open, 0, 1), 0);
	openings_begun = sources_opened = sources_closed = open_error = take_error = 0;
	REQUIRE_EQUAL(settings_load(&nothing, &settings, why, sizeof(why)), 0);
	settings.camera.source = &stub_ops;
	settings.channel_count = 1;
	REQUIRE_EQUAL(camera_open(&camera, &settings, 0), 0);
	now_ns = test_now_ns();
	REQUIRE_EQUAL(openings_begun, 1);
}

static void take_frame(void)
{
	now_ns += INTERVAL_NS;
	REQUIRE_EQUAL(camera_take_frame(&camera, now_ns, 0), 0);
}

static uint64_t published(void)
{
	return camera.channels[0]->published;
}

/* As the daemon does once a second, of a time that the test makes up. @return When a thread has begun to open. */
static void look_until_opening_begins(void)
{
	int begun = openings_begun;

	while (camera.source_watch.opening == NULL) {
		now_ns += NS_PER_S;
		source_watch_look(&camera, now_ns);
	}
	while (openings_begun == begun)
		test_sleep_ns(NS_PER_MS);
}

static void let_it_open(void)
{
	REQUIRE_EQUAL(sem_post(&may_open), 0);
	while (camera.source_watch.opening != NULL) {
		test_sleep_ns(NS_PER_MS);
		take_frame();
	}
}

static void a_source_that_takes_its_time_to_open_holds_up_nothing(void **state)
{
	struct source *old;

	(void)state;
	open_camera();
	old = camera.source;
	take_frame();
	REQUIRE_EQUAL(published(), 1);
	take_error = -EIO;
	take_frame();
	look_until_opening_begins();
	/* Nor is a second one opened beside it. */
	take_error = 0;
	for (int i = 0; i < 100; i++) {
		take_frame();
		source_watch_look(&camera, now_ns + (uint64_t)i * NS_PER_S);
	}
	REQUIRE_EQUAL(openings_begun, 2);
	REQUIRE(camera.source == old);
	REQUIRE_EQUAL(published(), 1);
	let_it_open();
	take_frame();
	REQUIRE(published() > 1);
	REQUIRE_EQUAL(sources_opened - sources_closed, 1);
	REQUIRE(!camera.source_watch.silent);
	camera_close(&camera);
	REQUIRE_EQUAL(sources_opened, sources_closed);
}

static void a_source_that_cannot_be_opened_is_tried_again(void **state)
{
	(void)state;
	open_camera();
	take_error = -EIO;
	open_error = -ENOENT;
	take_frame();
	for (int i = 0; i < 3; i++) {
		look_until_opening_begins();
		let_it_open();
		/* Not before the pause is over. */
		source_watch_look(&camera, now_ns);
		REQUIRE(camera.source_watch.opening == NULL);
	}
	take_error = open_error = 0;
	look_until_opening_begins();
	let_it_open();
	take_frame();
	REQUIRE(published() > 0);
	camera_close(&camera);
	REQUIRE_EQUAL(sources_opened, sources_closed);
}

static void a_source_that_comes_back_by_itself_stays(void **state)
{
	struct source *old;

	(void)state;
	open_camera();
	old = camera.source;
	take_error = -EAGAIN;
	take_frame();
	look_until_opening_begins();
	take_error = 0;
	take_frame();
	REQUIRE_EQUAL(published(), 1);
	let_it_open();
	REQUIRE(camera.source == old);
	REQUIRE_EQUAL(sources_opened - sources_closed, 1);
	camera_close(&camera);
	REQUIRE_EQUAL(sources_opened, sources_closed);
}

static void a_camera_that_closes_does_not_wait_for_a_source_that_opens(void **state)
{
	(void)state;
	open_camera();
	take_error = -EIO;
	take_frame();
	look_until_opening_begins();
	camera_close(&camera);
	REQUIRE_EQUAL(sources_opened, 1);
	REQUIRE_EQUAL(sources_closed, 1);
	/* What comes of it is closed all the same. */
	REQUIRE_EQUAL(sem_post(&may_open), 0);
	while (sources_closed != 2)
		test_sleep_ns(NS_PER_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_source_that_takes_its_time_to_open_holds_up_nothing),
		TEST(a_source_that_cannot_be_opened_is_tried_again),
		TEST(a_source_that_comes_back_by_itself_stays),
		TEST(a_camera_that_closes_does_not_wait_for_a_source_that_opens),
	};

	return TEST_RUN(tests);
}
