/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon_memory.h"

#include "account.h"
#include "clock.h"
#include "interrupt.h"
#include "message.h"
#include "process.h"
#include "progress.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zcframe/consumer.h>

#define CHANNEL     "pet_camera_active_zc"
#define PATIENCE_NS INT64_C(10000000000)
#define LOOK_NS     UINT64_C(5000000)
/* Every buffer has been read several times by then. */
#define FRAMES_READ 15

/* Shared by the processes. */
struct measurement {
	const struct suite *suite;
	uint32_t consumers;
	_Atomic uint32_t have_read, noting, have_noted, stopping;
	struct account daemon, accounts[TRIAL_MAX_CONSUMERS];
};

struct reader {
	struct measurement *measurement;
	uint32_t index;
};

static int run_daemon(void *context)
{
	const struct suite *suite = context;
	char path[PATH_MAX + 64];

	bench_find_daemon("camerad", "zcf-camerad", path, sizeof(path));
	/* Processes of a benchmark ignore it; this one ends by it. */
	signal(SIGTERM, SIG_DFL);
	execl(path, path, "--source", "synthetic", "--rate", "30", "--runtime-dir", suite->directory, "--log-level",
	      "error", "--config", "/dev/null", (char *)NULL);
	cli_message("cannot start %s: %s", path, strerror(errno));
	return -1;
}

/* Every byte: memory that is mapped and never touched costs nothing. */
static uint64_t read_frame(const struct zcf_frame *frame)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;
	uint64_t sum = 0;

	for (uint32_t plane = 0; plane < format->plane_count; plane++) {
		const uint8_t *bytes = zcf_frame_get_plane(frame, plane);
		for (uint64_t i = 0; i < format->planes[plane].size_bytes; i++)
			sum += bytes[i];
	}
	return sum;
}

static int run_reader(void *context)
{
	const struct reader *reader = context;
	struct measurement *measurement = reader->measurement;
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	uint32_t frames = 0;
	bool noted = false;

	zcf_consumer_options_init(&options);
	options.runtime_directory = measurement->suite->directory;
	if (zcf_consumer_open(CHANNEL, &options, PATIENCE_NS, &consumer) < 0) {
		cli_message("cannot attach to zcf-camerad: %s", zcf_error_detail());
		return -1;
	}
	while (measurement->stopping == 0) {
		struct zcf_frame *frame;
		if (zcf_consumer_acquire(consumer, (int64_t)LOOK_NS, &frame) == 0) {
			volatile uint64_t sum = read_frame(frame);
			(void)sum;
			zcf_frame_release(frame);
			if (++frames == FRAMES_READ)
				measurement->have_read++;
		}
		if (measurement->noting != 0 && !noted) {
			account_note_memory(&measurement->accounts[reader->index]);
			measurement->have_noted++;
			noted = true;
		}
	}
	zcf_consumer_close(consumer);
	return 0;
}

static int wait_for(const _Atomic uint32_t *counter, uint32_t count)
{
	uint64_t deadline_ns = bench_now_ns() + (uint64_t)PATIENCE_NS;

	while (*counter < count && interrupt_signal() == 0) {
		if (bench_now_ns() > deadline_ns) {
			cli_message("the readers of zcf-camerad get no frames");
			return -1;
		}
		bench_sleep_until(bench_now_ns() + LOOK_NS);
	}
	return interrupt_signal() == 0 ? 0 : -1;
}

static json_t *make_json(const struct measurement *measurement)
{
	double proportional = 0, private = 0;
	uint32_t count = measurement->consumers;

	for (uint32_t i = 0; i < count; i++) {
		proportional += (double)measurement->accounts[i].proportional_bytes / count;
		private += (double)measurement->accounts[i].private_bytes / count;
	}
	return json_pack("{s:I, s:I, s:I, s:f, s:f}", "consumers", (json_int_t)count, "daemon_memory_bytes",
			 (json_int_t)measurement->daemon.proportional_bytes, "daemon_private_bytes",
			 (json_int_t)measurement->daemon.private_bytes, "consumer_memory_bytes", proportional,
			 "consumer_private_bytes", private);
}

static json_t *measure_with(struct suite *suite, pid_t daemon, uint32_t consumers)
{
	struct measurement *measurement = bench_share(sizeof(*measurement));
	struct reader readers[TRIAL_MAX_CONSUMERS];
	pid_t processes[TRIAL_MAX_CONSUMERS] = {0};
	json_t *json = NULL;
	int error;

	measurement->suite = suite;
	measurement->consumers = consumers;
	for (uint32_t i = 0; i < consumers; i++) {
		readers[i] = (struct reader){.measurement = measurement, .index = i};
		processes[i] = bench_fork(machine_consumer_processor(&suite->machine, i), run_reader, &readers[i]);
	}
	error = wait_for(&measurement->have_read, consumers);
	measurement->noting = 1;
	if (error == 0)
		error = wait_for(&measurement->have_noted, consumers);
	account_note_memory_of(daemon, &measurement->daemon);
	measurement->stopping = 1;
	if (bench_wait_all(processes, consumers) == 0 && error == 0)
		json = make_json(measurement);
	bench_unshare(measurement, sizeof(*measurement));
	return json;
}

/* A reader that comes and goes: from then on the daemon has drawn into every buffer. */
static json_t *measure_all(struct suite *suite, pid_t daemon)
{
	static const uint32_t counts[] = {0, 1, 4, 16};
	json_t *results = json_array(), *first = measure_with(suite, daemon, 1);
	bool failed = first == NULL;

	json_decref(first);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && !failed; i++) {
		json_t *one = measure_with(suite, daemon, counts[i]);
		failed = one == NULL;
		json_array_append_new(results, one);
	}
	if (!failed)
		return results;
	json_decref(results);
	return NULL;
}

json_t *daemon_memory_measure(struct suite *suite)
{
	char path[PATH_MAX + 64];
	json_t *results;
	pid_t daemon;

	progress_step("memory of zcf-camerad");
	if (!bench_find_daemon("camerad", "zcf-camerad", path, sizeof(path)))
		return json_array();
	daemon = bench_fork(suite->machine.producer_processor, run_daemon, suite);
	if (daemon < 0)
		return NULL;
	results = measure_all(suite, daemon);
	kill(daemon, SIGTERM);
	bench_wait_all(&daemon, 1);
	return results;
}
