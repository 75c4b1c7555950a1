/* SPDX-License-Identifier: Apache-2.0 */
/* zcf bench latency: from publish to acquire, against what the kernel alone takes to wake a process. */
#include "command.h"
#include "interrupt.h"
#include "json_output.h"
#include "measure.h"
#include "message.h"
#include "process.h"
#include "results.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint32_t round_count = 5;
static uint32_t frame_count = 500;
static double rate_hz = 500;

static void __attribute__((format(printf, 1, 2))) show_progress(const char *format, ...)
{
	va_list arguments;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(arguments, format);
	fputs("\r\033[K", stderr);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fflush(stderr);
}

static int measure_rounds(const struct plan *plan, struct results *results)
{
	for (uint32_t round = 0; round < plan->rounds; round++) {
		show_progress("round %" PRIu32 " of %" PRIu32, round + 1, plan->rounds);
		int error = measure_round(plan, round, results->rounds[round]);
		if (error < 0)
			return error;
		for (uint32_t i = 0; i < MEASURE_VARIANTS; i++) {
			if (results->rounds[round][i].counted > 0)
				continue;
			cli_message("%s: no wake-up could be counted; lower --rate", measure_variants[i].title);
			return -1;
		}
	}
	return 0;
}

static int measure_the_rest(const struct plan *plan, struct results *results)
{
	static const uint32_t fan_outs[RESULTS_FAN_OUTS] = {1, 4, 16};
	static const uint32_t sizes[RESULTS_SIZES][2] = {{160, 120}, {640, 360}, {1920, 1080}, {3840, 2160}};
	int error = 0;

	for (size_t i = 0; i < RESULTS_FAN_OUTS && error == 0; i++) {
		show_progress("wake calls with %" PRIu32 " consumers", fan_outs[i]);
		error = measure_wake_calls(plan, fan_outs[i], &results->wake_calls[i]);
	}
	for (size_t i = 0; i < RESULTS_SIZES && error == 0; i++) {
		show_progress("publishing %" PRIu32 "x%" PRIu32, sizes[i][0], sizes[i][1]);
		error = measure_publish_cost(plan, sizes[i][0], sizes[i][1], &results->publish_costs[i]);
	}
	show_progress("%s", "");
	return error;
}

static int run(const struct cli_invocation *invocation)
{
	struct plan plan = {
		.rounds = round_count,
		.frames = frame_count,
		.interval_ns = (uint64_t)(1e9 / rate_hz),
	};
	struct results results = {.rounds = cli_allocate(plan.rounds, sizeof(*results.rounds))};
	int error, code = CLI_OK;

	machine_describe(&plan.machine);
	interrupt_open(NULL);
	if (bench_directory_create(plan.runtime_directory, sizeof(plan.runtime_directory)) < 0)
		return CLI_FAILED;
	error = measure_rounds(&plan, &results);
	if (error == 0)
		error = measure_the_rest(&plan, &results);
	bench_directory_remove(plan.runtime_directory);
	interrupt_end_by_signal();
	if (error < 0)
		code = CLI_FAILED;
	else if (invocation->json)
		code = json_output_print(results_make_json(&plan, &results));
	else
		results_print(&plan, &results);
	free(results.rounds);
	return code;
}

extern const struct cli_command cli_bench_command, bench_latency_command;

const struct cli_command bench_latency_command = {
	.name = "latency",
	.parent = &cli_bench_command,
	.summary = "Measure publish to acquire against a bare futex wake",
	.description =
		"One process sends, others receive, on a processor of their own. It sends three things in turn: a bare "
		"futex\n"
		"wake, a frame of 640x360, a frame of 3840x2160; all at the same pace, by the same clock, and no "
		"pixel\n"
		"touched. Shown are p50 and p99 of each round, their medians, and the ratio of p50 to that of the "
		"futex in\n"
		"the same round. Then: system calls that wake 1, 4 and 16 consumers, and what publishing costs when\n"
		"nobody waits. Leave the machine alone meanwhile.\n",
	.options = (const struct cli_option[]){{.name = "rounds",
						.argument = "N",
						.help = "rounds to take the median of (default 5)",
						.type = CLI_UINT32,
						.value = &round_count,
						.minimum = 1,
						.maximum = 1000},
					       {.name = "frames",
						.argument = "N",
						.help = "wake-ups in each round (default 500)",
						.type = CLI_UINT32,
						.value = &frame_count,
						.minimum = 10,
						.maximum = 1000000},
					       {.name = "rate",
						.argument = "FPS",
						.help = "wake-ups a second (default 500)",
						.type = CLI_DOUBLE,
						.value = &rate_hz,
						.minimum = 1,
						.maximum = 5000},
					       {.name = NULL}},
	.examples = "  zcf bench latency\n"
		    "  zcf bench latency --rate 30 --rounds 9\n"
		    "  zcf bench latency --json | jq '.variants[] | {name, ratio_to_futex_p50}'\n",
	.has_json = true,
	.run = run,
};
