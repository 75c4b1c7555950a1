/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon as its users meet it: started, watched, and stopped. */
#include "camerad/sources/scene.h"
#include "daemon_fixture.h"
#include "test_video.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
	daemon_write_config("[camera]\ncamera_id = 3\n");
	PROCESS_START(&process, "--config", daemon_config);
	for (size_t i = 0; i < 3; i++) {
		struct zcf_consumer *consumer = daemon_attach(channels[i].channel);
		uint64_t last_capture_ns = 0, last_number = 0;

		for (int n = 0; n < 5; n++) {
			struct zcf_frame *frame = daemon_acquire(consumer);
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
	daemon_stop(&process, SIGTERM);
}

static void both_signals_stop_it_and_leave_nothing_behind(void **state)
{
	(void)state;
	daemon_write_config("");
	for (int i = 0; i < 2; i++) {
		PROCESS_START(&process, "--config", daemon_config);
		process_await(&process, "camera started");
		REQUIRE_EQUAL(test_runtime_directory_entries(), 3);
		daemon_stop(&process, i == 0 ? SIGTERM : SIGINT);
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
	daemon_write_config("[camera]\nrate = 50\n[channel slow]\nrate = 25\nwidth = 64\nheight = 64\n");
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("slow");
	zcf_consumer_get_info(consumer, &info);
	REQUIRE_EQUAL(info.frame_interval_ns, 40000000);
	for (int i = 0; i < 6; i++) {
		struct zcf_frame *frame = daemon_acquire(consumer);
		uint64_t number = zcf_frame_get_info(frame)->frame_number;

		/* Of each two frames one, even if the daemon came too late for some. */
		if (last != 0)
			REQUIRE(number / 2 > last / 2);
		last = number;
		zcf_frame_release(frame);
	}
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void after_a_kill_the_next_daemon_takes_over_and_consumers_go_on(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;

	(void)state;
	daemon_write_config("");
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("pet_camera_active_zc");
	zcf_frame_release(daemon_acquire(consumer));
	process_signal(&process, SIGKILL);
	REQUIRE_EQUAL(process_finish(&process), -SIGKILL);
	PROCESS_START(&process, "--config", daemon_config);
	do {
		zcf_frame_release(daemon_acquire(consumer));
		zcf_consumer_get_counters(consumer, &counters);
	} while (counters.reattached == 0);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void the_camera_sleeps_while_nobody_watches_and_wakes_for_a_consumer(void **state)
{
	static struct zcf_snapshot before, after;
	struct zcf_consumer *consumer;

	(void)state;
	daemon_write_config("[camera]\nsleep_when_idle = yes\n[channel one]\n");
	PROCESS_START(&process, "--config", daemon_config);
	process_await(&process, "channel opened");
	consumer = daemon_attach("one");
	process_await(&process, "camera started");
	zcf_frame_release(daemon_acquire(consumer));
	zcf_frame_release(daemon_acquire(consumer));
	zcf_consumer_close(consumer);
	process_await(&process, "camera asleep");
	REQUIRE_EQUAL(zcf_snapshot_query("one", NULL, PATIENCE_NS, &before), 0);
	test_sleep_ns(200 * NS_PER_MS);
	REQUIRE_EQUAL(zcf_snapshot_query("one", NULL, PATIENCE_NS, &after), 0);
	REQUIRE(before.published >= 2);
	REQUIRE_EQUAL(after.published, before.published);
	consumer = daemon_attach("one");
	zcf_frame_release(daemon_acquire(consumer));
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void a_dark_picture_is_corrected_when_that_is_asked_for(void **state)
{
	struct test_video video = {320, 240, 30, 1};
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	char text[256];

	(void)state;
	test_video_write_y4m(daemon_video, &video);
	snprintf(text, sizeof(text),
		 "[camera]\nsource = file\npath = %s\nlow_light_correction = yes\nlow_light_threshold = 60\n"
		 "[channel one]\nwidth = 320\nheight = 240\n[channel two]\nwidth = 160\nheight = 120\n",
		 daemon_video);
	daemon_write_config(text);
	PROCESS_START(&process, "--config", daemon_config);
	for (int i = 0; i < 2; i++) {
		const struct zcf_frame_info *info;

		consumer = daemon_attach(i == 0 ? "one" : "two");
		frame = daemon_acquire(consumer);
		info = zcf_frame_get_info(frame);
		REQUIRE_EQUAL(info->correction_applied, 1);
		REQUIRE(fabsf(info->brightness_avg - 60) <= 2);
		REQUIRE(fabsf(mean_luma(frame) - 60) <= 2);
		zcf_frame_release(frame);
		zcf_consumer_close(consumer);
	}
	daemon_stop(&process, SIGTERM);
}

static void a_file_that_does_not_loop_ends_the_daemon_cleanly(void **state)
{
	struct test_video video = {64, 64, 100, 5};

	(void)state;
	test_video_write_y4m(daemon_video, &video);
	daemon_write_config("[camera]\nrate = source\nloop = no\n");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "--source", daemon_video), 0);
	REQUIRE(process_said(&process, "the source has ended"));
	REQUIRE(process_said(&process, "published=5"));
}

static void real_footage_and_a_photograph_are_published(void **state)
{
	static const char *const names[] = {"vtest.avi", "dog.jpg"};
	const char *data = getenv("ZCF_TEST_DATA");
	char path[512];

	(void)state;
	daemon_write_config("");
	for (int i = 0; i < 2; i++) {
		struct zcf_consumer *consumer;

		snprintf(path, sizeof(path), "%s/%s", data != NULL ? data : ".", names[i]);
		if (access(path, R_OK) != 0) {
			print_message("%s is not there\n", path);
			skip();
		}
		PROCESS_START(&process, "--config", daemon_config, "--source", path);
		consumer = daemon_attach("pet_camera_yolo_zc");
		for (int n = 0; n < 10; n++) {
			struct zcf_frame *frame = daemon_acquire(consumer);

			REQUIRE(zcf_frame_get_info(frame)->brightness_avg > 20);
			REQUIRE(zcf_frame_get_info(frame)->brightness_avg < 220);
			zcf_frame_release(frame);
		}
		zcf_consumer_close(consumer);
		daemon_stop(&process, SIGTERM);
	}
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(the_three_channels_show_the_same_frames_in_their_sizes),
		TEST(both_signals_stop_it_and_leave_nothing_behind),
		TEST(a_slower_channel_publishes_a_subset_at_its_rate),
		TEST(after_a_kill_the_next_daemon_takes_over_and_consumers_go_on),
		TEST(the_camera_sleeps_while_nobody_watches_and_wakes_for_a_consumer),
		TEST(a_dark_picture_is_corrected_when_that_is_asked_for),
		TEST(a_file_that_does_not_loop_ends_the_daemon_cleanly),
		TEST(real_footage_and_a_photograph_are_published),
	};

	return DAEMON_TEST_RUN(tests, argument_count, arguments);
}
