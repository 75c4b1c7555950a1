/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"

#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WATCHDOG_S   280
#define SENSOR_WIDTH 1920
#define NODE_VSE     2
#define FD_COUNTS    40

struct process board_daemon, board_second;
static const char *broker;
static char board_directory[64], control_path[96], config_path[96];

static void write_file(const char *path, const char *first, const char *second)
{
	char temporary[112];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	file = fopen(temporary, "we");
	REQUIRE(file != NULL);
	REQUIRE(fprintf(file, "%s%s", first, second) >= 0);
	REQUIRE_EQUAL(fclose(file), 0);
	REQUIRE_EQUAL(rename(temporary, path), 0);
}

void board_switches(const char *lines)
{
	write_file(control_path, "", lines);
}

const char *board_config(const char *text)
{
	write_file(config_path, "[camera]\nsource = vio\noriginal_endpoint = no\n", text);
	return config_path;
}

void board_start(struct process *daemon, const char *text)
{
	PROCESS_START(daemon, "--config", board_config(text), "--log-level", "debug");
	process_await(daemon, "camera started");
}

static void require_all_given_back(const struct process *daemon)
{
	const char *line = daemon->output;
	int outputs = 0;

	while ((line = strstr(line, "camera output closed")) != NULL) {
		uint64_t taken, given_back;
		const char *numbers = strstr(line, "taken=");

		REQUIRE(numbers != NULL);
		REQUIRE_EQUAL(sscanf(numbers, "taken=%" SCNu64 " given_back=%" SCNu64, &taken, &given_back), 2);
		REQUIRE_EQUAL(given_back, taken);
		outputs++;
		line = numbers;
	}
	REQUIRE(outputs > 0);
	REQUIRE(!process_said(daemon, "does not take a buffer back"));
}

void board_stop(struct process *daemon)
{
	process_signal(daemon, SIGTERM);
	REQUIRE_EQUAL(process_finish(daemon), 0);
	require_all_given_back(daemon);
}

/* NULL if no broker runs: nobody has anything of the board then. */
static json_t *board_status(void)
{
	char command[256];
	json_t *status;
	FILE *pipe;

	snprintf(command, sizeof(command), "%s status 2>/dev/null", broker);
	pipe = popen(command, "re");
	REQUIRE(pipe != NULL);
	status = json_loadf(pipe, 0, NULL);
	pclose(pipe);
	return status;
}

static uint64_t number_of(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

struct board_output board_get_output(const struct process *daemon, uint32_t number)
{
	struct board_output output = {0};
	json_t *status = board_status(), *channel;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(status, "channels"), i, channel) {
		if (number_of(channel, "pid") != (uint64_t)daemon->pid || number_of(channel, "node_type") != NODE_VSE ||
		    number_of(channel, "channel") != number)
			continue;
		found = true;
		output = (struct board_output){
			.completed = number_of(channel, "completed"),
			.overruns = number_of(channel, "overruns"),
			.taken = number_of(channel, "taken"),
			.released = number_of(channel, "released"),
			.held = (uint32_t)number_of(channel, "held"),
			.finished = (uint32_t)number_of(channel, "finished"),
			.buffers = (uint32_t)number_of(channel, "buffers"),
		};
	}
	json_decref(status);
	REQUIRE(found);
	return output;
}

size_t board_client_count(void)
{
	json_t *status = board_status();
	size_t count = json_array_size(json_object_get(status, "clients"));

	json_decref(status);
	return count;
}

struct zcf_consumer *board_attach(const char *channel, uint32_t max_leases)
{
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer = NULL;

	zcf_consumer_options_init(&options);
	options.max_leases = max_leases;
	if (zcf_consumer_open(channel, &options, PATIENCE_NS, &consumer) != 0)
		print_error("%s\n", zcf_error_detail());
	REQUIRE(consumer != NULL);
	return consumer;
}

struct zcf_frame *board_acquire(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame = NULL;
	int error = zcf_consumer_acquire(consumer, PATIENCE_NS, &frame);

	if (error != 0)
		print_error("%s\n", zcf_error_detail());
	REQUIRE_EQUAL(error, 0);
	return frame;
}

uint32_t board_drawn_number(const struct zcf_frame *frame)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;
	const uint8_t *y = zcf_frame_get_plane(frame, 0);
	uint32_t row = 16 * format->width_pixels / SENSOR_WIDTH / 2, number = 0;

	for (uint32_t bit = 0; bit < 32; bit++) {
		uint32_t x = (bit * 16 + 8) * format->width_pixels / SENSOR_WIDTH;

		if (y[row * format->planes[0].stride_bytes + x] > 127)
			number |= 1u << bit;
	}
	return number;
}

double board_mean_luma(const struct zcf_frame *frame)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;
	const uint8_t *y = zcf_frame_get_plane(frame, 0);
	uint64_t sum = 0;

	for (uint32_t row = 0; row < format->height_pixels; row++) {
		for (uint32_t x = 0; x < format->width_pixels; x++)
			sum += y[row * format->planes[0].stride_bytes + x];
	}
	return (double)sum / ((double)format->width_pixels * format->height_pixels);
}

static int count_fds(const struct process *daemon)
{
	char path[64];
	DIR *directory;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon->pid);
	directory = opendir(path);
	REQUIRE(directory != NULL);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

/* A call of the board's library has a descriptor or two for a moment: the smallest of many counts is without them. */
int board_fd_count(const struct process *daemon)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int smallest = count_fds(daemon);

	for (int i = 0; i < FD_COUNTS; i++) {
		int count = count_fds(daemon);

		smallest = count < smallest ? count : smallest;
		nanosleep(&pause, NULL);
	}
	return smallest;
}

int board_setup(void **state)
{
	board_switches("");
	return test_setup(state);
}

int board_teardown(void **state)
{
	size_t clients;

	process_abandon(&board_daemon);
	process_abandon(&board_second);
	clients = board_client_count();
	if (clients == 0)
		return test_teardown(state);
	print_error("left behind: %zu processes that have buffers of the board\n", clients);
	test_teardown(state);
	return -1;
}

int board_test_run(const struct CMUnitTest *tests, size_t count, int argument_count, char **arguments)
{
	char command[96];
	int failed;

	if (argument_count != 3)
		return 1;
	process_program = arguments[1];
	broker = arguments[2];
	strcpy(board_directory, "/tmp/zcf-test-board-XXXXXX");
	if (mkdtemp(board_directory) == NULL)
		return 1;
	setenv("ZCF_EMULATION_DIR", board_directory, 1);
	snprintf(control_path, sizeof(control_path), "%s/control", board_directory);
	snprintf(config_path, sizeof(config_path), "%s/zcframe.conf", board_directory);
	failed = test_run(tests, count, WATCHDOG_S);
	snprintf(command, sizeof(command), "rm -rf '%s'", board_directory);
	return system(command) != 0 ? 1 : failed;
}
