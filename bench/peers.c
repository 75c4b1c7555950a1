/* SPDX-License-Identifier: Apache-2.0 */
/* Other libraries that bring frames from process to process, each with the settings that are best for it. */
#include "message.h"
#include "process.h"
#include "suite.h"

#include <stdio.h>

static const struct contender gstreamer_shm = {
	.name = "gstreamer_shm",
	.title = "GStreamer shmsink",
	.copies = "copies nothing: the camera writes into shmsink's own memory",
	.program = "gstreamer_shm",
	.needs = "GStreamer with its bad plugins",
};

static const struct contender gstreamer_unixfd = {
	.name = "gstreamer_unixfd",
	.title = "GStreamer unixfdsink",
	.copies = "copies nothing: the camera writes into memory whose descriptor unixfdsink passes; each client maps "
		  "every "
		  "frame anew",
	.program = "gstreamer_unixfd",
	.needs = "GStreamer 1.24 or later with its bad plugins",
};

static const struct contender pipewire = {
	.name = "pipewire",
	.title = "PipeWire",
	.copies = "copies nothing: the camera writes into the stream's own buffers",
	.program = "pipewire",
	.needs = "its library, modules and plugins",
	.has_daemon = true,
};

static const struct contender zeromq = {
	.name = "zeromq_ipc",
	.title = "ZeroMQ ipc://",
	.copies = "the kernel copies every frame into a socket and out of it, for each consumer",
	.copy_count = 4, /* By way of a socket they are slower than in memory. */
	.program = "zeromq",
};

static const struct contender ustreamer = {
	.name = "ustreamer_sink",
	.title = "uStreamer memory sink",
	.copies = "the server copies every frame in, each client copies it out; clients look every millisecond",
	.copy_count = 2,
	.program = "ustreamer",
};

static const struct contender *const peers[] = {&pipewire, &gstreamer_shm, &gstreamer_unixfd, &zeromq, &ustreamer};
static const uint32_t sizes[][2] = {{640, 360}, {640, 480}, {1920, 1080}, {3840, 2160}};

#define PEERS (sizeof(peers) / sizeof(peers[0]))
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
#define OURS  2

static void find_peers(bool available[PEERS])
{
	for (size_t i = 0; i < PEERS; i++)
		available[i] = bench_program_is_available(peers[i]->program);
}

static json_t *measure_size(struct suite *suite, uint32_t width, uint32_t height, const bool available[PEERS])
{
	struct entry entries[OURS + PEERS] = {
		{&contender_futex, width, height, 1, 0},
		{&contender_channel, width, height, 1, 0},
	};
	size_t count = OURS;
	char what[64];

	for (size_t i = 0; i < PEERS; i++)
		if (available[i])
			entries[count++] = (struct entry){peers[i], width, height, 1, 0};
	snprintf(what, sizeof(what), "Peers at %ux%u", width, height);
	return suite_contest(suite, what, entries, count, 5, 96, true);
}

static json_t *list_missing(const bool available[PEERS])
{
	json_t *missing = json_array();

	for (size_t i = 0; i < PEERS; i++) {
		const struct contender *peer = peers[i];
		if (!available[i])
			json_array_append_new(missing, json_sprintf("%s (needs %s)", peer->title,
								    peer->needs != NULL ? peer->needs : "its library"));
	}
	return missing;
}

static json_t *measure(struct suite *suite)
{
	json_t *contests = json_array();
	bool available[PEERS];

	find_peers(available);
	for (size_t i = 0; i < SIZES; i++) {
		json_t *contest;
		if (suite->quick && i % 2 == 1)
			continue;
		contest = measure_size(suite, sizes[i][0], sizes[i][1], available);
		if (contest == NULL) {
			json_decref(contests);
			return NULL;
		}
		json_array_append_new(contests, contest);
	}
	return json_pack("{s:o, s:o}", "contests", contests, "missing", list_missing(available));
}

const struct question question_peers = {.name = "peers", .steps = SIZES, .quick_steps = SIZES / 2, .measure = measure};
