/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of the emulated board, as consumers see them. */
#include "board.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANY_FRAMES 60

static const char *const channels[] = {"pet_camera_active_zc", "pet_camera_yolo_zc", "pet_camera_mjpeg_zc"};

static void require_every_channel_to_show_its_numbers(void)
{
	board_start(&board_daemon, "");
	for (int i = 0; i < 3; i++) {
		struct zcf_consumer *consumer = board_attach(channels[i], 1);
		uint64_t last = 0;

		for (int n = 0; n < MANY_FRAMES; n++) {
			struct zcf_frame *frame = board_acquire(consumer);
			const struct zcf_frame_info *info = zcf_frame_get_info(frame);
			uint32_t drawn = board_drawn_number(frame);
			double mean = board_mean_luma(frame);

			REQUIRE(info->frame_number > last);
			REQUIRE(info->capture_time_ns <= info->publish_time_ns);
			REQUIRE(info->publish_time_ns - info->capture_time_ns < (uint64_t)NS_PER_S);
			last = info->frame_number;
			if (zcf_frame_release(frame) == 0) {
				REQUIRE_EQUAL(drawn, last);
				REQUIRE(fabs(mean - (double)info->brightness_avg) < 3);
			}
		}
		zcf_consumer_close(consumer);
	}
	board_stop(&board_daemon);
}

static void every_channel_shows_the_frame_that_its_number_says(void **state)
{
	(void)state;
	require_every_channel_to_show_its_numbers();
}

/* The vendor's later libraries describe frames with one more field, and do not say so. */
static void frames_of_later_libraries_are_understood_too(void **state)
{
	(void)state;
	board_switches("ZCF_EMULATION_LATER_HEADERS=yes\n");
	require_every_channel_to_show_its_numbers();
}

/* The file that lies behind an address of a process: its inode. */
static uint64_t inode_behind(const void *address)
{
	uint64_t begin, end, inode;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	REQUIRE(maps != NULL);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %" SCNu64, &begin, &end, &inode) == 3 &&
		    (uintptr_t)address >= begin && (uintptr_t)address < end) {
			fclose(maps);
			return inode;
		}
	}
	fclose(maps);
	return 0;
}

static bool process_maps(const struct process *daemon, uint64_t wanted)
{
	char path[64], line[512];
	uint64_t inode;
	bool found = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)daemon->pid);
	maps = fopen(path, "re");
	REQUIRE(maps != NULL);
	while (fgets(line, sizeof(line), maps) != NULL)
		found |= sscanf(line, "%*s %*s %*s %*s %" SCNu64, &inode) == 1 && inode == wanted;
	fclose(maps);
	return found;
}

static void consumers_read_the_very_memory_that_the_hardware_wrote(void **state)
{
	struct zcf_consumer *consumer;
	int32_t share_ids[3] = {0};
	uint64_t inodes[3] = {0};

	(void)state;
	board_start(&board_daemon, "");
	consumer = board_attach("pet_camera_yolo_zc", 1);
	while (share_ids[0] == 0 || share_ids[1] == 0 || share_ids[2] == 0) {
		struct zcf_frame *frame = board_acquire(consumer);
		const struct zcf_frame_info *info = zcf_frame_get_info(frame);
		uint64_t inode = inode_behind(zcf_frame_get_plane(frame, 0));

		REQUIRE(info->share_id[0] > 0);
		REQUIRE(info->buffer_index < 3);
		REQUIRE(process_maps(&board_daemon, inode));
		/* The same buffer always has the same number and memory: it was imported once. */
		REQUIRE(share_ids[info->buffer_index] == 0 || share_ids[info->buffer_index] == info->share_id[0]);
		REQUIRE(inodes[info->buffer_index] == 0 || inodes[info->buffer_index] == inode);
		share_ids[info->buffer_index] = info->share_id[0];
		inodes[info->buffer_index] = inode;
		zcf_frame_release(frame);
	}
	REQUIRE(share_ids[0] != share_ids[1] && share_ids[1] != share_ids[2] && share_ids[0] != share_ids[2]);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void caches_that_are_not_coherent_show_no_old_pixels(void **state)
{
	struct zcf_consumer *consumer;
	int good = 0;

	(void)state;
	board_switches("ZCF_EMULATION_INCOHERENT_CACHES=1\n");
	board_start(&board_daemon, "");
	consumer = board_attach("pet_camera_mjpeg_zc", 1);
	for (int n = 0; n < MANY_FRAMES; n++) {
		struct zcf_frame *frame = board_acquire(consumer);
		uint64_t number = zcf_frame_get_info(frame)->frame_number;
		uint32_t drawn = board_drawn_number(frame);

		if (zcf_frame_release(frame) == 0) {
			REQUIRE_EQUAL(drawn, number);
			good++;
		}
	}
	REQUIRE(good > 0);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void a_corrected_picture_reaches_consumers_through_the_cache(void **state)
{
	struct zcf_consumer *consumer;
	int good = 0;

	(void)state;
	board_switches("ZCF_EMULATION_INCOHERENT_CACHES=1\nZCF_EMULATION_CAMERA_BRIGHTNESS=30\n");
	board_start(&board_daemon, "low_light_correction = yes\nlow_light_threshold = 60\n");
	consumer = board_attach("pet_camera_mjpeg_zc", 1);
	while (good < MANY_FRAMES / 4) {
		struct zcf_frame *frame = board_acquire(consumer);
		const struct zcf_frame_info info = *zcf_frame_get_info(frame);
		double mean = board_mean_luma(frame);

		if (zcf_frame_release(frame) != 0)
			continue;
		REQUIRE_EQUAL(info.correction_applied, 1);
		REQUIRE(info.brightness_avg > 40);
		REQUIRE(fabs(mean - (double)info.brightness_avg) < 3);
		good++;
	}
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void footage_flows_through_the_scaler(void **state)
{
	const char *data = getenv("ZCF_TEST_DATA");
	struct zcf_consumer *consumer;
	char path[512], line[600];
	double lowest = 255, highest = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/vtest.avi", data != NULL ? data : "");
	if (access(path, R_OK) != 0) {
		print_message("skipped: %s is not there\n", path);
		skip();
	}
	snprintf(line, sizeof(line), "ZCF_EMULATION_CAMERA=%s\n", path);
	board_switches(line);
	board_start(&board_daemon, "[channel whole]\nwidth=768\nheight=576\n[channel part]\nwidth=320\nheight=240\n"
				   "crop=640x480+100+60\n");
	for (int i = 0; i < 2; i++) {
		consumer = board_attach(i == 0 ? "whole" : "part", 1);
		for (int n = 0; n < MANY_FRAMES / 2; n++) {
			struct zcf_frame *frame = board_acquire(consumer);
			double claimed = (double)zcf_frame_get_info(frame)->brightness_avg;
			double mean = board_mean_luma(frame);

			if (zcf_frame_release(frame) == 0)
				REQUIRE(fabs(mean - claimed) < 3);
			lowest = fmin(lowest, mean);
			highest = fmax(highest, mean);
		}
		zcf_consumer_close(consumer);
	}
	/* It is a moving picture, not one grey. */
	REQUIRE(highest > lowest);
	board_stop(&board_daemon);
}

static void a_channel_with_half_the_rate_gets_every_other_frame(void **state)
{
	struct zcf_consumer *consumer;
	uint64_t last = 0;

	(void)state;
	board_start(&board_daemon, "[channel half]\nrate = 15\nbuffers = 4\n");
	consumer = board_attach("half", 1);
	for (int n = 0; n < MANY_FRAMES / 2; n++) {
		struct zcf_frame *frame = board_acquire(consumer);
		const struct zcf_frame_info *info = zcf_frame_get_info(frame);

		REQUIRE(last == 0 || (info->frame_number - last) % 2 == 0);
		REQUIRE_EQUAL(info->skipped_before, 0);
		last = info->frame_number;
		zcf_frame_release(frame);
	}
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void it_is_said_when_consumers_may_hold_more_than_the_hardware_can_spare(void **state)
{
	struct zcf_consumer *consumers[2];

	(void)state;
	board_start(&board_daemon, "[channel three]\nbuffers = 3\n");
	consumers[0] = board_attach("three", 1);
	process_await(&board_daemon, "all_consumers=1");
	REQUIRE(!process_said(&board_daemon, "more buffers than the camera can spare"));
	consumers[1] = board_attach("three", 1);
	process_await(&board_daemon, "more buffers than the camera can spare");
	process_await(&board_daemon, "all_consumers=2 buffers=3 camera_needs=2");
	for (int i = 0; i < 2; i++)
		zcf_consumer_close(consumers[i]);
	board_stop(&board_daemon);
}

static void what_is_taken_and_not_given_back_is_what_is_held(void **state)
{
	struct zcf_consumer *consumer;

	(void)state;
	board_start(&board_daemon, "");
	consumer = board_attach("pet_camera_active_zc", 1);
	for (int n = 0; n < MANY_FRAMES; n++) {
		struct zcf_frame *frame = board_acquire(consumer);

		if (n % 10 == 0) {
			struct board_output output = board_get_output(&board_daemon, 0);

			REQUIRE_EQUAL(output.taken - output.released, output.held);
			REQUIRE(output.held < output.buffers);
		}
		zcf_frame_release(frame);
	}
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

/* The copy is made by the DMA engine into a buffer of the vendor's: ordinary memory has no mapping named for it. */
static void a_copy_is_made_into_a_buffer_of_the_board_s_own(void **state)
{
	struct zcf_consumer_options options;
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;

	(void)state;
	board_start(&board_daemon, "");
	zcf_consumer_options_init(&options);
	options.copy_out = true;
	options.max_leases = 2;
	REQUIRE_EQUAL(zcf_consumer_open(channels[0], &options, PATIENCE_NS, &consumer), 0);
	for (int n = 0; n < MANY_FRAMES / 4; n++) {
		struct zcf_frame *older = board_acquire(consumer), *newer = board_acquire(consumer);

		REQUIRE(inode_behind(zcf_frame_get_plane(older, 0)) != 0);
		REQUIRE(inode_behind(zcf_frame_get_plane(older, 0)) != inode_behind(zcf_frame_get_plane(newer, 0)));
		REQUIRE_EQUAL(board_drawn_number(older), zcf_frame_get_info(older)->frame_number);
		REQUIRE_EQUAL(board_drawn_number(newer), zcf_frame_get_info(newer)->frame_number);
		REQUIRE(fabs(board_mean_luma(older) - (double)zcf_frame_get_info(older)->brightness_avg) < 3);
		REQUIRE_EQUAL(zcf_frame_release(newer), 0);
		REQUIRE_EQUAL(zcf_frame_release(older), 0);
	}
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.copied, counters.acquired);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(every_channel_shows_the_frame_that_its_number_says),
		BOARD_TEST(frames_of_later_libraries_are_understood_too),
		BOARD_TEST(consumers_read_the_very_memory_that_the_hardware_wrote),
		BOARD_TEST(caches_that_are_not_coherent_show_no_old_pixels),
		BOARD_TEST(a_corrected_picture_reaches_consumers_through_the_cache),
		BOARD_TEST(footage_flows_through_the_scaler),
		BOARD_TEST(a_channel_with_half_the_rate_gets_every_other_frame),
		BOARD_TEST(it_is_said_when_consumers_may_hold_more_than_the_hardware_can_spare),
		BOARD_TEST(what_is_taken_and_not_given_back_is_what_is_held),
		BOARD_TEST(a_copy_is_made_into_a_buffer_of_the_board_s_own),
	};

	return BOARD_TEST_RUN(tests, argument_count, arguments);
}
