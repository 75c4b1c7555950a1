/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uStreamer's memory sink, as of its version 4.9 (Debian 12): a POSIX shared memory object with one frame in it, under
 * flock(). The server copies the frame in, a client copies it out. Nobody is woken: a client looks every millisecond,
 * as uStreamer's own clients do.
 *
 * uStreamer itself fills its sink from a V4L2 device only, so both sides are spoken here; `ustreamer-dump --sink` reads
 * what this producer writes.
 */
#include "clock.h"
#include "message.h"
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define SINK_MAGIC       UINT64_C(0xcafebabecafebabe)
#define SINK_VERSION     2
#define SINK_DATA_BYTES  (32 << 20)
#define LOOK_EVERY_US    1000
#define FOURCC_NV12      0x3231564e
#define SECONDS_PER_NS   1e-9L
#define LOCK_ATTEMPTS    1000
#define LOCK_PATIENCE_US 1000

/* What lies in the object: a program's interface, so with its types. */
struct sink {
	uint64_t magic;
	uint32_t version;
	uint64_t id;
	uint64_t used_bytes;
	uint32_t width, height, format, stride;
	bool online, key;
	long double grab_time, encode_begin_time, encode_end_time;
	long double last_client_time;
	uint8_t data[SINK_DATA_BYTES];
};

struct server {
	struct trial *trial;
	struct sink *sink;
	int fd;
	uint8_t *camera;
};

static int lock(int fd)
{
	for (int i = 0; i < LOCK_ATTEMPTS; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		usleep(LOCK_PATIENCE_US);
	}
	return -EWOULDBLOCK;
}

/* A POSIX name that only this trial has. */
static void sink_name(const struct trial *trial, char *name, size_t size)
{
	const char *directory = strrchr(trial->directory, '/');

	snprintf(name, size, "/%s-%s", directory != NULL ? directory + 1 : "zcf-bench", trial->channel);
}

static struct sink *map_sink(int fd)
{
	struct sink *sink = mmap(NULL, sizeof(*sink), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (sink != MAP_FAILED)
		return sink;
	cli_message("cannot map the sink: %s", strerror(errno));
	return NULL;
}

static void *get_buffer(void *state, uint64_t number)
{
	struct server *server = state;

	(void)number;
	return server->camera;
}

static int publish(void *state, uint64_t number)
{
	struct server *server = state;
	struct trial *trial = server->trial;
	struct sink *sink = server->sink;

	if (lock(server->fd) < 0)
		return 0; /* As uStreamer does: the frame is skipped. */
	sink->id = bench_now_ns();
	memcpy(sink->data, server->camera, trial->frame_size_bytes);
	sink->used_bytes = trial->frame_size_bytes;
	sink->width = trial->width_pixels;
	sink->height = trial->height_pixels;
	sink->format = FOURCC_NV12;
	sink->online = true;
	sink->grab_time = (long double)bench_now_ns() * SECONDS_PER_NS;
	sink->magic = SINK_MAGIC;
	sink->version = SINK_VERSION;
	flock(server->fd, LOCK_UN);
	/* In here, and out again by each client. */
	trial_count_copy(trial, number, trial->frame_size_bytes * (1 + trial->consumers));
	return 0;
}

static int produce(struct trial *trial)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};
	struct server server = {.trial = trial};
	char *name = trial->shared_memory;
	int error;

	sink_name(trial, name, sizeof(trial->shared_memory));
	server.fd = shm_open(name, O_RDWR | O_CREAT, 0600);
	/* With its memory: what is missing later ends the process that writes to it. */
	error = server.fd < 0 ? errno : posix_fallocate(server.fd, 0, sizeof(struct sink));
	if (error != 0) {
		cli_message("cannot make shared memory %s of %zu bytes: %s", name, sizeof(struct sink),
			    strerror(error));
		shm_unlink(name);
		return -1;
	}
	server.sink = map_sink(server.fd);
	server.camera = aligned_alloc(4096, (trial->frame_size_bytes + 4095) / 4096 * 4096);
	error = server.sink == NULL || server.camera == NULL ? -ENOMEM : trial_produce(trial, &steps, &server);
	shm_unlink(name);
	return error;
}

/* Copy the frame out if there is a new one. @return Whether there was. */
static bool get_frame(struct sink *sink, int fd, uint64_t *last_id, uint8_t *copy)
{
	bool is_new;

	if (lock(fd) < 0)
		return false;
	is_new = sink->magic == SINK_MAGIC && sink->version == SINK_VERSION && sink->id != *last_id &&
		 sink->used_bytes <= SINK_DATA_BYTES;
	if (is_new) {
		*last_id = sink->id;
		memcpy(copy, sink->data, sink->used_bytes);
	}
	sink->last_client_time = (long double)bench_now_ns() * SECONDS_PER_NS;
	flock(fd, LOCK_UN);
	return is_new;
}

static int consume(struct trial *trial, uint32_t index)
{
	char name[192], path[224];
	uint64_t last_id = 0;
	uint8_t *copy = malloc(SINK_DATA_BYTES);
	bool goes_on = true;
	struct sink *sink;
	int fd;

	sink_name(trial, name, sizeof(name));
	snprintf(path, sizeof(path), "/dev/shm%s", name);
	if (copy == NULL || peer_wait_for_file(path) < 0)
		return -1;
	do
		fd = shm_open(name, O_RDWR, 0);
	while (fd < 0 || lseek(fd, 0, SEEK_END) < (off_t)sizeof(*sink));
	sink = map_sink(fd);
	if (sink == NULL)
		return -1;
	trial_consumer_is_ready(trial);
	while (goes_on) {
		if (get_frame(sink, fd, &last_id, copy))
			goes_on = trial_receive(trial, index, copy);
		else
			usleep(LOOK_EVERY_US);
	}
	trial_consumer_is_done(trial, index);
	free(copy);
	return 0;
}

int main(int argument_count, char **arguments)
{
	static const struct peer peer = {.produce = produce, .consume = consume};

	return peer_main(argument_count, arguments, &peer);
}
