/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon meets what is wrong: options, configurations, consumers, and a lack of room. */
#include "daemon_fixture.h"
#include "test_video.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_second_daemon_on_the_same_channels_says_so_and_harms_nobody(void **state)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumer;

	(void)state;
	daemon_write_config("");
	PROCESS_START(&process, "--config", daemon_config);
	process_await(&process, "camera started");
	consumer = daemon_attach("pet_camera_active_zc");
	REQUIRE_EQUAL(PROCESS_RUN(&second, "--config", daemon_config), 1);
	REQUIRE(process_said(&second, "another process publishes it already"));
	zcf_frame_release(daemon_acquire(consumer));
	zcf_consumer_get_counters(consumer, &counters);
	REQUIRE_EQUAL(counters.reattached, 0);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 3);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void a_consumer_that_holds_a_frame_too_long_is_logged_once_a_second(void **state)
{
	struct zcf_consumer *consumers[2];
	struct zcf_frame *frames[2];
	char line[64];

	(void)state;
	daemon_write_config("[camera]\nrate = 100\n[channel one]\nbuffers = 2\nlease_deadline = 100ms\n");
	PROCESS_START(&process, "--config", daemon_config);
	/* Two holders and two buffers: the camera has none until their deadlines have passed. */
	consumers[0] = daemon_attach("one");
	consumers[1] = daemon_attach("one");
	frames[0] = daemon_acquire(consumers[0]);
	do {
		frames[1] = daemon_acquire(consumers[1]);
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
	daemon_stop(&process, SIGTERM);
}

static void wrong_options_and_configurations_end_with_status_2(void **state)
{
	char expected[128];

	(void)state;
	daemon_write_config("");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--no-such-option"), 2);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "video.avi"), 2);
	REQUIRE(process_said(&process, "--source"));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", "/nonexistent.conf"), 2);
	REQUIRE(process_said(&process, "/nonexistent.conf"));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "--rate", "0"), 2);
	REQUIRE(process_said(&process, "--rate"));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "--check-config"), 0);
	REQUIRE(process_said(&process, "pet_camera_yolo_zc 640x360"));
	daemon_write_config("[camera]\nwidth = 100000\n");
	snprintf(expected, sizeof(expected), "%s:2: width", daemon_config);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "--check-config"), 2);
	REQUIRE(process_said(&process, expected));
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config), 2);
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
	daemon_write_config("");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "--source", "/nonexistent.avi"), 1);
	REQUIRE(process_said(&process, "/nonexistent.avi: No such file"));
	test_video_write_mjpeg(daemon_video, &video);
	test_video_truncate(daemon_video, 5000);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "--source", daemon_video), 1);
	REQUIRE(process_said(&process, "the source cannot be opened"));
	daemon_write_config("[channel one]\ncrop = 100x100+600+0\n");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config), 1);
	REQUIRE(process_said(&process, "crop=100x100+600+0 source_size=640x480"));
	/* 64 buffers of 400 MB are more than a test machine has. */
	daemon_write_config("[channel one]\nwidth = 16384\nheight = 16384\nbuffers = 64\n");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config), 1);
	REQUIRE(process_said(&process, "memory"));
	REQUIRE(process_said(&process, "fewer buffers"));
}

static void a_full_descriptor_table_is_named_with_what_to_do(void **state)
{
	const char *const arguments[] = {"--config", daemon_config, NULL};

	(void)state;
	daemon_write_config("");
	process_start_with_few_files(&process, 16, arguments);
	REQUIRE_EQUAL(process_finish(&process), 1);
	REQUIRE(process_said(&process, "ulimit -n"));
	REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
}

static void a_channel_s_users_groups_and_the_socket_s_owner_are_as_configured(void **state)
{
	const struct group *video = getgrnam("video");
	struct stat status;
	char path[128];

	(void)state;
	daemon_write_config("[channel one]\nallowed_users = root 12345\nallowed_groups = nobody-has-this-name\n");
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config, "--check-config"), 2);
	REQUIRE(process_said(&process, "allowed_groups: there is no group 'nobody-has-this-name'"));
	daemon_write_config("[channel one]\nallowed_users = root, 12345\nmax_consumers_per_user = 1\n");
	PROCESS_START(&process, "--config", daemon_config);
	process_await(&process, "camera started");
	snprintf(path, sizeof(path), "%s/one.sock", test_runtime_directory());
	REQUIRE_EQUAL(stat(path, &status), 0);
	REQUIRE_EQUAL(status.st_mode & 07777, 0660);
	REQUIRE_EQUAL(status.st_uid, geteuid());
	if (video != NULL && test_may_become(geteuid(), video->gr_gid))
		REQUIRE_EQUAL(status.st_gid, video->gr_gid);
	/* The limit for each user reaches the library. */
	struct zcf_consumer *consumer = daemon_attach("one"), *one_more;
	REQUIRE_EQUAL(zcf_consumer_open("one", NULL, PATIENCE_NS, &one_more), -EUSERS);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void a_runtime_directory_that_others_may_write_to_is_refused(void **state)
{
	(void)state;
	daemon_write_config("");
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0777), 0);
	REQUIRE_EQUAL(PROCESS_RUN(&process, "--config", daemon_config), 1);
	REQUIRE(process_said(&process, test_runtime_directory()));
	REQUIRE_EQUAL(chmod(test_runtime_directory(), 0700), 0);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_daemon_on_the_same_channels_says_so_and_harms_nobody),
		TEST(a_consumer_that_holds_a_frame_too_long_is_logged_once_a_second),
		TEST(wrong_options_and_configurations_end_with_status_2),
		TEST(help_and_version_are_answered),
		TEST(what_cannot_start_ends_with_status_1_and_says_why),
		TEST(a_full_descriptor_table_is_named_with_what_to_do),
		TEST(a_channel_s_users_groups_and_the_socket_s_owner_are_as_configured),
		TEST(a_runtime_directory_that_others_may_write_to_is_refused),
	};

	return DAEMON_TEST_RUN(tests, argument_count, arguments);
}
