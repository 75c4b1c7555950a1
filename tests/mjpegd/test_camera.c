/* SPDX-License-Identifier: Apache-2.0 */
/* A camera for the tests: publishes NV12 pictures that show their own sequence (picture_code.h).
 * SIGUSR1 makes it stop sending while it lives on, SIGUSR2 go on; SIGTERM ends it. */
#include "picture_code.h"

#include <zcframe/zcframe.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct camera {
	const char *channel;
	uint32_t width, height;
	double rate_hz;
	uint32_t buffers;
	double deadline_ms;
	bool keep_newest;
	bool data;
	struct zcf_pool *pool;
	struct zcf_producer *producer;
	uint32_t sequence;
};

static volatile sig_atomic_t stopped, paused;

static void on_signal(int signal_number)
{
	if (signal_number == SIGTERM)
		stopped = 1;
	else
		paused = signal_number == SIGUSR1;
}

static void fail(const char *what)
{
	fprintf(stderr, "test-camera: %s: %s\n", what, zcf_error_detail());
	exit(EXIT_FAILURE);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A texture, so that the JPEGs have the size that a camera's have. */
static void fill(struct zcf_buffer *buffer)
{
	const struct zcf_format *format = zcf_buffer_get_format(buffer);
	uint32_t random = 1;

	for (uint32_t plane = 0; plane < format->plane_count; plane++) {
		uint8_t *bytes = zcf_buffer_get_plane(buffer, plane);

		for (uint64_t i = 0; i < format->planes[plane].size_bytes; i++) {
			random = random * 1664525u + 1013904223u;
			bytes[i] = (uint8_t)(96 + (plane == 0 ? random >> 26 : random >> 28));
		}
	}
}

static void open_channel(struct camera *camera)
{
	struct zcf_producer_options options;
	struct zcf_format format;

	if (camera->data ? zcf_format_init_data(&format, 4096)
			 : zcf_format_init(&format, ZCF_FOURCC_NV12, camera->width, camera->height, 0))
		fail("format");
	if (zcf_pool_create(NULL, &format, camera->buffers, &camera->pool))
		fail("pool");
	for (uint32_t i = 0; i < camera->buffers; i++)
		fill(zcf_pool_get_buffer(camera->pool, i));
	zcf_producer_options_init(&options);
	options.frame_interval_ns = (uint64_t)(1e9 / camera->rate_hz);
	options.lease_deadline_ns = (uint64_t)(camera->deadline_ms * 1e6);
	if (zcf_producer_create(camera->channel, camera->pool, &options, &camera->producer))
		fail("producer");
}

static void publish(struct camera *camera)
{
	struct zcf_frame_metadata metadata = {.brightness_avg = 127};
	struct zcf_buffer *buffer;

	if (zcf_producer_dequeue(camera->producer, camera->keep_newest ? ZCF_DEQUEUE_KEEP_NEWEST : 0, 0, &buffer))
		return;
	metadata.frame_number = ++camera->sequence;
	if (!camera->data) {
		const struct zcf_format *format = zcf_buffer_get_format(buffer);

		picture_code_draw(zcf_buffer_get_plane(buffer, 0), format->planes[0].stride_bytes,
				  format->height_pixels, camera->sequence);
	}
	if (zcf_producer_publish(camera->producer, buffer, &metadata))
		fail("publish");
}

static void run(struct camera *camera)
{
	uint64_t interval_ns = (uint64_t)(1e9 / camera->rate_hz), next_ns = now_ns();

	while (!stopped) {
		if (!paused)
			publish(camera);
		next_ns += interval_ns;
		if (next_ns < now_ns())
			next_ns = now_ns();
		while (!stopped && zcf_producer_wait(camera->producer, next_ns) != 0)
			;
	}
}

int main(int argument_count, char **arguments)
{
	struct camera camera = {.channel = "test_camera",
				.width = 640,
				.height = 480,
				.rate_hz = 30,
				.buffers = 3,
				.deadline_ms = 1000};
	struct sigaction action = {.sa_handler = on_signal};
	int option;

	while ((option = getopt(argument_count, arguments, "c:s:r:b:l:kd")) != -1) {
		switch (option) {
		case 'c':
			camera.channel = optarg;
			break;
		case 's':
			if (sscanf(optarg, "%ux%u", &camera.width, &camera.height) != 2)
				return EXIT_FAILURE;
			break;
		case 'r':
			camera.rate_hz = atof(optarg);
			break;
		case 'b':
			camera.buffers = (uint32_t)atoi(optarg);
			break;
		case 'l':
			camera.deadline_ms = atof(optarg);
			break;
		case 'k':
			camera.keep_newest = true;
			break;
		case 'd':
			camera.data = true;
			break;
		default:
			return EXIT_FAILURE;
		}
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	open_channel(&camera);
	run(&camera);
	zcf_producer_destroy(camera.producer);
	zcf_pool_destroy(camera.pool);
	return EXIT_SUCCESS;
}
