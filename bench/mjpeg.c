/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zcf-mjpegd against the floor of the library that it encodes with: processor time for a picture, and the time from
 * publishing a frame to the last byte of its JPEG in a viewer's hand.
 *
 * uStreamer, whose work this is too, reads from V4L2 devices only: on a machine without one there is nothing to
 * compare.
 */
#include "clock.h"
#include "message.h"
#include "mjpeg/floor.h"
#include "mjpeg/footage.h"
#include "mjpeg/server.h"
#include "mjpeg/viewer.h"
#include "process.h"
#include "progress.h"
#include "statistics.h"
#include "suite.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <zcframe/producer.h>

#define CHANNEL         "bench_mjpeg"
#define QUALITY         80
#define INTERVAL_NS     UINT64_C(33333333)
#define FRAMES          150
#define MOST_FRAMES     1000
#define BEFORE_COUNTING 10

/* Shared by the processes. */
struct measurement {
	const struct suite *suite;
	struct footage footage;
	uint32_t frames;
	uint16_t port;
	_Atomic pid_t server;
	_Atomic uint32_t is_over;
	bool is_ustreamer;
	uint64_t sent_ns[MOST_FRAMES];
	uint64_t latencies_ns[MOST_FRAMES];
	size_t latency_count;
	uint64_t pictures, server_ns;
	struct floor_cost floor;
};

static uint64_t server_time_ns(const struct measurement *measurement)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(measurement->server, &clock) != 0 || clock_gettime(clock, &time) < 0)
		return 0;
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int publish_all(struct measurement *measurement, struct zcf_producer *producer)
{
	uint64_t next_ns = bench_now_ns();

	for (uint64_t number = 1; measurement->is_over == 0; number++) {
		struct zcf_frame_metadata metadata = {.frame_number = number, .brightness_avg = -1};
		struct zcf_buffer *buffer;
		if (zcf_producer_wait(producer, next_ns += INTERVAL_NS) < 0 ||
		    zcf_producer_dequeue(producer, 0, 0, &buffer) < 0)
			continue;
		footage_draw(&measurement->footage, number, zcf_buffer_get_plane(buffer, 0));
		if (number < MOST_FRAMES)
			measurement->sent_ns[number] = bench_now_ns();
		if (zcf_producer_publish(producer, buffer, &metadata) < 0)
			return -1;
	}
	return 0;
}

static int run_camera(void *context)
{
	struct measurement *measurement = context;
	struct zcf_producer_options options;
	struct zcf_producer *producer = NULL;
	struct zcf_pool *pool = NULL;
	struct zcf_format format;
	int error =
		zcf_format_init(&format, ZCF_FOURCC_NV12, measurement->footage.width, measurement->footage.height, 0);

	zcf_producer_options_init(&options);
	options.runtime_directory = measurement->suite->directory;
	options.frame_interval_ns = INTERVAL_NS;
	if (error == 0)
		error = zcf_pool_create("memfd", &format, 4, &pool);
	if (error == 0)
		error = zcf_producer_create(CHANNEL, pool, &options, &producer);
	if (error < 0)
		cli_message("cannot open the channel: %s", zcf_error_detail());
	else
		error = publish_all(measurement, producer);
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
	return error;
}

static int run_server(void *context)
{
	const struct measurement *measurement = context;

	if (measurement->is_ustreamer)
		return server_become_ustreamer(measurement->footage.width, measurement->footage.height,
					       measurement->port, QUALITY);
	return server_become(measurement->suite->directory, CHANNEL, measurement->port, QUALITY);
}

static void note_latency(struct measurement *measurement, const struct viewed *viewed)
{
	/* uStreamer's clock is the raw one, which is not adjusted to other clocks. */
	uint64_t now_ns = bench_clock_ns(viewed->grabbed_ns != 0 ? CLOCK_MONOTONIC_RAW : CLOCK_MONOTONIC);
	uint64_t from_ns = viewed->grabbed_ns;

	if (viewed->frame_number > 0 && viewed->frame_number < MOST_FRAMES)
		from_ns = measurement->sent_ns[viewed->frame_number];
	if (from_ns != 0)
		measurement->latencies_ns[measurement->latency_count++] = now_ns > from_ns ? now_ns - from_ns : 0;
}

/* Take pictures; the server's time is that between two of them. */
static int run_viewer(void *context)
{
	struct measurement *measurement = context;
	struct viewer *viewer =
		viewer_open(measurement->port, measurement->is_ustreamer ? "/stream?extra_headers=1" : "/stream.mjpg");
	uint64_t start_ns = 0;
	int error = viewer == NULL ? -1 : 0;

	for (uint32_t i = 0; error == 0 && i < measurement->frames + BEFORE_COUNTING; i++) {
		struct viewed viewed;
		error = viewer_take_picture(viewer, &viewed);
		if (error == 0 && i >= BEFORE_COUNTING)
			note_latency(measurement, &viewed);
		/* uStreamer says that its device is not open yet by a picture that nobody grabbed. */
		if (i < BEFORE_COUNTING && viewed.frame_number == 0 && viewed.grabbed_ns == 0)
			i--;
		if (i + 1 == BEFORE_COUNTING)
			start_ns = server_time_ns(measurement);
	}
	measurement->server_ns = server_time_ns(measurement) - start_ns;
	measurement->pictures = measurement->frames;
	measurement->is_over = 1;
	kill(measurement->server, SIGTERM);
	viewer_close(viewer);
	return error;
}

static int run_floor(void *context)
{
	struct measurement *measurement = context;

	return floor_measure(&measurement->footage, QUALITY, measurement->frames, INTERVAL_NS, &measurement->floor);
}

static json_t *make_json(struct measurement *measurement)
{
	double server_ns = (double)measurement->server_ns / (double)measurement->pictures;

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:I, s:I, s:I}", "server",
			 measurement->is_ustreamer ? "uStreamer" : "zcf-mjpegd", "width_pixels",
			 (json_int_t)measurement->footage.width, "height_pixels",
			 (json_int_t)measurement->footage.height, "quality", (json_int_t)QUALITY, "pictures",
			 (json_int_t)measurement->pictures, "server_ns", server_ns, "floor_ns",
			 (double)measurement->floor.processor_ns, "ratio_to_floor",
			 server_ns / (double)measurement->floor.processor_ns, "jpeg_bytes",
			 (json_int_t)measurement->floor.jpeg_bytes, "latency_p50_ns",
			 (json_int_t)statistics_quantile(measurement->latencies_ns, measurement->latency_count, 0.5),
			 "latency_p99_ns",
			 (json_int_t)statistics_quantile(measurement->latencies_ns, measurement->latency_count, 0.99));
}

static int run_processes(struct suite *suite, struct measurement *measurement)
{
	pid_t processes[3], floor;
	size_t count = 0;
	int error;

	processes[count++] = bench_fork(machine_consumer_processor(&suite->machine, 0), run_server, measurement);
	measurement->server = processes[0];
	processes[count++] = bench_fork(suite->machine.producer_processor, run_viewer, measurement);
	if (!measurement->is_ustreamer)
		processes[count++] = bench_fork(suite->machine.producer_processor, run_camera, measurement);
	error = bench_wait_all(processes, count);
	if (error < 0)
		return error;
	floor = bench_fork(machine_consumer_processor(&suite->machine, 0), run_floor, measurement);
	return bench_wait_all(&floor, 1);
}

static json_t *measure_server(struct suite *suite, uint32_t width, uint32_t height, bool is_ustreamer)
{
	struct measurement *measurement = bench_share(sizeof(*measurement));
	json_t *json = NULL;

	measurement->suite = suite;
	measurement->is_ustreamer = is_ustreamer;
	measurement->frames = suite->frames > 0 && suite->frames < FRAMES ? suite->frames : FRAMES;
	measurement->port = server_choose_port();
	footage_create(&measurement->footage, width, height);
	if (run_processes(suite, measurement) == 0)
		json = make_json(measurement);
	footage_destroy(&measurement->footage);
	bench_unshare(measurement, sizeof(*measurement));
	return json;
}

static json_t *measure(struct suite *suite)
{
	static const uint32_t sizes[][2] = {{640, 480}, {1920, 1080}};
	json_t *results = json_array();

	for (size_t i = 0; i < 4; i++) {
		const uint32_t *size = sizes[i / 2];
		bool is_ustreamer = i % 2 == 1;
		json_t *result;
		progress_step("MJPEG at %ux%u", size[0], size[1]);
		if (is_ustreamer ? !server_has_ustreamer() : !server_is_there())
			continue;
		result = measure_server(suite, size[0], size[1], is_ustreamer);
		if (result == NULL) {
			json_decref(results);
			return NULL;
		}
		json_array_append_new(results, result);
	}
	return results;
}

const struct question question_mjpeg = {.name = "mjpeg", .steps = 4, .measure = measure};
