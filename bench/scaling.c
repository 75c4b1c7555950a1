/* SPDX-License-Identifier: Apache-2.0 */
/* What publishing costs the camera, by the size of frames, the number of consumers and of buffers; what attaching
 * takes; and how much memory the processes have. */
#include "account.h"
#include "clock.h"
#include "daemon_memory.h"
#include "message.h"
#include "process.h"
#include "progress.h"
#include "statistics.h"
#include "suite.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <zcframe/consumer.h>
#include <zcframe/producer.h>

#define CHANNEL         "scaling"
#define MOST_PUBLISHED  4000
#define MOST_ATTACHED   200
#define INTERVAL_NS     UINT64_C(1000000)
#define OPEN_TIMEOUT_NS INT64_C(10000000000)
#define PATIENCE_NS     UINT64_C(10000000000)

struct setting {
	uint32_t width_pixels, height_pixels, consumers, buffers;
};

/* Shared by the processes. */
struct measurement {
	struct setting setting;
	const struct suite *suite;
	uint32_t count;
	_Atomic uint32_t producer_is_ready, stopping;
	uint64_t costs_ns[MOST_PUBLISHED];
	uint64_t wake_calls, published;
	struct account producer_account, consumer_accounts[TRIAL_MAX_CONSUMERS];
};

struct consumer_role {
	struct measurement *measurement;
	uint32_t index;
};

static int fail(const char *what)
{
	cli_message("%s: %s", what, zcf_error_detail());
	return -1;
}

static int open_channel(const struct measurement *measurement, struct zcf_pool **ret_pool,
			struct zcf_producer **ret_producer)
{
	const struct setting *setting = &measurement->setting;
	struct zcf_producer_options options;
	struct zcf_format format;

	if (zcf_format_init(&format, ZCF_FOURCC_NV12, setting->width_pixels, setting->height_pixels, 0) < 0 ||
	    zcf_pool_create("memfd", &format, setting->buffers, ret_pool) < 0)
		return fail("cannot make the buffers");
	zcf_producer_options_init(&options);
	options.runtime_directory = measurement->suite->directory;
	options.frame_interval_ns = INTERVAL_NS;
	options.lease_deadline_ns = PATIENCE_NS;
	return zcf_producer_create(CHANNEL, *ret_pool, &options, ret_producer) < 0 ? fail("cannot open the channel")
										   : 0;
}

/* At a thousand frames a second, so that every consumer is asleep again when the next one comes. */
static int publish_all(struct measurement *measurement, struct zcf_producer *producer)
{
	uint64_t next_ns = bench_now_ns();
	uint32_t consumers = measurement->setting.consumers;

	for (uint32_t i = 0; i < measurement->count; i++) {
		struct zcf_frame_metadata metadata = {.frame_number = i, .brightness_avg = -1};
		struct zcf_buffer *buffer;
		uint64_t start_ns;
		if (consumers > 0)
			bench_sleep_until(next_ns += INTERVAL_NS * (1 + consumers / 4));
		if (zcf_producer_dequeue(producer, 0, 0, &buffer) < 0)
			continue;
		start_ns = bench_now_ns();
		if (zcf_producer_publish(producer, buffer, &metadata) < 0)
			return fail("cannot publish");
		measurement->costs_ns[measurement->published++] = bench_now_ns() - start_ns;
	}
	return 0;
}

static int run_producer(void *context)
{
	struct measurement *measurement = context;
	struct zcf_snapshot *snapshot = cli_allocate(1, sizeof(*snapshot));
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;
	struct zcf_producer *producer = NULL;
	struct zcf_pool *pool = NULL;
	int error = open_channel(measurement, &pool, &producer);

	measurement->producer_is_ready = 1;
	while (error == 0 && zcf_producer_get_consumer_count(producer) < measurement->setting.consumers) {
		if (bench_now_ns() > deadline_ns)
			error = fail("the consumers did not attach");
		zcf_producer_wait(producer, bench_now_ns() + INTERVAL_NS);
	}
	if (error == 0)
		error = publish_all(measurement, producer);
	if (error == 0) {
		zcf_producer_get_snapshot(producer, snapshot);
		measurement->wake_calls = snapshot->wake_calls + snapshot->notice_calls;
		account_note_memory(&measurement->producer_account);
	}
	measurement->stopping = 1;
	while (error == 0 && zcf_producer_get_consumer_count(producer) > 0)
		zcf_producer_wait(producer, bench_now_ns() + INTERVAL_NS);
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
	free(snapshot);
	return error;
}

static int run_consumer(void *context)
{
	const struct consumer_role *role = context;
	struct measurement *measurement = role->measurement;
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	zcf_consumer_options_init(&options);
	options.runtime_directory = measurement->suite->directory;
	if (zcf_consumer_open(CHANNEL, &options, OPEN_TIMEOUT_NS, &consumer) < 0)
		return fail("cannot attach");
	while (measurement->stopping == 0)
		if (zcf_consumer_acquire(consumer, (int64_t)INTERVAL_NS * 20, &frame) == 0)
			zcf_frame_release(frame);
	account_note_memory(&measurement->consumer_accounts[role->index]);
	zcf_consumer_close(consumer);
	return 0;
}

static struct measurement *create_measurement(const struct suite *suite, struct setting setting, uint32_t count)
{
	struct measurement *measurement = bench_share(sizeof(*measurement));

	measurement->suite = suite;
	measurement->setting = setting;
	measurement->count = suite->frames > 0 ? suite->frames : count;
	if (measurement->count > MOST_PUBLISHED)
		measurement->count = MOST_PUBLISHED;
	return measurement;
}

static json_t *make_json(struct measurement *measurement)
{
	const struct setting *setting = &measurement->setting;
	uint64_t count = measurement->published > 0 ? measurement->published : 1;
	double consumer_bytes = 0;

	for (uint32_t i = 0; i < setting->consumers; i++)
		consumer_bytes += (double)measurement->consumer_accounts[i].proportional_bytes;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "width_pixels",
			 (json_int_t)setting->width_pixels, "height_pixels", (json_int_t)setting->height_pixels,
			 "consumers", (json_int_t)setting->consumers, "buffers", (json_int_t)setting->buffers, "p50_ns",
			 (json_int_t)statistics_quantile(measurement->costs_ns, measurement->published, 0.5), "p99_ns",
			 (json_int_t)statistics_quantile(measurement->costs_ns, measurement->published, 0.99),
			 "wake_calls_per_frame", (double)measurement->wake_calls / (double)count,
			 "producer_memory_bytes", (double)measurement->producer_account.proportional_bytes,
			 "consumer_memory_bytes", setting->consumers > 0 ? consumer_bytes / setting->consumers : 0.0);
}

static json_t *measure_publishing(struct suite *suite, struct setting setting)
{
	struct measurement *measurement =
		create_measurement(suite, setting, setting.consumers > 0 ? 400 : MOST_PUBLISHED);
	struct consumer_role roles[TRIAL_MAX_CONSUMERS];
	pid_t processes[TRIAL_MAX_CONSUMERS + 1];
	json_t *json = NULL;

	processes[0] = bench_fork(suite->machine.producer_processor, run_producer, measurement);
	for (uint32_t i = 0; i < setting.consumers; i++) {
		roles[i] = (struct consumer_role){.measurement = measurement, .index = i};
		processes[i + 1] = bench_fork(machine_consumer_processor(&suite->machine, i), run_consumer, &roles[i]);
	}
	if (bench_wait_all(processes, setting.consumers + 1) == 0)
		json = make_json(measurement);
	bench_unshare(measurement, sizeof(*measurement));
	return json;
}

/* A producer that only lets consumers in. */
static int run_host(void *context)
{
	struct measurement *measurement = context;
	struct zcf_producer *producer = NULL;
	struct zcf_pool *pool = NULL;
	int error = open_channel(measurement, &pool, &producer);

	measurement->producer_is_ready = 1;
	while (error == 0 && measurement->stopping == 0)
		error = zcf_producer_wait(producer, bench_now_ns() + INTERVAL_NS * 5);
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
	return error;
}

static int run_guest(void *context)
{
	struct measurement *measurement = context;
	struct zcf_consumer_options options;
	int error = 0;

	zcf_consumer_options_init(&options);
	options.runtime_directory = measurement->suite->directory;
	while (measurement->producer_is_ready == 0)
		bench_sleep_until(bench_now_ns() + INTERVAL_NS);
	for (uint32_t i = 0; i < measurement->count && error == 0; i++) {
		struct zcf_consumer *consumer;
		uint64_t start_ns = bench_now_ns();
		error = zcf_consumer_open(CHANNEL, &options, OPEN_TIMEOUT_NS, &consumer);
		if (error < 0)
			break;
		measurement->costs_ns[measurement->published++] = bench_now_ns() - start_ns;
		zcf_consumer_close(consumer);
		bench_sleep_until(bench_now_ns() + INTERVAL_NS);
	}
	measurement->stopping = 1;
	return error < 0 ? fail("cannot attach") : 0;
}

static json_t *measure_attaching(struct suite *suite, uint32_t width, uint32_t height)
{
	struct setting setting = {width, height, 0, 3};
	struct measurement *measurement = create_measurement(suite, setting, MOST_ATTACHED);
	pid_t processes[2];
	json_t *json = NULL;

	processes[0] = bench_fork(suite->machine.producer_processor, run_host, measurement);
	processes[1] = bench_fork(machine_consumer_processor(&suite->machine, 0), run_guest, measurement);
	if (bench_wait_all(processes, 2) == 0)
		json = make_json(measurement);
	bench_unshare(measurement, sizeof(*measurement));
	return json;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static json_t *measure_series(struct suite *suite, const char *what, const struct setting *settings, size_t count)
{
	json_t *series = json_array();

	progress_step("publishing by %s", what);
	for (size_t i = 0; i < count; i++) {
		json_t *one = measure_publishing(suite, settings[i]);
		if (one == NULL) {
			json_decref(series);
			return NULL;
		}
		json_array_append_new(series, one);
	}
	return series;
}

static json_t *measure_by_size(struct suite *suite)
{
	static const struct setting settings[] = {
		{160, 120, 0, 3},
		{640, 360, 0, 3},
		{1920, 1080, 0, 3},
		{3840, 2160, 0, 3},
	};

	return measure_series(suite, "size", settings, COUNT(settings));
}

static json_t *measure_by_consumers(struct suite *suite)
{
	static const struct setting settings[] = {
		{640, 360, 1, 3}, {640, 360, 2, 3}, {640, 360, 4, 3}, {640, 360, 8, 3}, {640, 360, 16, 3},
	};

	return measure_series(suite, "consumers", settings, COUNT(settings));
}

static json_t *measure_by_buffers(struct suite *suite)
{
	static const struct setting settings[] = {
		{640, 360, 0, 3}, {640, 360, 0, 4}, {640, 360, 0, 8}, {640, 360, 0, 16}, {640, 360, 0, 32},
	};

	return measure_series(suite, "buffers", settings, COUNT(settings));
}

static json_t *measure_attaching_by_size(struct suite *suite)
{
	json_t *small, *large = NULL;

	progress_step("attaching");
	small = measure_attaching(suite, 640, 360);
	if (small != NULL)
		large = measure_attaching(suite, 3840, 2160);
	if (large == NULL) {
		json_decref(small);
		return NULL;
	}
	return json_pack("[o, o]", small, large);
}

static json_t *measure(struct suite *suite)
{
	const struct {
		const char *name;
		json_t *(*measure)(struct suite *suite);
	} parts[] = {
		{"publish_by_size", measure_by_size},       {"publish_by_consumers", measure_by_consumers},
		{"publish_by_buffers", measure_by_buffers}, {"attach", measure_attaching_by_size},
		{"daemon_memory", daemon_memory_measure},
	};
	json_t *results = json_object();

	for (size_t i = 0; i < COUNT(parts); i++) {
		json_t *part = parts[i].measure(suite);
		if (part == NULL) {
			json_decref(results);
			return NULL;
		}
		json_object_set_new(results, parts[i].name, part);
	}
	return results;
}

const struct question question_scaling = {.name = "scaling", .steps = 5, .measure = measure};
