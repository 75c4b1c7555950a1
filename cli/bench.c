/* SPDX-License-Identifier: Apache-2.0 */
/* zcf bench: a subcommand for each question, and one for all of them. What is measured, and how, is in bench/. */
#include "command.h"
#include "suite.h"
#include "suite_options.h"

extern const struct cli_command cli_bench_command, cli_bench_report_command;

static int run_all(const struct cli_invocation *invocation)
{
	static const struct question *const questions[] = {
		&question_limit, &question_before_after, &question_peers,     &question_scaling,
		&question_mjpeg, &question_detector,     &question_streaming, &question_languages};

	return suite_run(questions, sizeof(questions) / sizeof(questions[0]), invocation->json);
}

static int run_one(const struct question *question, const struct cli_invocation *invocation)
{
	return suite_run(&question, 1, invocation->json);
}

static int run_limit(const struct cli_invocation *invocation)
{
	return run_one(&question_limit, invocation);
}

static int run_before_after(const struct cli_invocation *invocation)
{
	return run_one(&question_before_after, invocation);
}

static int run_peers(const struct cli_invocation *invocation)
{
	return run_one(&question_peers, invocation);
}

static int run_scaling(const struct cli_invocation *invocation)
{
	return run_one(&question_scaling, invocation);
}

static int run_mjpeg(const struct cli_invocation *invocation)
{
	return run_one(&question_mjpeg, invocation);
}

static int run_detector(const struct cli_invocation *invocation)
{
	return run_one(&question_detector, invocation);
}

static int run_streaming(const struct cli_invocation *invocation)
{
	return run_one(&question_streaming, invocation);
}

static int run_languages(const struct cli_invocation *invocation)
{
	return run_one(&question_languages, invocation);
}

static const struct cli_command limit_command = {
	.name = "limit",
	.parent = &cli_bench_command,
	.summary = "Compare a frame's way to the consumer with a bare futex wake",
	.description = "Producer and consumers are processes on processors of their own, which take turns with those "
		       "of the other\n"
		       "contenders, frame by frame. Shown is the time from publish to the pointer, and its ratio to "
		       "that of the\n"
		       "bare futex in the same round: at 30 frames a second, then so often that the processors stay "
		       "awake, then\n"
		       "with 4 and 16 consumers. No pixel is touched. Leave the machine alone meanwhile.\n",
	.options = suite_option_list,
	.examples = "  zcf bench limit\n"
		    "  zcf bench limit --json | jq '.limit.paced.entries[] | {title, width_pixels, pointer_ratio}'\n",
	.has_json = true,
	.run = run_limit,
};

static const struct cli_command before_after_command = {
	.name = "before-after",
	.parent = &cli_bench_command,
	.summary = "Compare with a copy for each consumer, and with the first design's single slot",
	.description =
		"The design's three channels at 30 frames a second, then 640x360 to 3840x2160 with 1 to 16 consumers, "
		"each\n"
		"through a memcpy into POSIX shared memory with a semaphore, through the first design's zero-copy\n"
		"endpoint, and through a channel. Every byte is written by a camera and read by each consumer. Where "
		"the\n"
		"processors cannot read that much 30 times a second, the pace is slower, and said.\n",
	.options = suite_option_list,
	.examples = "  zcf bench before-after\n"
		    "  zcf bench before-after --json | jq '.before_after.three_channels.entries[].all.bytes_copied'\n",
	.has_json = true,
	.run = run_before_after,
};

static const struct cli_command peers_command = {
	.name = "peers",
	.parent = &cli_bench_command,
	.summary = "Compare with GStreamer, PipeWire, ZeroMQ and uStreamer",
	.description =
		"The same frames at the same pace through each library that is there now and was when this was built, "
		"with the\n"
		"settings that are best for it. Works in a build directory: the programs, in bench/peers/, are not "
		"installed.\n",
	.options = suite_option_list,
	.examples = "  zcf bench peers\n",
	.has_json = true,
	.run = run_peers,
};

static const struct cli_command scaling_command = {
	.name = "scaling",
	.parent = &cli_bench_command,
	.summary = "Measure publishing by size, consumers and buffers; attaching; memory",
	.description = "What zcf_producer_publish() takes, and zcf_consumer_open(), and how much memory the processes "
		       "have; and\n"
		       "zcf-camerad, with the synthetic camera and 0 to 16 consumers.\n",
	.options = suite_option_list,
	.examples = "  zcf bench scaling --json | jq .scaling.publish_by_consumers\n",
	.has_json = true,
	.run = run_scaling,
};

static const struct cli_command mjpeg_command = {
	.name = "mjpeg",
	.parent = &cli_bench_command,
	.summary = "Measure zcf-mjpegd against the JPEG library alone, and uStreamer",
	.description =
		"Processor time for a picture, and the time from publishing a frame to the last byte of its JPEG.\n",
	.options = suite_option_list,
	.examples = "  zcf bench mjpeg\n",
	.has_json = true,
	.run = run_mjpeg,
};

static const struct cli_command detector_command = {
	.name = "detector",
	.parent = &cli_bench_command,
	.summary = "Measure zcf-yolod against its model alone",
	.description =
		"Time and processor time for a frame, in turn with the same onnxruntime session on what the camera "
		"showed, in a\n"
		"process without zcframe; whether frames queue; what another reader notices. Works in a build "
		"directory "
		"that\n"
		"has the detector's Python packages, as after `make bench` or `make demo`.\n",
	.options = suite_option_list,
	.examples = "  zcf bench detector --json | jq .detector.overhead.processor_ratio\n",
	.has_json = true,
	.run = run_detector,
};

static const struct cli_command streaming_command = {
	.name = "streaming",
	.parent = &cli_bench_command,
	.summary = "Measure zcf-streamd against its encoder alone",
	.description =
		"Processor time for a picture with 0, 1 and 10 viewers, in turn with the same encoder on what the "
		"camera showed,\n"
		"in a process without zcframe; how long frames are held; how old pictures are at a viewer, and in "
		"Chromium\n"
		"where that is installed. Works in a build directory that has zcf-streamd.\n",
	.options = suite_option_list,
	.examples = "  zcf bench streaming --json | jq '.streaming.viewers[]'\n",
	.has_json = true,
	.run = run_streaming,
};

static const struct cli_command languages_command = {
	.name = "languages",
	.parent = &cli_bench_command,
	.summary = "Measure what a frame costs from Python and Go, beside C",
	.description =
		"Acquire and release, and from Go the way from publish to the frame, in turns with the same calls "
		"from C. Works in\n"
		"a build directory, for those of the languages that are there.\n",
	.options = suite_option_list,
	.examples = "  zcf bench languages --json | jq .languages.go.acquire_release\n",
	.has_json = true,
	.run = run_languages,
};

static const struct cli_command *const benches[] = {
	&limit_command,    &before_after_command, &peers_command,     &scaling_command,          &mjpeg_command,
	&detector_command, &streaming_command,    &languages_command, &cli_bench_report_command, NULL};

const struct cli_command cli_bench_command = {
	.name = "bench",
	.summary = "Measure what sharing frames costs on this machine",
	.description = "Without a subcommand everything is measured, which takes ten minutes at most.\n",
	.options = suite_option_list,
	.examples = "  zcf bench --quick\n"
		    "  zcf bench --json >results.json\n",
	.subcommands = benches,
	.has_json = true,
	.run = run_all,
};
