/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon watches: its consumers, its source, and that it is alive itself. */
#include "daemon_fixture.h"
#include "service_manager.h"
#include "test_video.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONE_CHANNEL "[camera]\nrate = 100\n[channel one]\nwidth = 64\nheight = 64\n"

static int count_lines(const struct process *daemon, const char *words)
{
	const char *found = daemon->output;
	int count = 0;

	while ((found = strstr(found, words)) != NULL) {
		found += strlen(words);
		count++;
	}
	return count;
}

static void each_change_of_a_consumer_is_logged_once_and_the_command_is_told(void **state)
{
	char script[128], told[160], text[1024] = "", line[512];
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	FILE *file;

	(void)state;
	snprintf(script, sizeof(script), "%s/../command-%d", test_runtime_directory(), (int)getpid());
	snprintf(told, sizeof(told), "%s.told", script);
	file = fopen(script, "we");
	REQUIRE(file != NULL);
	fprintf(file, "#!/bin/sh\necho \"$1 $3 $4\" >>%s\n", told);
	fclose(file);
	REQUIRE_EQUAL(chmod(script, 0700), 0);
	snprintf(line, sizeof(line), ONE_CHANNEL "[watchdog]\nstuck_after = 100ms\ncommand = %s\n", script);
	daemon_write_config(line);
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("one");
	frame = daemon_acquire(consumer);
	process_await(&process, "state=stuck");
	zcf_frame_release(frame);
	process_await(&process, "state=slow");
	process_await(&process, "state=live");
	zcf_consumer_close(consumer);
	process_await(&process, "consumer detached");
	/* The command runs by itself; it has been told when the file says so. */
	while (strstr(text, " gone\n") == NULL) {
		test_sleep_ns(20 * NS_PER_MS);
		file = fopen(told, "re");
		if (file == NULL)
			continue;
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	REQUIRE(strncmp(text, "one ", 4) == 0);
	REQUIRE(strstr(text, " stuck\n") != NULL);
	REQUIRE(strstr(text, " slow\n") != NULL);
	REQUIRE(strstr(text, " live\n") != NULL);
	daemon_stop(&process, SIGTERM);
	REQUIRE_EQUAL(count_lines(&process, "consumer changed state"), 3);
	REQUIRE_EQUAL(unlink(script), 0);
	REQUIRE_EQUAL(unlink(told), 0);
}

static void whoever_is_stuck_is_disconnected_if_the_configuration_says_so(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)state;
	daemon_write_config(ONE_CHANNEL "[watchdog]\nstuck_after = 100ms\naction = disconnect\n");
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("one");
	frame = daemon_acquire(consumer);
	process_await(&process, "consumer expelled");
	process_await(&process, "it was stuck");
	zcf_frame_release(frame);
	/* It has come to its senses, and may come again. */
	zcf_frame_release(daemon_acquire(consumer));
	process_await(&process, "consumer attached");
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void nobody_who_comes_and_goes_hides_that_somebody_is_stuck(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	(void)state;
	daemon_write_config("[camera]\nlog_level = warning\nrate = 100\n[channel one]\nwidth = 64\nheight = 64\n"
			    "[watchdog]\nstuck_after = 100ms\naction = disconnect\n");
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("one");
	frame = daemon_acquire(consumer);
	/* More than there is room for, between any two looks. */
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < ZCF_MAX_CONSUMERS; i++)
			zcf_consumer_close(daemon_attach("one"));
		test_sleep_ns(200 * NS_PER_MS);
	}
	process_await(&process, "it was stuck");
	zcf_frame_release(frame);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void whoever_comes_and_goes_does_not_fill_the_log_with_warnings(void **state)
{
	struct zcf_consumer *consumer;
	uint64_t start_ns;
	int seconds;

	(void)state;
	/* Each second one that attaches could leave the camera without a buffer. */
	daemon_write_config("[camera]\nlog_level = warning\n[channel one]\nwidth = 64\nheight = 64\nbuffers = 2\n");
	PROCESS_START(&process, "--config", daemon_config);
	consumer = daemon_attach("one");
	start_ns = test_now_ns();
	for (int i = 0; i < 100; i++)
		zcf_consumer_close(daemon_attach("one"));
	seconds = (int)((test_now_ns() - start_ns) / NS_PER_S);
	process_await(&process, "together the consumers may hold more buffers");
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
	REQUIRE(count_lines(&process, "together the consumers may hold more buffers") <= seconds + 2);
}

/* Until it has begun anew once: a file that had but one picture so far is a still image. @return A frame's number. */
static uint64_t play_the_video_twice(struct zcf_consumer *consumer)
{
	uint64_t number;

	do {
		struct zcf_frame *frame = daemon_acquire(consumer);

		number = zcf_frame_get_info(frame)->frame_number;
		zcf_frame_release(frame);
	} while (number < 60);
	return number;
}

/* A video of which nothing is left cannot be rewound; when it is there again it is played again. */
static void a_source_that_breaks_is_opened_anew_and_consumers_see_it(void **state)
{
	struct test_video video = {320, 240, 30, 18};
	struct zcf_consumer_info info;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	uint64_t number, epoch;

	(void)state;
	daemon_write_config("[camera]\nrate = 50\nsilence = 300ms\n[channel one]\nwidth = 64\nheight = 64\n");
	test_video_write_y4m(daemon_video, &video);
	PROCESS_START(&process, "--config", daemon_config, "--source", daemon_video);
	consumer = daemon_attach("one");
	number = play_the_video_twice(consumer);
	frame = daemon_acquire(consumer);
	epoch = zcf_frame_get_info(frame)->epoch;
	zcf_frame_release(frame);
	zcf_consumer_get_info(consumer, &info);
	REQUIRE_EQUAL(info.source_state, ZCF_SOURCE_DELIVERS);
	test_video_truncate(daemon_video, 0);
	process_await(&process, "the source brings no pictures");
	zcf_consumer_get_info(consumer, &info);
	REQUIRE_EQUAL(info.source_state, ZCF_SOURCE_SILENT);
	process_await(&process, "the source cannot be opened");
	test_video_write_y4m(daemon_video, &video);
	process_await(&process, "the source brings pictures again");
	/* The same consumer, the same epoch. */
	do {
		frame = daemon_acquire(consumer);
		REQUIRE_EQUAL(zcf_frame_get_info(frame)->epoch, epoch);
		REQUIRE(zcf_frame_get_info(frame)->frame_number > number);
		number = zcf_frame_get_info(frame)->frame_number;
		zcf_frame_release(frame);
		zcf_consumer_get_info(consumer, &info);
	} while (info.source_state != ZCF_SOURCE_DELIVERS);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
	REQUIRE_EQUAL(count_lines(&process, "the source brings no pictures"), 1);
	REQUIRE_EQUAL(count_lines(&process, "the source brings pictures again"), 1);
}

/*
 * Puts a video in the place of daemon_video that nobody can open before *ret_fd is closed: whoever tries waits for our
 * lease, for up to 45 s, and we get SIGIO, which stays blocked. @return Whether this file system has leases.
 */
static bool replace_video_by_one_that_is_slow_to_open(const struct test_video *video, int *ret_fd)
{
	char path[sizeof(daemon_video) + sizeof(".slow")];
	sigset_t signals;

	snprintf(path, sizeof(path), "%s.slow", daemon_video);
	test_video_write_y4m(path, video);
	sigemptyset(&signals);
	sigaddset(&signals, SIGIO);
	REQUIRE_EQUAL(sigprocmask(SIG_BLOCK, &signals, NULL), 0);
	*ret_fd = open(path, O_RDWR | O_CLOEXEC);
	REQUIRE(*ret_fd >= 0);
	if (fcntl(*ret_fd, F_SETLEASE, F_WRLCK) != 0) {
		REQUIRE_EQUAL(unlink(path), 0);
		close(*ret_fd);
		return false;
	}
	REQUIRE_EQUAL(rename(path, daemon_video), 0);
	return true;
}

static void await_that_somebody_opens_it(void)
{
	sigset_t signals;
	int signal_number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGIO);
	REQUIRE_EQUAL(sigwait(&signals, &signal_number), 0);
}

/* @return Whether the daemon's source is broken, and the daemon hangs in open() until *ret_fd is closed. */
static bool start_with_a_source_that_is_slow_to_open(int *ret_fd)
{
	struct test_video video = {320, 240, 30, 18};
	struct zcf_consumer *consumer;

	daemon_write_config("[camera]\nrate = 50\nsilence = 300ms\n[channel one]\nwidth = 64\nheight = 64\n");
	test_video_write_y4m(daemon_video, &video);
	PROCESS_START(&process, "--config", daemon_config, "--source", daemon_video);
	consumer = daemon_attach("one");
	play_the_video_twice(consumer);
	zcf_consumer_close(consumer);
	test_video_truncate(daemon_video, 0);
	process_await(&process, "the source brings no pictures");
	if (!replace_video_by_one_that_is_slow_to_open(&video, ret_fd)) {
		print_message("not tried: there are no leases on files here\n");
		daemon_stop(&process, SIGTERM);
		return false;
	}
	await_that_somebody_opens_it();
	return true;
}

static void a_source_that_is_slow_to_open_keeps_no_consumer_waiting(void **state)
{
	struct zcf_consumer_info info;
	struct zcf_consumer *consumer;
	int fd;

	(void)state;
	if (!start_with_a_source_that_is_slow_to_open(&fd))
		return;
	consumer = daemon_attach("one");
	zcf_consumer_get_info(consumer, &info);
	REQUIRE_EQUAL(info.source_state, ZCF_SOURCE_SILENT);
	REQUIRE_EQUAL(close(fd), 0);
	process_await(&process, "the source brings pictures again");
	zcf_frame_release(daemon_acquire(consumer));
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void a_source_that_is_slow_to_open_does_not_keep_the_daemon_from_ending(void **state)
{
	int fd;

	(void)state;
	if (!start_with_a_source_that_is_slow_to_open(&fd))
		return;
	process_signal(&process, SIGTERM);
	REQUIRE_EQUAL(process_finish(&process), 0);
	REQUIRE_EQUAL(close(fd), 0);
}

/* What the log tells the user to do then has to help. */
static void a_source_that_comes_back_with_another_size_is_taken_after_a_reload(void **state)
{
	struct test_video video = {320, 240, 30, 18}, larger = {640, 480, 30, 18};
	struct zcf_consumer *consumer;

	(void)state;
	daemon_write_config("[camera]\nrate = 50\nsilence = 300ms\n[channel one]\nwidth = 64\nheight = 64\n");
	test_video_write_y4m(daemon_video, &video);
	PROCESS_START(&process, "--config", daemon_config, "--source", daemon_video);
	consumer = daemon_attach("one");
	play_the_video_twice(consumer);
	test_video_truncate(daemon_video, 0);
	process_await(&process, "the source brings no pictures");
	/* A reload is not refused because of what is broken already. */
	process_signal(&process, SIGHUP);
	process_await(&process, "configuration reloaded");
	test_video_write_y4m(daemon_video, &larger);
	process_await(&process, "the source has another size or rate than before; reload the configuration");
	process_signal(&process, SIGHUP);
	process_await(&process, "the source brings pictures again");
	process_await(&process, "configuration reloaded");
	zcf_frame_release(daemon_acquire(consumer));
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

static void systemd_hears_that_it_is_alive_as_often_as_it_asked(void **state)
{
	const char *const arguments[] = {"--config", daemon_config, NULL};

	(void)state;
	/* Also while there is nothing to do. */
	daemon_write_config("[camera]\nsleep_when_idle = yes\n");
	service_manager_open();
	service_manager_start(&process, 200000, arguments);
	process_await(&process, "channel opened");
	for (int i = 0; i < 5; i++) {
		service_manager_take_messages("WATCHDOG=1");
		while (service_manager_take_messages("WATCHDOG=1") == 0)
			test_sleep_ns(20 * NS_PER_MS);
	}
	/* And not when it hangs. */
	process_signal(&process, SIGSTOP);
	test_sleep_ns(200 * NS_PER_MS);
	service_manager_take_messages("WATCHDOG=1");
	test_sleep_ns(500 * NS_PER_MS);
	REQUIRE_EQUAL(service_manager_take_messages("WATCHDOG=1"), 0);
	process_signal(&process, SIGCONT);
	daemon_stop(&process, SIGINT);
	service_manager_close();
}

/* What the kernel says of a thread: "Seccomp:	2" is a filter. */
static bool has_seccomp_filter(pid_t pid)
{
	char path[64], line[128];
	bool filtered = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	REQUIRE(file != NULL);
	while (fgets(line, sizeof(line), file) != NULL)
		filtered |= strcmp(line, "Seccomp:\t2\n") == 0;
	fclose(file);
	return filtered;
}

static void it_gives_up_system_calls_unless_told_not_to(void **state)
{
	(void)state;
	for (int seccomp = 0; seccomp < 2; seccomp++) {
		daemon_write_config(seccomp ? "[camera]\nlog_level = debug\n"
					    : "[camera]\nlog_level = debug\nseccomp = no\n");
		PROCESS_START(&process, "--config", daemon_config);
		process_await(&process, seccomp ? "system calls" : "camera started");
		if (process_said(&process, "no system calls can be given up here"))
			print_message("not tried\n");
		else
			REQUIRE_EQUAL(has_seccomp_filter(process.pid), seccomp);
		daemon_stop(&process, SIGTERM);
	}
}

static void a_reload_that_needs_what_was_given_up_is_refused(void **state)
{
	(void)state;
	daemon_write_config("[camera]\nlog_level = debug\n");
	PROCESS_START(&process, "--config", daemon_config);
	process_await(&process, "system calls");
	daemon_write_config("[watchdog]\ncommand = /bin/true\n");
	process_signal(&process, SIGHUP);
	if (process_said(&process, "no system calls can be given up here")) {
		process_await(&process, "configuration reloaded");
	} else {
		process_await(&process, "needs a restart");
		process_await(&process, "configuration not reloaded");
	}
	daemon_stop(&process, SIGTERM);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(each_change_of_a_consumer_is_logged_once_and_the_command_is_told),
		TEST(whoever_is_stuck_is_disconnected_if_the_configuration_says_so),
		TEST(nobody_who_comes_and_goes_hides_that_somebody_is_stuck),
		TEST(whoever_comes_and_goes_does_not_fill_the_log_with_warnings),
		TEST(a_source_that_breaks_is_opened_anew_and_consumers_see_it),
		TEST(a_source_that_comes_back_with_another_size_is_taken_after_a_reload),
		TEST(a_source_that_is_slow_to_open_keeps_no_consumer_waiting),
		TEST(a_source_that_is_slow_to_open_does_not_keep_the_daemon_from_ending),
		TEST(it_gives_up_system_calls_unless_told_not_to),
		TEST(a_reload_that_needs_what_was_given_up_is_refused),
		TEST(systemd_hears_that_it_is_alive_as_often_as_it_asked),
	};

	return DAEMON_TEST_RUN(tests, argument_count, arguments);
}
