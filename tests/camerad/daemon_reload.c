/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon gets a new configuration while it runs. */
#include "daemon_fixture.h"
#include "test_video.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void a_reload_leaves_unchanged_channels_running_and_changes_the_others(void **state)
{
	struct zcf_consumer *kept, *changed;
	struct zcf_consumer_info before, after;
	struct zcf_consumer_counters counters;
	struct zcf_frame *frame;
	uint64_t number;

	(void)state;
	daemon_write_config("[channel kept]\n[channel changed]\nwidth = 320\nheight = 240\n[channel removed]\n");
	PROCESS_START(&process, "--config", daemon_config);
	kept = daemon_attach("kept");
	changed = daemon_attach("changed");
	zcf_consumer_get_info(kept, &before);
	frame = daemon_acquire(changed);
	number = zcf_frame_get_info(frame)->frame_number;
	zcf_frame_release(frame);

	daemon_write_config("[channel kept]\n[channel changed]\nwidth = 160\nheight = 120\n[channel added]\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "configuration reloaded");
	frame = daemon_acquire(kept);
	zcf_frame_release(frame);
	zcf_consumer_get_info(kept, &after);
	REQUIRE_EQUAL(after.epoch, before.epoch);
	zcf_consumer_get_counters(kept, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	/* A frame of the old size may still be the newest that this consumer knows of. */
	do {
		int error = zcf_consumer_acquire(changed, PATIENCE_NS, &frame);

		REQUIRE_EQUAL(error, 0);
		after.format = zcf_frame_get_info(frame)->format;
		REQUIRE(zcf_frame_get_info(frame)->frame_number > number);
		zcf_frame_release(frame);
	} while (after.format.width_pixels == 320);
	REQUIRE_EQUAL(after.format.width_pixels, 160);
	zcf_consumer_close(daemon_attach("added"));
	REQUIRE_EQUAL(test_runtime_directory_entries(), 3);
	zcf_consumer_close(kept);
	zcf_consumer_close(changed);
	daemon_stop(&process, SIGTERM);
}

static void a_wrong_configuration_is_refused_by_a_reload_and_the_old_one_kept(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;
	char expected[128];

	(void)state;
	daemon_write_config("[channel kept]\n");
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("kept");
	zcf_frame_release(daemon_acquire(consumer));

	daemon_write_config("[channel kept]\n\nwidth = 641\n");
	process_signal(&process, SIGHUP);
	snprintf(expected, sizeof(expected), "%s:3: width", daemon_config);
	process_await(&process, expected);
	process_await(&process, "the old one stays in force");

	/* Right by itself, but the source cannot be opened. */
	daemon_write_config("[camera]\nsource = file\npath = /nonexistent.avi\n[channel other]\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "/nonexistent.avi: No such file");
	process_await(&process, "the old one stays in force");

	/* A crop outside the picture, and a channel whose socket cannot be made. */
	daemon_write_config("[channel kept]\ncrop = 640x480+2+0\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "a crop reaches beyond");
	process_await(&process, "the old one stays in force");
	daemon_write_config("[runtime]\ndirectory = /proc/zcframe\n[channel kept]\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "a channel cannot be opened");
	process_await(&process, "the old one stays in force");

	zcf_frame_release(daemon_acquire(consumer));
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 1);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void a_reload_can_change_the_source_under_running_channels(void **state)
{
	struct test_video video = {640, 480, 30, 1};
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	char text[256];
	uint64_t number;
	float brightness;

	(void)state;
	test_video_write_y4m(daemon_video, &video);
	daemon_write_config("[channel kept]\n");
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("kept");
	frame = daemon_acquire(consumer);
	number = zcf_frame_get_info(frame)->frame_number;
	zcf_frame_release(frame);
	snprintf(text, sizeof(text), "[camera]\nsource = file\npath = %s\n[channel kept]\n", daemon_video);
	daemon_write_config(text);
	process_signal(&process, SIGHUP);
	process_await(&process, "configuration reloaded");
	do {
		frame = daemon_acquire(consumer);
		brightness = zcf_frame_get_info(frame)->brightness_avg;
		REQUIRE(zcf_frame_get_info(frame)->frame_number > number);
		number = zcf_frame_get_info(frame)->frame_number;
		zcf_frame_release(frame);
	} while (brightness != TEST_VIDEO_LUMA(0));
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reload_leaves_unchanged_channels_running_and_changes_the_others),
		TEST(a_wrong_configuration_is_refused_by_a_reload_and_the_old_one_kept),
		TEST(a_reload_can_change_the_source_under_running_channels),
	};

	return DAEMON_TEST_RUN(tests, argument_count, arguments);
}
