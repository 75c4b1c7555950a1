/* SPDX-License-Identifier: Apache-2.0 */
/* The board does what it should not: calls fail, the camera is not there, is silent, or vanishes. */
#include "board.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void every_call_that_fails_at_the_start_is_named_and_leaves_nothing(void **state)
{
	static const struct {
		const char *call, *code, *which;
	} failures[] = {
		{"hbn_camera_create", "-1", ""},
		{"hbn_vnode_open", "-30", ":1"},
		{"hbn_vnode_open", "-65566", ":2"},
		{"hbn_vnode_open", "-131102", ":3"},
		{"hbn_vnode_set_attr", "-10", ":2"},
		{"hbn_vnode_set_ichn_attr", "-10", ":3"},
		{"hbn_vnode_set_ochn_attr", "-10", ":4"},
		{"hbn_vnode_set_ochn_buf_attr", "-32", ":1"},
		{"hbn_vnode_set_ochn_buf_attr", "-32", ":5"},
		{"hbn_vflow_create", "-1", ""},
		{"hbn_vflow_add_vnode", "-48", ":2"},
		{"hbn_vflow_bind_vnode", "-50", ":2"},
		{"hbn_camera_attach_to_vin", "-203", ""},
		{"hbn_vflow_start", "-36", ""},
		{"hbn_vnode_get_fd", "-23", ":2"},
	};
	char line[128], code[32];

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		snprintf(line, sizeof(line), "ZCF_EMULATION_INJECT=%s:%s%s\n", failures[i].call, failures[i].code,
			 failures[i].which);
		board_switches(line);
		REQUIRE_EQUAL(PROCESS_RUN(&board_daemon, "--config", board_config("")), 1);
		snprintf(code, sizeof(code), "error %s", failures[i].code);
		if (!process_said(&board_daemon, failures[i].call) || !process_said(&board_daemon, code))
			print_error("%s: %s\n", line, board_daemon.output);
		REQUIRE(process_said(&board_daemon, failures[i].call));
		REQUIRE(process_said(&board_daemon, code));
		REQUIRE_EQUAL(board_client_count(), 0);
		REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
	}
}

static void a_sensor_that_answers_at_the_second_attempt_is_no_failure(void **state)
{
	(void)state;
	board_switches("ZCF_EMULATION_INJECT=hbn_camera_attach_to_vin:-203:1\n");
	board_start(&board_daemon, "");
	board_stop(&board_daemon);
}

static void a_camera_that_is_not_connected_is_named_with_what_to_check(void **state)
{
	(void)state;
	board_switches("ZCF_EMULATION_CAMERA_ABSENT=1\n");
	REQUIRE_EQUAL(PROCESS_RUN(&board_daemon, "--config", board_config("")), 1);
	REQUIRE(process_said(&board_daemon, "hbn_camera_attach_to_vin for imx219 on MIPI host 0: error -203"));
	REQUIRE(process_said(&board_daemon, "cable"));
}

/* @return The frame's number; an epoch may end meanwhile. */
static uint64_t next_number(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame = board_acquire(consumer);
	uint64_t number = zcf_frame_get_info(frame)->frame_number;

	zcf_frame_release(frame);
	return number;
}

static void a_silent_camera_is_started_again_until_it_speaks(void **state)
{
	struct zcf_consumer *consumer;

	(void)state;
	board_switches("ZCF_EMULATION_CAMERA_SILENT=1\n");
	board_start(&board_daemon, "[vio]\nsilence = 300ms\n");
	consumer = board_attach("pet_camera_active_zc", 1);
	process_await(&board_daemon, "the camera delivers no frames");
	process_await(&board_daemon, "the camera will be tried again");
	process_await(&board_daemon, "camera started");
	process_await(&board_daemon, "the camera delivers no frames");
	board_switches("");
	REQUIRE(next_number(consumer) > 0);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void a_camera_that_vanishes_comes_back_in_a_new_epoch_and_nothing_leaks(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_consumer_counters counters = {0};
	uint64_t last = 0;
	int fds = 0;

	(void)state;
	board_switches("ZCF_EMULATION_CAMERA_VANISHES_AFTER=20\n");
	board_start(&board_daemon, "[vio]\nsilence = 300ms\n");
	consumer = board_attach("pet_camera_active_zc", 1);
	while (counters.reattached < 3) {
		uint64_t number = next_number(consumer), reattached = counters.reattached;

		REQUIRE(number > last);
		last = number;
		zcf_consumer_get_counters(consumer, &counters);
		if (counters.reattached == reattached)
			continue;
		if (fds == 0)
			fds = board_fd_count(&board_daemon);
		REQUIRE_EQUAL(board_fd_count(&board_daemon), fds);
	}
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void a_driver_that_hands_out_no_frame_any_more_is_started_anew(void **state)
{
	struct zcf_consumer *consumer;

	(void)state;
	/* The fourth call, so early that the consumer may not have had a frame yet: the last one stays on the board. */
	board_switches("ZCF_EMULATION_INJECT=hbn_vnode_getframe:-1:4\n");
	board_start(&board_daemon, "");
	consumer = board_attach("pet_camera_active_zc", 1);
	process_await(&board_daemon, "hbn_vnode_getframe: error -1");
	process_await(&board_daemon, "camera started");
	REQUIRE(next_number(consumer) > 0);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void a_driver_that_takes_no_buffer_back_is_started_anew(void **state)
{
	struct zcf_consumer *consumer;

	(void)state;
	board_switches("ZCF_EMULATION_INJECT=hbn_vnode_releaseframe:-45:20+\n");
	board_start(&board_daemon, "[vio]\nsilence = 300ms\n");
	consumer = board_attach("pet_camera_active_zc", 1);
	process_await(&board_daemon, "hbn_vnode_releaseframe: error -45 (NODE_QUE_ERROR)");
	process_await(&board_daemon, "the camera delivers no frames");
	board_switches("");
	process_await(&board_daemon, "camera started");
	for (int n = 0; n < 30; n++)
		next_number(consumer);
	zcf_consumer_close(consumer);
	process_signal(&board_daemon, SIGTERM);
	REQUIRE_EQUAL(process_finish(&board_daemon), 0);
}

static void a_getframe_that_finds_nothing_after_all_loses_nothing(void **state)
{
	struct zcf_consumer *consumer;
	uint64_t lost = 0;

	(void)state;
	board_switches("ZCF_EMULATION_INJECT=hbn_vnode_getframe:-43:20\n");
	board_start(&board_daemon, "[channel one]\nbuffers = 6\n");
	consumer = board_attach("one", 1);
	for (int n = 0; n < 60; n++) {
		struct zcf_frame *frame = board_acquire(consumer);

		lost += zcf_frame_get_info(frame)->skipped_before;
		zcf_frame_release(frame);
	}
	/* None, unless the machine is so busy that the hardware finds no buffer. */
	REQUIRE(lost <= board_get_output(&board_daemon, 0).overruns);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void a_second_daemon_on_the_camera_says_so_and_harms_nobody(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_consumer_counters counters;
	char directory[96];

	(void)state;
	board_start(&board_daemon, "");
	consumer = board_attach("pet_camera_active_zc", 1);
	/* On the same channels it does not get as far as the camera. */
	REQUIRE_EQUAL(PROCESS_RUN(&board_second, "--config", board_config("")), 1);
	REQUIRE(process_said(&board_second, "another process publishes it already"));
	snprintf(directory, sizeof(directory), "%s/other", test_runtime_directory());
	REQUIRE_EQUAL(PROCESS_RUN(&board_second, "--config", board_config(""), "--runtime-dir", directory), 1);
	REQUIRE(process_said(&board_second, "hbn_vflow_start: error -36 (NODE_START_FAIL)"));
	REQUIRE(process_said(&board_second, "another program may use this camera"));
	REQUIRE(next_number(consumer) > 0);
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
	REQUIRE_EQUAL(remove(directory), 0);
}

static void two_cameras_are_two_daemons(void **state)
{
	struct zcf_consumer *consumers[2];

	(void)state;
	board_start(&board_daemon, "camera_id = 0\n[channel left]\n");
	board_start(&board_second, "camera_id = 1\n[vio]\nmipi_host = 2\n[channel right]\n");
	consumers[0] = board_attach("left", 1);
	consumers[1] = board_attach("right", 1);
	for (int n = 0; n < 20; n++) {
		struct zcf_frame *frame = board_acquire(consumers[n % 2]);

		REQUIRE_EQUAL(zcf_frame_get_info(frame)->camera_id, n % 2);
		zcf_frame_release(frame);
	}
	zcf_consumer_close(consumers[0]);
	zcf_consumer_close(consumers[1]);
	board_stop(&board_daemon);
	board_stop(&board_second);
}

static void a_killed_daemon_leaves_the_board_free_for_the_next(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_consumer_counters counters;

	(void)state;
	board_start(&board_daemon, "");
	consumer = board_attach("pet_camera_active_zc", 1);
	next_number(consumer);
	process_signal(&board_daemon, SIGKILL);
	REQUIRE_EQUAL(process_finish(&board_daemon), -SIGKILL);
	board_start(&board_daemon, "");
	REQUIRE(next_number(consumer) > 0);
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 1);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

static void libraries_that_are_missing_or_of_another_version_are_named(void **state)
{
	char *path = strdup(getenv("LD_LIBRARY_PATH"));

	(void)state;
	REQUIRE(path != NULL);
	board_switches("ZCF_EMULATION_HBMEM_VERSION=2.0.0\n");
	REQUIRE_EQUAL(PROCESS_RUN(&board_daemon, "--config", board_config("")), 1);
	REQUIRE(process_said(&board_daemon, "libhbmem.so.1 is of version 2.0.0"));
	board_switches("");
	unsetenv("LD_LIBRARY_PATH");
	REQUIRE_EQUAL(PROCESS_RUN(&board_daemon, "--config", board_config("")), 1);
	setenv("LD_LIBRARY_PATH", path, 1);
	REQUIRE(process_said(&board_daemon, "libhbmem.so.1 cannot be loaded"));
	free(path);
}

static void a_configuration_that_the_hardware_cannot_do_is_refused_by_check_config(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{"[channel x]\nwidth = 360\n", "use 352 or 368 instead of 360"},
		{"[channel x]\nbuffers = 17\n", "2 to 16 buffers"},
		{"[channel x]\ncrop = 641x480+0+0\n", "must be even"},
		{"[channel x]\nwidth = 32\nheight = 32\n", "64x64"},
		{"[channel x]\nrate = 7.123\n", "simple fraction"},
		{"[channel x]\ncrop = 64x64+0+0\nwidth = 640\n", "4 times the area"},
		{"[vio]\nmipi_host = 4\n", "mipi_host"},
		{"[vio]\nraw_bits = 9\n", "raw_bits must be"},
		{"[vio]\nsensor =\n", "needs 'sensor"},
		{"[vio]\ni2c_address = 0x80\n", "I2C address"},
		{"[vio]\ngive_back_margin = 20ms\n", "half a frame interval"},
		{"sleep_when_idle = yes\n", "cannot sleep"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		REQUIRE_EQUAL(PROCESS_RUN(&board_daemon, "--config", board_config(wrong[i].text), "--check-config"), 2);
		if (!process_said(&board_daemon, wrong[i].says))
			print_error("%s: %s\n", wrong[i].text, board_daemon.output);
		REQUIRE(process_said(&board_daemon, wrong[i].says));
	}
}

static void a_reload_starts_the_camera_anew_only_if_it_must(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_consumer_counters counters;

	(void)state;
	board_start(&board_daemon, "[channel one]\n");
	consumer = board_attach("one", 1);
	next_number(consumer);
	board_config("log_level = debug\n[channel one]\n");
	process_signal(&board_daemon, SIGHUP);
	process_await(&board_daemon, "configuration reloaded");
	next_number(consumer);
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	board_config("[channel one]\ncrop = 960x540+100+100\n");
	process_signal(&board_daemon, SIGHUP);
	process_await(&board_daemon, "region=960x540+100+100");
	process_await(&board_daemon, "configuration reloaded");
	next_number(consumer);
	board_switches("ZCF_EMULATION_CAMERA_ABSENT_1=1\n");
	board_config("[vio]\nmipi_host = 1\n[channel one]\ncrop = 960x540+100+100\n");
	process_signal(&board_daemon, SIGHUP);
	process_await(&board_daemon, "the old one stays in force");
	next_number(consumer);
	zcf_consumer_close(consumer);
	board_stop(&board_daemon);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(every_call_that_fails_at_the_start_is_named_and_leaves_nothing),
		BOARD_TEST(a_sensor_that_answers_at_the_second_attempt_is_no_failure),
		BOARD_TEST(a_camera_that_is_not_connected_is_named_with_what_to_check),
		BOARD_TEST(a_silent_camera_is_started_again_until_it_speaks),
		BOARD_TEST(a_camera_that_vanishes_comes_back_in_a_new_epoch_and_nothing_leaks),
		BOARD_TEST(a_driver_that_hands_out_no_frame_any_more_is_started_anew),
		BOARD_TEST(a_driver_that_takes_no_buffer_back_is_started_anew),
		BOARD_TEST(a_getframe_that_finds_nothing_after_all_loses_nothing),
		BOARD_TEST(a_second_daemon_on_the_camera_says_so_and_harms_nobody),
		BOARD_TEST(two_cameras_are_two_daemons),
		BOARD_TEST(a_killed_daemon_leaves_the_board_free_for_the_next),
		BOARD_TEST(libraries_that_are_missing_or_of_another_version_are_named),
		BOARD_TEST(a_configuration_that_the_hardware_cannot_do_is_refused_by_check_config),
		BOARD_TEST(a_reload_starts_the_camera_anew_only_if_it_must),
	};

	return BOARD_TEST_RUN(tests, argument_count, arguments);
}
