/* SPDX-License-Identifier: Apache-2.0 */
/* A camera at the other end: VIN, ISP and VSE as a daemon uses them. */
#include "pipeline_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FPS 60

static void create(struct pipeline *pipeline)
{
	assert_int_equal(pipeline_create(pipeline, 0, FPS), 0);
}

/** Wait for a frame, however long a busy machine takes; the watchdog ends us. */
static void await_frame(hbn_vnode_handle_t vse, uint32_t channel, hbn_vnode_image_t *image)
{
	int32_t result;
	while ((result = hbn_vnode_getframe(vse, channel, 1000, image)) == -43)
		;
	assert_int_equal(result, 0);
}

/** The same sensor frame of three channels. A busy machine may lose it in one of them: then the next one. */
static void await_same_frame(hbn_vnode_handle_t vse, hbn_vnode_image_t images[3])
{
	for (uint32_t i = 0; i < 3; i++)
		await_frame(vse, i, &images[i]);
	for (;;) {
		uint32_t newest = images[0].info.frame_id, behind = 3;
		for (uint32_t i = 1; i < 3; i++)
			newest = images[i].info.frame_id > newest ? images[i].info.frame_id : newest;
		for (uint32_t i = 0; i < 3; i++)
			behind = images[i].info.frame_id < newest ? i : behind;
		if (behind == 3)
			return;
		assert_int_equal(hbn_vnode_releaseframe(vse, behind, &images[behind]), 0);
		await_frame(vse, behind, &images[behind]);
	}
}

static void three_channels_carry_the_same_sensor_frame(void **state)
{
	struct pipeline pipeline;
	struct timespec now;
	(void)state;
	create(&pipeline);
	channel_open(pipeline.vse, 0, 640, 480, 4);
	channel_open(pipeline.vse, 1, 640, 360, 4);
	channel_open(pipeline.vse, 2, 640, 480, 4);
	assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
	uint64_t last = 0;
	for (uint32_t expected = 1; expected <= 20; expected++) {
		hbn_vnode_image_t images[3];
		await_same_frame(pipeline.vse, images);
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(drawn_number(&images[i], 1920), images[i].info.frame_id);
			assert_int_equal(images[i].info.timestamps, images[0].info.timestamps);
			assert_int_equal(images[i].info.frame_done, 1);
		}
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		assert_true(images[0].info.timestamps > last);
		last = images[0].info.timestamps;
		assert_true(last <= (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
		for (uint32_t i = 0; i < 3; i++)
			assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, i, &images[i]), 0);
	}
	pipeline_destroy(&pipeline);
}

static void holder_of_two_starves_its_channel_only(void **state)
{
	struct pipeline pipeline;
	hbn_vnode_image_t held[2], image;
	(void)state;
	create(&pipeline);
	channel_open(pipeline.vse, 0, 640, 480, 3);
	channel_open(pipeline.vse, 1, 640, 360, 3);
	assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
	for (int i = 0; i < 2; i++)
		await_frame(pipeline.vse, 0, &held[i]);
	uint32_t drawn = drawn_number(&held[0], 1920);
	for (int i = 0; i < 10; i++) {
		await_frame(pipeline.vse, 1, &image);
		assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 1, &image), 0);
	}
	assert_int_equal(hbn_vnode_getframe(pipeline.vse, 0, 20, &image), -43);
	assert_true(channel_counters(pipeline.vse, 0).overruns > 0);
	assert_int_equal(drawn_number(&held[0], 1920), drawn); /* what is held is not written */
	for (int i = 0; i < 2; i++)
		assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &held[i]), 0);
	await_frame(pipeline.vse, 0, &image);
	pipeline_destroy(&pipeline);
}

static void stopped_flow_hangs_up_and_starts_again(void **state)
{
	struct pipeline pipeline;
	hbn_vnode_image_t image;
	int32_t fd;
	(void)state;
	create(&pipeline);
	channel_open(pipeline.vse, 0, 640, 480, 3);
	assert_int_equal(hbn_vnode_get_fd(pipeline.vse, 0, &fd), 0);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
		struct pollfd frame = {.fd = fd, .events = POLLIN};
		assert_int_equal(poll(&frame, 1, -1), 1);
		assert_int_equal(frame.revents, POLLIN);
		await_frame(pipeline.vse, 0, &image);
		assert_int_equal(image.info.frame_id, 1);
		assert_int_equal(hbn_vflow_stop(pipeline.flow), 0);
		image.buffer.virt_addr[0][0] = 1; /* held images stay mapped */
		assert_int_equal(poll(&frame, 1, 0), 1);
		assert_int_equal(frame.revents, POLLHUP);
		assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &image), 0);
	}
	pipeline_destroy(&pipeline);
}

static void absent_camera_fails_to_attach_and_comes_back(void **state)
{
	struct pipeline pipeline;
	hbn_vnode_image_t image;
	(void)state;
	harness_set("ZCF_EMULATION_CAMERA_ABSENT", "1");
	assert_int_equal(pipeline_create(&pipeline, 0, FPS), -203);
	harness_set("ZCF_EMULATION_CAMERA_ABSENT", NULL);
	assert_int_equal(hbn_camera_attach_to_vin(pipeline.camera, pipeline.vin), 0);
	channel_open(pipeline.vse, 0, 640, 480, 3);
	assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
	await_frame(pipeline.vse, 0, &image);
	assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &image), 0);
	pipeline_destroy(&pipeline);
}

static void only_the_named_camera_is_absent(void **state)
{
	struct pipeline first, second;
	(void)state;
	harness_set("ZCF_EMULATION_CAMERA_ABSENT_2", "1");
	assert_int_equal(pipeline_create(&first, 0, FPS), 0);
	assert_int_equal(pipeline_create(&second, 2, FPS), -203);
	pipeline_destroy(&first);
	pipeline_destroy(&second);
}

static void silent_camera_starts_and_delivers_nothing(void **state)
{
	struct pipeline pipeline;
	hbn_vnode_image_t image;
	(void)state;
	harness_set("ZCF_EMULATION_CAMERA_SILENT", "1");
	create(&pipeline);
	channel_open(pipeline.vse, 0, 640, 480, 3);
	assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
	assert_int_equal(hbn_vnode_getframe(pipeline.vse, 0, 100, &image), -43);
	assert_int_equal(channel_counters(pipeline.vse, 0).completed, 0);
	pipeline_destroy(&pipeline);
}

static void camera_that_vanishes_is_back_when_created_anew(void **state)
{
	struct pipeline pipeline;
	hbn_vnode_image_t image;
	(void)state;
	harness_set("ZCF_EMULATION_CAMERA_VANISHES_AFTER", "3");
	for (int round = 0; round < 2; round++) {
		create(&pipeline);
		channel_open(pipeline.vse, 0, 640, 480, 6); /* room for all of them, however late we come */
		assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
		for (uint32_t number = 1; number <= 3; number++) {
			await_frame(pipeline.vse, 0, &image);
			assert_int_equal(image.info.frame_id, number);
			assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &image), 0);
		}
		assert_int_equal(hbn_vnode_getframe(pipeline.vse, 0, 100, &image), -43);
		assert_int_equal(hbn_vflow_stop(pipeline.flow), 0);
		assert_int_equal(hbn_vflow_start(pipeline.flow), -36);
		pipeline_destroy(&pipeline);
	}
}

static void two_cameras_run_side_by_side(void **state)
{
	struct pipeline pipelines[2];
	hbn_vnode_image_t image;
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(pipeline_create(&pipelines[i], i * 2, FPS), 0);
		channel_open(pipelines[i].vse, 0, 640, 480, 3);
		assert_int_equal(hbn_vflow_start(pipelines[i].flow), 0);
	}
	for (int frame = 0; frame < 5; frame++) {
		for (int i = 0; i < 2; i++) {
			await_frame(pipelines[i].vse, 0, &image);
			assert_int_equal(hbn_vnode_releaseframe(pipelines[i].vse, 0, &image), 0);
		}
	}
	for (int i = 0; i < 2; i++)
		pipeline_destroy(&pipelines[i]);
}

/** Start ourselves as another daemon on the same camera. @param ready  Takes a pipe that says one byte when it runs. */
static pid_t other_daemon(int *ready)
{
	int ends[2];
	char number[16];
	assert_int_equal(pipe(ends), 0);
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	pid_t pid = fork();
	if (pid == 0) {
		snprintf(number, sizeof(number), "%d", ends[1]);
		execl("/proc/self/exe", "daemon", "daemon", number, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*ready = ends[0];
	return pid;
}

static int run_daemon(int ready)
{
	struct pipeline pipeline;
	alarm(100);
	int32_t result = pipeline_create(&pipeline, 0, FPS);
	if (!result)
		channel_open(pipeline.vse, 0, 640, 480, 3);
	result = result ? result : hbn_vflow_start(pipeline.flow);
	if (result)
		return -result;
	if (write(ready, "", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static void second_daemon_on_a_camera_is_refused_until_the_first_is_killed(void **state)
{
	struct pipeline pipeline;
	char byte;
	int ready, status;
	(void)state;
	pid_t first = other_daemon(&ready);
	assert_int_equal(read(ready, &byte, 1), 1);
	close(ready);
	create(&pipeline);
	channel_open(pipeline.vse, 0, 640, 480, 3);
	assert_int_equal(hbn_vflow_start(pipeline.flow), -36);
	kill(first, SIGKILL);
	waitpid(first, &status, 0);
	while ((status = hbn_vflow_start(pipeline.flow)) == -36)
		poll(NULL, 0, 1);
	assert_int_equal(status, 0);
	pid_t second = other_daemon(&ready);
	waitpid(second, &status, 0);
	close(ready);
	assert_int_equal(WEXITSTATUS(status), 36);
	pipeline_destroy(&pipeline);
}

/** Run the broker's status command, as a test of another program would. */
static void read_status(char *text, size_t size)
{
	char command[600];
	snprintf(command, sizeof(command), "%s status", getenv("ZCF_TEST_BROKER"));
	FILE *status = popen(command, "re");
	assert_non_null(status);
	text[fread(text, 1, size - 1, status)] = 0;
	assert_int_equal(pclose(status), 0);
}

static void status_shows_the_overruns_of_another_process(void **state)
{
	char text[16384], byte;
	int ready;
	(void)state;
	if (!getenv("ZCF_TEST_BROKER")) {
		print_message("ZCF_TEST_BROKER does not name zcf-emulated-ion: skipped\n");
		skip();
	}
	pid_t daemon = other_daemon(&ready); /* takes no frame: its ring of three runs dry */
	assert_int_equal(read(ready, &byte, 1), 1);
	close(ready);
	char pid[32];
	const char *channel, *overruns;
	snprintf(pid, sizeof(pid), "{\"pid\": %d, \"node_type\": 2", daemon);
	do {
		read_status(text, sizeof(text));
		channel = strstr(text, pid);
		assert_non_null(channel);
		overruns = strstr(channel, "\"overruns\": ");
		assert_non_null(overruns);
	} while (atoi(overruns + 12) < 3);
	assert_non_null(strstr(channel, "\"finished\": 2"));
	assert_non_null(strstr(channel, "\"completed\": 2,"));
	kill(daemon, SIGKILL);
	waitpid(daemon, NULL, 0);
	do
		read_status(text, sizeof(text));
	while (strstr(text, pid));
}

static void isp_and_vin_frames_can_be_taken_where_nothing_is_bound(void **state)
{
	hbn_buf_alloc_attr_t buffers = {.flags = FRAME_FLAGS, .buffers_num = 3, .is_contig = 1};
	struct pipeline pipeline;
	hbn_vnode_image_t image;
	(void)state;
	create(&pipeline);
	assert_int_equal(hbn_vflow_unbind_vnode(pipeline.flow, pipeline.isp, 0, pipeline.vse, 0), 0);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(pipeline.isp, 0, &buffers), 0);
	assert_int_equal(hbn_vnode_set_ochn_buf_attr(pipeline.vin, 0, &buffers), 0);
	assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
	await_frame(pipeline.isp, 0, &image);
	assert_int_equal(image.buffer.width, 1920);
	assert_int_equal(drawn_number(&image, 1920), image.info.frame_id);
	await_frame(pipeline.vin, 0, &image);
	assert_int_equal(image.buffer.format, MEM_PIX_FMT_RAW10);
	assert_int_equal(image.buffer.size[0], 3840 * 1080);
	assert_int_equal(((uint16_t *)(void *)image.buffer.virt_addr[0])[8], (image.info.frame_id & 1) * (255 << 2));
	pipeline_destroy(&pipeline);
}

static void brightness_follows_the_switch(void **state)
{
	struct pipeline pipeline;
	hbn_vnode_image_t image;
	(void)state;
	for (int level = 80; level <= 180; level += 100) {
		char text[8];
		uint64_t sum = 0;
		snprintf(text, sizeof(text), "%d", level);
		harness_set("ZCF_EMULATION_CAMERA_BRIGHTNESS", text);
		create(&pipeline);
		channel_open(pipeline.vse, 0, 640, 480, 3);
		assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
		await_frame(pipeline.vse, 0, &image);
		for (uint64_t i = 0; i < image.buffer.size[0]; i++)
			sum += image.buffer.virt_addr[0][i];
		assert_in_range(sum / image.buffer.size[0], level - 5, level + 5);
		pipeline_destroy(&pipeline);
	}
}

static void video_file_plays_round_and_round(void **state)
{
	struct pipeline pipeline;
	char path[512];
	const char *data = getenv("ZCF_TEST_DATA");
	hbn_vnode_image_t image;
	uint8_t line[2][640];
	(void)state;
	snprintf(path, sizeof(path), "%s/vtest.avi", data ? data : "");
	if (access(path, R_OK) != 0) {
		print_message("no %s: skipped\n", path);
		skip();
	}
	harness_set("ZCF_EMULATION_CAMERA_0", path);
	create(&pipeline);
	channel_open(pipeline.vse, 0, 640, 480, 3);
	assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
	for (int frame = 0; frame < 12; frame++) {
		await_frame(pipeline.vse, 0, &image);
		if (frame % 11 == 0)
			memcpy(line[frame / 11], image.buffer.virt_addr[0] + 240 * 640, 640);
		assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &image), 0);
	}
	assert_true(memcmp(line[0], line[1], 640) != 0);
	pipeline_destroy(&pipeline);
}

static void unreadable_video_is_an_absent_camera(void **state)
{
	struct pipeline pipeline;
	(void)state;
	harness_set("ZCF_EMULATION_CAMERA", "/nonexistent.avi");
	assert_int_equal(pipeline_create(&pipeline, 0, FPS), -203);
	harness_set("ZCF_EMULATION_CAMERA", "/proc/self/exe");
	assert_int_equal(hbn_camera_attach_to_vin(pipeline.camera, pipeline.vin), -203);
	pipeline_destroy(&pipeline);
}

static void cameras_check_handles_and_order(void **state)
{
	camera_config_t config = {.name = "imx219"}, nameless = {0};
	camera_handle_t camera;
	(void)state;
	assert_int_equal(hbn_camera_create(NULL, &camera), -1);
	assert_int_equal(hbn_camera_create(&config, NULL), -1);
	assert_int_equal(hbn_camera_create(&nameless, &camera), -222);
	assert_int_equal(hbn_camera_create(&config, &camera), 0);
	assert_int_equal(hbn_camera_attach_to_vin(camera, 4711), -1);
	assert_int_equal(hbn_camera_attach_to_vin(4711, 4711), -1);
	assert_int_equal(hbn_camera_detach_from_vin(camera), -236);
	assert_int_equal(hbn_camera_change_fps(camera, 0), -212);
	assert_int_equal(hbn_camera_change_fps(camera, 25), 0);
	assert_int_equal(hbn_camera_start(camera), -205);
	assert_int_equal(hbn_camera_get_handle(0, 0), camera);
	assert_int_equal(hbn_camera_read_register(camera, 0, 0), -228);
	assert_int_equal(hbn_camera_destroy(camera), 0);
	assert_int_equal(hbn_camera_destroy(camera), -1);
}

static void camera_can_be_unplugged_from_a_running_flow_and_another_plugged_in(void **state)
{
	struct pipeline pipeline;
	hbn_vnode_image_t image;
	(void)state;
	create(&pipeline);
	channel_open(pipeline.vse, 0, 640, 480, 3);
	assert_int_equal(hbn_vflow_start(pipeline.flow), 0);
	await_frame(pipeline.vse, 0, &image);
	assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &image), 0);
	assert_int_equal(hbn_camera_destroy(pipeline.camera), 0); /* the vendor's order: before the flow */
	while (hbn_vnode_getframe(pipeline.vse, 0, 100, &image) == 0)
		assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &image), 0);
	/* And another plugged in. */
	camera_config_t config = {.name = "imx219", .fps = FPS, .width = 1920, .height = 1080};
	assert_int_equal(hbn_camera_create(&config, &pipeline.camera), 0);
	assert_int_equal(hbn_camera_attach_to_vin(pipeline.camera, pipeline.vin), 0);
	await_frame(pipeline.vse, 0, &image);
	assert_int_equal(hbn_vnode_releaseframe(pipeline.vse, 0, &image), 0);
	pipeline_destroy(&pipeline);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(three_channels_carry_the_same_sensor_frame),
		opened_test(holder_of_two_starves_its_channel_only),
		opened_test(stopped_flow_hangs_up_and_starts_again),
		opened_test(absent_camera_fails_to_attach_and_comes_back),
		opened_test(only_the_named_camera_is_absent),
		opened_test(silent_camera_starts_and_delivers_nothing),
		opened_test(camera_that_vanishes_is_back_when_created_anew),
		opened_test(two_cameras_run_side_by_side),
		opened_test(second_daemon_on_a_camera_is_refused_until_the_first_is_killed),
		opened_test(status_shows_the_overruns_of_another_process),
		opened_test(isp_and_vin_frames_can_be_taken_where_nothing_is_bound),
		opened_test(brightness_follows_the_switch),
		opened_test(video_file_plays_round_and_round),
		opened_test(unreadable_video_is_an_absent_camera),
		opened_test(cameras_check_handles_and_order),
		opened_test(camera_can_be_unplugged_from_a_running_flow_and_another_plugged_in),
	};
	if (argc == 3 && !strcmp(argv[1], "daemon"))
		return run_daemon(atoi(argv[2]));
	return HARNESS_RUN(argc, argv, tests);
}
