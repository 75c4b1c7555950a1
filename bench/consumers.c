/* SPDX-License-Identifier: Apache-2.0 */
/* What our own consumers add to the library that does their work: the detector to its model, the streaming server to
 * its encoder. */
#include "launch.h"

#include <stdio.h>

/* What a round takes, and all else, on a machine that has other things to do as well. */
#define LIMIT_S(rounds) (120 + 30 * (rounds))

static unsigned rounds_of(const struct suite *suite, unsigned rounds)
{
	return suite->rounds > 0 ? suite->rounds : suite->quick ? 1 : rounds;
}

static json_t *measure_detector(struct suite *suite)
{
	unsigned rounds = rounds_of(suite, 4);
	char text[16];
	const char *const arguments[] = {"--json", "--rounds", text, "--seconds", suite->quick ? "1" : "4", NULL};

	snprintf(text, sizeof(text), "%u", rounds);
	return launch_benchmark(suite, "../yolod/benchmark", arguments, LIMIT_S(rounds));
}

static json_t *measure_streaming(struct suite *suite)
{
	unsigned rounds = rounds_of(suite, 3);
	char text[16];
	const char *length = suite->quick ? "1s" : "3s", *browser = suite->quick ? "-browser=false" : "-browser=true";
	const char *const arguments[] = {"-json", "-rounds", text, "-round", length, browser, NULL};

	snprintf(text, sizeof(text), "%u", rounds);
	return launch_benchmark(suite, "../streamd/benchmark", arguments, LIMIT_S(rounds));
}

const struct question question_detector = {.name = "detector", .steps = 5, .measure = measure_detector};
const struct question question_streaming = {.name = "streaming", .steps = 5, .measure = measure_streaming};
