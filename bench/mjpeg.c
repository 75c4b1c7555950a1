/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zcf-mjpegd and uStreamer, each against the floor of the library that they encode with: processor time for a picture,
 * and the time from publishing a frame to the last byte of its JPEG in a viewer's hand. They take turns: in each round
 * one server, the library alone, then the other server. uStreamer reads from V4L2 devices only, so one is made up for
 * it (peers/v4l2_stand_in.c).
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
#include <string.h>
#include <time.h>
#include <zcframe/producer.h>

#define CHANNEL         "bench_mjpeg"
#define QUALITY         80
#define INTERVAL_NS     UINT64_C(33333333)
#define ROUNDS          5
#define FRAMES          40
#define MOST_COUNTED    600
#define MOST_FRAMES     1000
#define BEFORE_COUNTING 10

/* One server, or the library alone, for a few seconds. Shared by the processes. */
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
	uint64_t server_ns, jpeg_bytes; /* Of all pictures. */
	uint64_t floor_ns;              /* Of one. */
};

/* What the rounds come to. */
struct server {
	const char *name;
	bool is_ustreamer, is_there;
	double *server_ns, *floor_ns, *ratios, *jpeg_bytes; /* For a picture, by rounds. */
	uint64_t *latencies_ns;
	size_t latency_count;
};

struct series {
	const struct suite *suite;
	struct footage footage;
	uint32_t rounds, frames;
	struct server servers[2];
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
		if (error == 0 && i >= BEFORE_COUNTING) {
			note_latency(measurement, &viewed);
			measurement->jpeg_bytes += viewed.size_bytes;
		}
		/* uStreamer says that its device is not open yet by a picture that nobody grabbed. */
		if (i < BEFORE_COUNTING && viewed.frame_number == 0 && viewed.grabbed_ns == 0)
			i--;
		if (i + 1 == BEFORE_COUNTING)
			start_ns = server_time_ns(measurement);
	}
	measurement->server_ns = server_time_ns(measurement) - start_ns;
	measurement->is_over = 1;
	kill(measurement->server, SIGTERM);
	viewer_close(viewer);
	return error;
}

static int run_floor(void *context)
{
	struct measurement *measurement = context;

	measurement->floor_ns =
		floor_measure(&measurement->footage, QUALITY, BEFORE_COUNTING, measurement->frames, INTERVAL_NS);
	return 0;
}

static struct measurement *create_measurement(const struct series *series)
{
	struct measurement *measurement = bench_share(sizeof(*measurement));

	measurement->suite = series->suite;
	measurement->footage = series->footage;
	measurement->frames = series->frames;
	return measurement;
}

static int measure_floor(const struct series *series, double *ret_floor_ns)
{
	struct measurement *measurement = create_measurement(series);
	pid_t process = bench_fork(machine_consumer_processor(&series->suite->machine, 0), run_floor, measurement);
	int error = bench_wait_all(&process, 1);

	*ret_floor_ns = (double)measurement->floor_ns;
	bench_unshare(measurement, sizeof(*measurement));
	return error;
}

static int run_processes(const struct suite *suite, struct measurement *measurement)
{
	pid_t processes[3];
	size_t count = 0;

	processes[count++] = bench_fork(machine_consumer_processor(&suite->machine, 0), run_server, measurement);
	measurement->server = processes[0];
	processes[count++] = bench_fork(suite->machine.producer_processor, run_viewer, measurement);
	if (!measurement->is_ustreamer)
		processes[count++] = bench_fork(suite->machine.producer_processor, run_camera, measurement);
	return bench_wait_all(processes, count);
}

static int measure_server(const struct series *series, struct server *server, uint32_t round)
{
	struct measurement *measurement;
	int error;

	if (!server->is_there)
		return 0;
	measurement = create_measurement(series);
	measurement->is_ustreamer = server->is_ustreamer;
	measurement->port = server_choose_port();
	error = run_processes(series->suite, measurement);
	server->server_ns[round] = (double)measurement->server_ns / series->frames;
	server->jpeg_bytes[round] = (double)measurement->jpeg_bytes / series->frames;
	memcpy(server->latencies_ns + server->latency_count, measurement->latencies_ns,
	       measurement->latency_count * sizeof(uint64_t));
	server->latency_count += measurement->latency_count;
	bench_unshare(measurement, sizeof(*measurement));
	return error;
}

/* The library between the servers, and they change places from round to round. */
static int run_round(struct series *series, uint32_t round)
{
	double floor_ns = 0;
	int error = measure_server(series, &series->servers[round % 2], round);

	if (error == 0)
		error = measure_floor(series, &floor_ns);
	if (error == 0)
		error = measure_server(series, &series->servers[(round + 1) % 2], round);
	for (size_t i = 0; i < 2; i++) {
		series->servers[i].floor_ns[round] = floor_ns;
		series->servers[i].ratios[round] = floor_ns > 0 ? series->servers[i].server_ns[round] / floor_ns : 0;
	}
	return error;
}

static void create_server(struct server *server, const struct series *series)
{
	server->server_ns = cli_allocate(series->rounds, sizeof(double));
	server->floor_ns = cli_allocate(series->rounds, sizeof(double));
	server->ratios = cli_allocate(series->rounds, sizeof(double));
	server->jpeg_bytes = cli_allocate(series->rounds, sizeof(double));
	server->latencies_ns = cli_allocate((size_t)series->rounds * series->frames, sizeof(uint64_t));
}

static void destroy_server(struct server *server)
{
	free(server->server_ns);
	free(server->floor_ns);
	free(server->ratios);
	free(server->jpeg_bytes);
	free(server->latencies_ns);
}

static json_t *make_json(const struct series *series, struct server *server)
{
	uint32_t rounds = series->rounds;

	return json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:{s:f, s:f, s:f}, s:f, s:I, s:I}", "server", server->name,
		"width_pixels", (json_int_t)series->footage.width, "height_pixels", (json_int_t)series->footage.height,
		"quality", (json_int_t)QUALITY, "rounds", (json_int_t)rounds, "pictures",
		(json_int_t)rounds * series->frames, "server_ns", statistics_median(server->server_ns, rounds),
		"floor_ns", statistics_median(server->floor_ns, rounds), "ratio_to_floor", "median",
		statistics_median(server->ratios, rounds), "minimum", statistics_minimum(server->ratios, rounds),
		"maximum", statistics_maximum(server->ratios, rounds), "jpeg_bytes",
		statistics_median(server->jpeg_bytes, rounds), "latency_p50_ns",
		(json_int_t)statistics_quantile(server->latencies_ns, server->latency_count, 0.5), "latency_p99_ns",
		(json_int_t)statistics_quantile(server->latencies_ns, server->latency_count, 0.99));
}

/* @return Whether all went well; results of the servers that are there are added. */
static bool measure_size(struct suite *suite, uint32_t width, uint32_t height, json_t *results)
{
	struct series series = {
		.suite = suite,
		.rounds = suite->rounds > 0 ? suite->rounds
			  : suite->quick    ? 1
					    : ROUNDS,
		.frames = suite->frames > 0 ? suite->frames : FRAMES,
		.servers = {{.name = "zcf-mjpegd", .is_there = server_is_there()},
			    {.name = "uStreamer", .is_ustreamer = true, .is_there = server_has_ustreamer()}},
	};
	int error = 0;

	if (series.frames > MOST_COUNTED)
		series.frames = MOST_COUNTED;
	footage_create(&series.footage, width, height);
	for (size_t i = 0; i < 2; i++)
		create_server(&series.servers[i], &series);
	for (uint32_t round = 0; round < series.rounds && error == 0; round++)
		error = run_round(&series, round);
	for (size_t i = 0; i < 2; i++) {
		if (error == 0 && series.servers[i].is_there)
			json_array_append_new(results, make_json(&series, &series.servers[i]));
		destroy_server(&series.servers[i]);
	}
	footage_destroy(&series.footage);
	return error == 0;
}

static json_t *measure(struct suite *suite)
{
	static const uint32_t sizes[][2] = {{640, 480}, {1920, 1080}};
	json_t *results = json_array();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		progress_step("MJPEG at %ux%u", sizes[i][0], sizes[i][1]);
		if (!measure_size(suite, sizes[i][0], sizes[i][1], results)) {
			json_decref(results);
			return NULL;
		}
	}
	return results;
}

const struct question question_mjpeg = {.name = "mjpeg", .steps = 2, .measure = measure};
