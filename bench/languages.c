/* SPDX-License-Identifier: Apache-2.0 */
/* What a frame costs from Python and from Go, beside the same calls from C. */
#include "launch.h"

/* Each takes a few seconds; this is for compilers, and for machines that have other things to do as well. */
#define LIMIT_S 180

static json_t *measure(struct suite *suite)
{
	const char *const python[] = {"--json", "--count", suite->quick ? "2000" : "20000", NULL};
	const char *const go[] = {
		"-json", "-count", suite->quick ? "2000" : "20000", "-wakes", suite->quick ? "60" : "300", NULL};
	json_t *from_python = launch_benchmark(suite, "../bench/python", python, LIMIT_S);
	json_t *from_go = from_python == NULL ? NULL : launch_benchmark(suite, "../go/benchmark", go, LIMIT_S);

	if (from_go == NULL) {
		json_decref(from_python);
		return NULL;
	}
	return json_pack("{s:o, s:o}", "python", from_python, "go", from_go);
}

const struct question question_languages = {.name = "languages", .steps = 2, .measure = measure};
