/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZeroMQ: a publisher and its subscribers over ipc://, the fastest transport between processes that it has. Messages
 * are made from the camera's buffer as it is, so the library copies nothing; the kernel copies every byte into a socket
 * and out again, for each subscriber.
 */
#include "message.h"
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

/* As many as may be on their way; more are dropped, which is counted as lost. */
#define BUFFERS     4
#define SOCKET_SIZE (4 << 20)

struct publisher {
	struct trial *trial;
	void *socket;
	void *buffers[BUFFERS];
};

static int fail(const char *what)
{
	cli_message("%s: %s", what, zmq_strerror(zmq_errno()));
	return -1;
}

static void *get_buffer(void *state, uint64_t number)
{
	return ((struct publisher *)state)->buffers[number % BUFFERS];
}

static void keep(void *data, void *hint)
{
	(void)data;
	(void)hint;
}

static int publish(void *state, uint64_t number)
{
	struct publisher *publisher = state;
	const struct trial *trial = publisher->trial;
	zmq_msg_t message;

	zmq_msg_init_data(&message, publisher->buffers[number % BUFFERS], trial->frame_size_bytes, keep, NULL);
	if (zmq_msg_send(&message, publisher->socket, ZMQ_DONTWAIT) < 0)
		return fail("cannot send");
	trial_count_copy(publisher->trial, number, 2 * trial->frame_size_bytes * trial->consumers);
	return 0;
}

static void *open_socket(void *context, int type)
{
	static const int high_water_mark = BUFFERS - 1, socket_size = SOCKET_SIZE;
	void *socket = zmq_socket(context, type);

	zmq_setsockopt(socket, ZMQ_SNDHWM, &high_water_mark, sizeof(high_water_mark));
	zmq_setsockopt(socket, ZMQ_RCVHWM, &high_water_mark, sizeof(high_water_mark));
	zmq_setsockopt(socket, ZMQ_SNDBUF, &socket_size, sizeof(socket_size));
	zmq_setsockopt(socket, ZMQ_RCVBUF, &socket_size, sizeof(socket_size));
	return socket;
}

static const char *address(const struct trial *trial, char *text, size_t size)
{
	char path[160];

	snprintf(text, size, "ipc://%s", peer_socket_path(trial, path, sizeof(path)));
	return text;
}

static int produce(struct trial *trial)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};
	static const int no_linger = 0;
	struct publisher publisher = {.trial = trial};
	void *context = zmq_ctx_new();
	char text[176];
	int error;

	publisher.socket = open_socket(context, ZMQ_PUB);
	zmq_setsockopt(publisher.socket, ZMQ_LINGER, &no_linger, sizeof(no_linger));
	for (int i = 0; i < BUFFERS; i++)
		publisher.buffers[i] = aligned_alloc(4096, (trial->frame_size_bytes + 4095) / 4096 * 4096);
	if (zmq_bind(publisher.socket, address(trial, text, sizeof(text))) < 0)
		return fail(text);
	error = trial_produce(trial, &steps, &publisher);
	zmq_close(publisher.socket);
	zmq_ctx_term(context);
	return error;
}

static int consume(struct trial *trial, uint32_t index)
{
	void *context = zmq_ctx_new();
	void *socket = open_socket(context, ZMQ_SUB);
	bool goes_on = true;
	char path[160], text[176];

	if (peer_wait_for_file(peer_socket_path(trial, path, sizeof(path))) < 0)
		return -1;
	zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
	if (zmq_connect(socket, address(trial, text, sizeof(text))) < 0)
		return fail(text);
	trial_consumer_is_ready(trial);
	while (goes_on) {
		zmq_msg_t message;
		zmq_msg_init(&message);
		if (zmq_msg_recv(&message, socket, 0) < 0) {
			if (zmq_errno() == EINTR)
				continue;
			return fail("cannot receive");
		}
		goes_on = trial_receive(trial, index, zmq_msg_data(&message));
		zmq_msg_close(&message);
	}
	trial_consumer_is_done(trial, index);
	zmq_close(socket);
	zmq_ctx_term(context);
	return 0;
}

int main(int argument_count, char **arguments)
{
	static const struct peer peer = {.produce = produce, .consume = consume};

	return peer_main(argument_count, arguments, &peer);
}
