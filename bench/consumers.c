/* SPDX-License-Identifier: Apache-2.0 */
/* What our own consumers add to the library that does their work: the detector to its model, the streaming server to
 * its encoder. */
#include "launch.h"

#include <stdio.h>

static json_t *measure_detector(struct suite *suite)
{
	char rounds[16];
	const char *const arguments[] = {"--json", "--rounds", rounds, "--seconds", suite->quick ? "1" : "4", NULL};

	snprintf(rounds, sizeof(rounds), "%u", suite->rounds > 0 ? suite->rounds : suite->quick ? 1 : 4);
	return launch_benchmark(suite, "../yolod/benchmark", arguments);
}

static json_t *measure_streaming(struct suite *suite)
{
	char rounds[16];
	const char *length = suite->quick ? "1s" : "3s", *browser = suite->quick ? "-browser=false" : "-browser=true";
	const char *const arguments[] = {"-json", "-rounds", rounds, "-round", length, browser, NULL};

	snprintf(rounds, sizeof(rounds), "%u", suite->rounds > 0 ? suite->rounds : suite->quick ? 1 : 3);
	return launch_benchmark(suite, "../streamd/benchmark", arguments);
}

const struct question question_detector = {.name = "detector", .steps = 5, .measure = measure_detector};
const struct question question_streaming = {.name = "streaming", .steps = 5, .measure = measure_streaming};
