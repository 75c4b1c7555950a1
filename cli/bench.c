/* SPDX-License-Identifier: Apache-2.0 */
/* zcf bench: the list of benchmarks; each lives in a folder of its own under bench/. */
#include "command.h"

#include <stddef.h>

extern const struct cli_command cli_bench_command, bench_latency_command;

static const struct cli_command *const benches[] = {&bench_latency_command, NULL};

const struct cli_command cli_bench_command = {
	.name = "bench",
	.summary = "Measure what sharing frames costs on this machine",
	.subcommands = benches,
	.has_json = true,
};
