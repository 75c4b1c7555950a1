/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon as its users meet it: started, watched, reloaded, stopped, and given what is wrong. */
#include "camerad/sources/scene.h"
#include "process.h"
#include "test.h"
#include "test_video.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zcframe/zcframe.h>

static struct process process, second;
static char directory[] = "/tmp/zcf-test-daemon-XXXXXX"; /* For configurations and videos. */
static char config[64], video_path[64];

static void write_config(const char *text)
{
	FILE *file = fopen(config, "we");

	REQUIRE(file != NULL);
	REQUIRE(fputs(text, file) >= 0);
	REQUIRE_EQUAL(fclose(file), 0);
}

static struct zcf_consumer *attach(const char *channel)
{
	struct zcf_consumer *consumer = NULL;

	if (zcf_consumer_open(channel, NULL, PATIENCE_NS, &consumer) != 0)
		print_error("%s\n", zcf_error_detail());
	REQUIRE(consumer != NULL);
	return consumer;
}

static struct zcf_frame *acquire(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame = NULL;

	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	return frame;
}

static void stop(struct process *daemon, int signal_number)
{
	process_signal(daemon, signal_number);
	REQUIRE_EQUAL(process_finish(daemon), 0);
}

/* What the strip of the synthetic scene says. */
static uint32_t read_number(const struct zcf_frame *frame)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;
	uint32_t width = format->width_pixels, number = 0;
	const uint8_t *row = zcf_frame_get_plane(frame, 0);

	row += (size_t)scene_strip_height(width, format->height_pixels) / 2 * format->planes[0].stride_bytes;
	for (uint32_t cell = 0; cell < 32; cell++)
		number = number << 1 | (row[width * (2 * cell + 1) / 64] > 128);
	return number;
}

static float mean_luma(const struct zcf_frame *frame)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;
	const uint8_t *luma = zcf_frame_get_plane(frame, 0);
	double sum = 0;

	for (uint32_t y = 0; y < format->height_pixels; y++)
		for (uint32_t x = 0; x < format->width_pixels; x++)
			sum += luma[(size_t)y * format->planes[0].stride_bytes + x];
	return (float)(sum / ((double)format->width_pixels * format->height_pixels));
}

static void the_three_channels_show_the_same_frames_in_their_sizes(void **state)
{
	static const struct {
		const char *channel;
		uint32_t width, height;
	} channels[] = {{"pet_camera_active_zc", 640, 480},
			{"pet_camera_yolo_zc", 640, 360},
			{"pet_camera_mjpeg_zc", 640, 480}};

	(void)state;
	write_config("[camera]\ncamera_id = 3\n");
	PROCESS_START(&process, "--config", config);
	for (size_t i = 0; i < 3; i++) {
		struct zcf_consumer *consumer = attach(channels[i].channel);
		uint64_t last_capture_ns = 0, last_number = 0;

		for (int n = 0; n < 5; n++) {
			struct zcf_frame *frame = acquire(consumer);
			const struct zcf_frame_info *info = zcf_frame_get_info(frame);
			uint32_t number = read_number(frame);

			REQUIRE_EQUAL(info->format.width_pixels, channels[i].width);
			REQUIRE_EQUAL(info->format.height_pixels, channels[i].height);
			REQUIRE_EQUAL(info->format.fourcc, ZCF_FOURCC_NV12);
			REQUIRE_EQUAL(info->camera_id, 3);
			REQUIRE_EQUAL(info->correction_applied, 0);
			REQUIRE(info->publish_time_ns >= info->capture_time_ns);
			REQUIRE(fabsf(info->brightness_avg - mean_luma(frame)) < 3);
			if (zcf_frame_check(frame) == 0)
				REQUIRE_EQUAL(number, info->frame_number);
			if (last_number != 0) {
				/* Capture times lie on the grid, whatever was missed between. */
				REQUIRE_EQUAL(info->capture_time_ns - last_capture_ns,
					      (info->frame_number - last_number) * 33333333);
			}
			last_capture_ns = info->capture_time_ns;
			last_number = info->frame_number;
			zcf_frame_release(frame);
		}
		zcf_consumer_close(consumer);
	}
	stop(&process, SIGTERM);
}

static void both_signals_stop_it_and_leave_nothing_behind(void **state)
{
	(void)state;
	write_config("");
	for (int i = 0; i < 2; i++) {
		PROCESS_START(&process, "--config", config);
		process_await(&process, "camera started");
		REQUIRE_EQUAL(test_runtime_directory_entries(), 3);
		stop(&process, i == 0 ? SIGTERM : SIGINT);
		REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
		REQUIRE(process_said(&process, "channel closed"));
	}
}

static void a_slower_channel_publishes_a_subset_at_its_rate(void **state)
{
	struct zcf_consumer_info info;
	struct zcf_consumer *consumer;
	uint64_t last = 0;

	(void)state;
	write_config("[camera]\nrate = 50\n[channel slow]\nrate = 25\nwidth = 64\nheight = 64\n");
	PROCESS_START(&process, "--config", config);
	consumer = attach("slow");
	zcf_consumer_get_info(consumer, &info);
	REQUIRE_EQUAL(info.frame_interval_ns, 40000000);
	for (int i = 0; i < 6; i++) {
		struct zcf_frame *frame = acquire(consumer);
		uint64_t number = zcf_frame_get_info(frame)->frame_number;

		/* Of each two frames one, even if the daemon came too late for some. */
		if (last != 0)
			REQUIRE(number / 2 > last / 2);
		last = number;
		zcf_frame_release(frame);
	}
	zcf_consumer_close(consumer);
	stop(&process, SIGTERM);
}

static void a_reload_leaves_unchanged_channels_running_and_changes_the_others(void **state)
{
	struct zcf_consumer *kept, *changed;
	struct zcf_consumer_info before, after;
	struct zcf_consumer_counters counters;
	struct zcf_frame *frame;
	uint64_t number;

	(void)state;
	write_config("[channel kept]\n[channel changed]\nwidth = 320\nheight = 240\n[channel removed]\n");
	PROCESS_START(&process, "--config", config);
	kept = attach("kept");
	changed = attach("changed");
	zcf_consumer_get_info(kept, &before);
	frame = acquire(changed);
	number = zcf_frame_get_info(frame)->frame_number;
	zcf_frame_release(frame);

	write_config("[channel kept]\n[channel changed]\nwidth = 160\nheight = 120\n[channel added]\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "configuration reloaded");
	frame = acquire(kept);
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
	zcf_consumer_close(attach("added"));
	REQUIRE_EQUAL(test_runtime_directory_entries(), 3);
	zcf_consumer_close(kept);
	zcf_consumer_close(changed);
	stop(&process, SIGTERM);
}

static void a_wrong_configuration_is_refused_by_a_reload_and_the_old_one_kept(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;
	char expected[128];

	(void)state;
	write_config("[channel kept]\n");
	PROCESS_START(&process, "--config", config);
	consumer = attach("kept");
	zcf_frame_release(acquire(consumer));

	write_config("[channel kept]\n\nwidth = 641\n");
	process_signal(&process, SIGHUP);
	snprintf(expected, sizeof(expected), "%s:3: width", config);
	process_await(&process, expected);
	process_await(&process, "the old one stays in force");

	/* Right by itself, but the source cannot be opened. */
	write_config("[camera]\nsource = file\npath = /nonexistent.avi\n[channel other]\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "/nonexistent.avi: No such file");
	process_await(&process, "the old one stays in force");

	/* A crop outside the picture, and a channel whose socket cannot be made. */
	write_config("[channel kept]\ncrop = 640x480+2+0\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "a crop reaches beyond");
	process_await(&process, "the old one stays in force");
	write_config("[runtime]\ndirectory = /proc/zcframe\n[channel kept]\n");
	process_signal(&process, SIGHUP);
	process_await(&process, "a channel cannot be opened");
	process_await(&process, "the old one stays in force");

	zcf_frame_release(acquire(consumer));
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 1);
	zcf_consumer_close(consumer);
	stop(&process, SIGTERM);
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
	test_video_write_y4m(video_path, &video);
	write_config("[channel kept]\n");
	PROCESS_START(&process, "--config", config);
	consumer = attach("kept");
	frame = acquire(consumer);
	number = zcf_frame_get_info(frame)->frame_number;
	zcf_frame_release(frame);
	snprintf(text, sizeof(text), "[camera]\nsource = file\npath = %s\n[channel kept]\n", video_path);
	write_config(text);
	process_signal(&process, SIGHUP);
	process_await(&process, "configuration reloaded");
	do {
		frame = acquire(consumer);
		brightness = zcf_frame_get_info(frame)->brightness_avg;
		REQUIRE(zcf_frame_get_info(frame)->frame_number > number);
		number = zcf_frame_get_info(frame)->frame_number;
		zcf_frame_release(frame);
	} while (brightness != TEST_VIDEO_LUMA(0));
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	zcf_consumer_close(consumer);
	stop(&process, SIGTERM);
}

static void a_second_daemon_on_the_same_channels_says_so_and_harms_nobody(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;

	(void)state;
	write_config("");
	PROCESS_START(&process, "--config", config);
	process_await(&process, "camera started");
	consumer = attach("pet_camera_active_zc");
	REQUIRE_EQUAL(PROCESS_RUN(&second, "--config", config), 1);
	REQUIRE(process_said(&second, "another process publishes it already"));
	zcf_frame_release(acquire(consumer));
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 3);
	zcf_consumer_close(consumer);
	stop(&process, SIGTERM);
}

static void after_a_kill_the_next_daemon_takes_over_and_consumers_go_on(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;

	(void)state;
	write_config("");
	PROCESS_START(&process, "--config", config);
	consumer = attach("pet_camera_active_zc");
	zcf_frame_release(acquire(consumer));
	process_signal(&process, SIGKILL);
	REQUIRE_EQUAL(process_finish(&process), -SIGKILL);
	PROCESS_START(&process, "--config", config);
	do {
		zcf_frame_release(acquire(consumer));
		zcf_consumer_get_counters(consumer, &counters);
	} while (counters.reattached == 0);
	zcf_consumer_close(consumer);
	stop(&process, SIGTERM);
}

static void the_camera_sleeps_while_nobody_watches_and_wakes_for_a_consumer(void **state)
{
	static struct zcf_snapshot before, after;
	struct zcf_consumer *consumer;

	(void)state;
	write_config("[camera]\nsleep_when_idle = yes\n[channel one]\n");
	PROCESS_START(&process, "--config", config);
	process_await(&process, "channel opened");
	consumer = attach("one");
	process_await(&process, "camera started");
	zcf_frame_release(acquire(consumer));
	zcf_frame_release(acquire(consumer));
	zcf_consumer_close(consumer);
	process_await(&process, "camera asleep");
	REQUIRE_EQUAL(zcf_snapshot_query("one", NULL, PATIENCE_NS, &before), 0);
	test_sleep_ns(200 * NS_PER_MS);
	REQUIRE_EQUAL(zcf_snapshot_query("one", NULL, PATIENCE_NS, &after), 0);
	REQUIRE(before.published >= 2);
	REQUIRE_EQUAL(after.published, before.published);
	consumer = attach("one");
	zcf_frame_release(acquire(consumer));
	zcf_consumer_close(consumer);
	stop(&process, SIGTERM);
}

static void a_dark_picture_is_corrected_when_that_is_asked_for(void **state)
{
	struct test_video video = {320, 240, 30, 1};
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	char text[256];

	(void)state;
	test_video_write_y4m(video_path, &video);
	snprintf(text, sizeof(text),
		 "[camera]\nsource = file\npath = %s\nlow_light_correction = yes\nlow_light_threshold = 60\n"
		 "[channel one]\nwidth = 320\nheight = 240\n[channel two]\nwidth = 160\nheight = 120\n",
		 video_path);
	write_config(text);
	PROCESS_START(&process, "--config", config);
	for (int i = 0; i < 2; i++) {
		const struct zcf_frame_info *info;

		consumer = attach(i == 0 ? "one" : "two");
		frame = acquire(consumer);
		info = zcf_frame_get_info(frame);
		REQUIRE_EQUAL(info->correction_applied, 1);
		REQUIRE(fabsf(info->brightness_avg - 60) <= 2);
		REQUIRE(fabsf(mean_luma(frame) - 60) <= 2);
		zcf_frame_release(frame);
		zcf_consumer_close(consumer);
	}
	stop(&process, SIGTERM);
}

static void a_consumer_that_holds_a_frame_too_long_is_logged_once_a_second(void **state)
{
	struct zcf_consumer *consumers[2];
	struct zcf_frame *frames[2];
	char line[64];

	(void)state;
	write_config("[camera]\nrate = 100\n[channel one]\nbuffers = 2\nlease_deadline = 100ms\n");
	PROCESS_START(&process, "--config", config);
	/* Two holders and two buffers: the camera has none until their deadlines have passed. */
	consumers[0] = attach("one");
	consumers[1] = attach("one");
	frames[0] = acquire(consumers[0]);
	do {
		frames[1] = acquire(consumers[1]);
		if (zcf_frame_get_info(frames[1])->buffer_index != zcf_frame_get_info(frames[0])->buffer_index)
			break;
		zcf_frame_release(frames[1]);
	} while (true);
	process_await(&process, "a camera frame was lost");
	process_await(&process, "a lease was revoked");
	snprintf(line, sizeof(line), "pid=%d", (int)getpid());
	process_await(&process, line);
	for (int i = 0; i < 2; i++) {
		zcf_frame_release(frames[i]);
		zcf_consumer_close(consumers[i]);
	}
	process_await(&process, "consumer detached");
	stop(&process, SIGTERM);
}

static void wrong_options_and_configurations_end_with_status_2(void **state)
{
	char expected[128];

	(void)state;
	write_config("");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--no-such-option"), 2);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config, "video.avi"), 2);
	REQUIRE(process_said(&process, "--source"));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", "/nonexistent.conf"), 2);
	REQUIRE(process_said(&process, "/nonexistent.conf"));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config, "--rate", "0"), 2);
	REQUIRE(process_said(&process, "--rate"));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config, "--check-config"), 0);
	REQUIRE(process_said(&process, "pet_camera_yolo_zc 640x360"));
	write_config("[camera]\nwidth = 100000\n");
	snprintf(expected, sizeof(expected), "%s:2: width", config);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config, "--check-config"), 2);
	REQUIRE(process_said(&process, expected));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config), 2);
	REQUIRE(process_said(&process, expected));
}

static void help_and_version_are_answered(void **state)
{
	(void)state;
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--help"), 0);
	REQUIRE(process_said(&process, "--check-config"));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--version"), 0);
	REQUIRE(process_said(&process, zcf_version()));
}

static void what_cannot_start_ends_with_status_1_and_says_why(void **state)
{
	struct test_video video = {640, 480, 30, 1};

	(void)state;
	write_config("");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config, "--source", "/nonexistent.avi"), 1);
	REQUIRE(process_said(&process, "/nonexistent.avi: No such file"));
	test_video_write_mjpeg(video_path, &video);
	test_video_truncate(video_path, 5000);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config, "--source", video_path), 1);
	REQUIRE(process_said(&process, "the source cannot be opened"));
	write_config("[channel one]\ncrop = 100x100+600+0\n");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config), 1);
	REQUIRE(process_said(&process, "crop=100x100+600+0 source_size=640x480"));
	/* 64 buffers of 400 MB are more than a test machine has. */
	write_config("[channel one]\nwidth = 16384\nheight = 16384\nbuffers = 64\n");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config), 1);
	REQUIRE(process_said(&process, "memory"));
	REQUIRE(process_said(&process, "fewer buffers"));
}

static void a_full_descriptor_table_is_named_with_what_to_do(void **state)
{
	const char *const arguments[] = {"--config", config, NULL};

	(void)state;
	write_config("");
	process_start_with_few_files(&process, 16, arguments);
	REQUIRE_EQUAL(process_finish(&process), 1);
	REQUIRE(process_said(&process, "ulimit -n"));
	REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
}

static void a_runtime_directory_that_others_may_write_to_is_refused(void **state)
{
	(void)state;
	write_config("");
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0777), 0);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config), 1);
	REQUIRE(process_said(&process, test_runtime_directory()));
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0700), 0);
}

static void a_file_that_does_not_loop_ends_the_daemon_cleanly(void **state)
{
	struct test_video video = {64, 64, 100, 5};

	(void)state;
	test_video_write_y4m(video_path, &video);
	write_config("[camera]\nrate = source\nloop = no\n");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", config, "--source", video_path), 0);
	REQUIRE(process_said(&process, "the source has ended"));
	REQUIRE(process_said(&process, "published=5"));
}

static void real_footage_and_a_photograph_are_published(void **state)
{
	static const char *const names[] = {"vtest.avi", "dog.jpg"};
	const char *data = getenv("ZCF_TEST_DATA");
	char path[512];

	(void)state;
	write_config("");
	for (int i = 0; i < 2; i++) {
		struct zcf_consumer *consumer;

		snprintf(path, sizeof(path), "%s/%s", data != NULL ? data : ".", names[i]);
		if (access(path, R_OK) != 0) {
			print_message("%s is not there\n", path);
			skip();
		}
		PROCESS_START(&process, "--config", config, "--source", path);
		consumer = attach("pet_camera_yolo_zc");
		for (int n = 0; n < 10; n++) {
			struct zcf_frame *frame = acquire(consumer);

			REQUIRE(zcf_frame_get_info(frame)->brightness_avg > 20);
			REQUIRE(zcf_frame_get_info(frame)->brightness_avg < 220);
			zcf_frame_release(frame);
		}
		zcf_consumer_close(consumer);
		stop(&process, SIGTERM);
	}
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(the_three_channels_show_the_same_frames_in_their_sizes),
		TEST(both_signals_stop_it_and_leave_nothing_behind),
		TEST(a_slower_channel_publishes_a_subset_at_its_rate),
		TEST(a_reload_leaves_unchanged_channels_running_and_changes_the_others),
		TEST(a_wrong_configuration_is_refused_by_a_reload_and_the_old_one_kept),
		TEST(a_reload_can_change_the_source_under_running_channels),
		TEST(a_second_daemon_on_the_same_channels_says_so_and_harms_nobody),
		TEST(after_a_kill_the_next_daemon_takes_over_and_consumers_go_on),
		TEST(the_camera_sleeps_while_nobody_watches_and_wakes_for_a_consumer),
		TEST(a_dark_picture_is_corrected_when_that_is_asked_for),
		TEST(a_consumer_that_holds_a_frame_too_long_is_logged_once_a_second),
		TEST(wrong_options_and_configurations_end_with_status_2),
		TEST(help_and_version_are_answered),
		TEST(what_cannot_start_ends_with_status_1_and_says_why),
		TEST(a_full_descriptor_table_is_named_with_what_to_do),
		TEST(a_runtime_directory_that_others_may_write_to_is_refused),
		TEST(a_file_that_does_not_loop_ends_the_daemon_cleanly),
		TEST(real_footage_and_a_photograph_are_published),
	};
	int failed;

	if (argument_count != 2 || mkdtemp(directory) == NULL)
		return 1;
	process_program = arguments[1];
	snprintf(config, sizeof(config), "%s/zcframe.conf", directory);
	snprintf(video_path, sizeof(video_path), "%s/video", directory);
	failed = TEST_RUN(tests);
	unlink(config);
	unlink(video_path);
	rmdir(directory);
	return failed;
}
