/* SPDX-License-Identifier: Apache-2.0 */
/* /api/detections: the newest result. /api/detections/stream: each one as it comes, as server-sent events. */
#include "clock.h"
#include "connections.h"
#include "detection_feed.h"
#include "reply.h"
#include "routes.h"
#include "server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that MHD asks for at a time. A client has its time limit for each. */
#define BLOCK_BYTES (16 * 1024)

/* How long a browser waits before it connects again. */
static const char preamble[] = "retry: 1000\n\n";

struct detection_stream {
	struct request *request; /* Gone when the stream is destroyed: MHD lets go of the request first. */
	struct server *server;
	struct detection_position position;
	struct detection_message *message; /* That is being sent; NULL between two. */
	size_t sent_bytes;                 /* Of the message. */
	bool has_sent_preamble;
};

static size_t copy_message(struct detection_stream *stream, char *buffer, size_t size)
{
	const struct detection_message *message = stream->message;
	size_t left = message->size_bytes - stream->sent_bytes;
	size_t copied = left < size ? left : size;

	memcpy(buffer, message->text + stream->sent_bytes, copied);
	stream->sent_bytes += copied;
	if (copied == left) {
		detection_message_unref(stream->message);
		stream->message = NULL;
		counter_add(&stream->server->counters.detection_events_sent, 1);
	}
	return copied;
}

static enum detection_answer take_message(struct detection_stream *stream)
{
	uint64_t skipped;
	enum detection_answer answer = detection_feed_next(stream->server->detection_feed, stream->request,
							   &stream->position, &stream->message, &skipped);

	stream->sent_bytes = 0;
	counter_add(&stream->server->counters.detection_events_skipped, skipped);
	return answer;
}

/* MHD_ContentReaderCallback. */
static ssize_t read_events(void *context, uint64_t position, char *buffer, size_t size)
{
	struct detection_stream *stream = context;
	struct server *server = stream->server;
	enum detection_answer answer = DETECTION_TAKEN;
	size_t copied;

	(void)position;
	if (!stream->has_sent_preamble && size >= sizeof(preamble) - 1) {
		stream->has_sent_preamble = true;
		memcpy(buffer, preamble, sizeof(preamble) - 1);
		return sizeof(preamble) - 1;
	}
	if (stream->message == NULL)
		answer = take_message(stream);
	if (answer == DETECTION_WAITING)
		return 0;
	if (answer == DETECTION_STOPPING)
		return MHD_CONTENT_READER_END_OF_STREAM;
	copied = copy_message(stream, buffer, size);
	/* Until then it must have read this: MHD calls again when it has. */
	connection_set_deadline(stream->request->connection, clock_now_ns() + server->options->client_timeout_ns);
	counter_add(&server->counters.bytes_sent, copied);
	return (ssize_t)copied;
}

static void stream_destroy(void *context)
{
	struct detection_stream *stream = context;

	detection_message_unref(stream->message);
	counter_subtract(&stream->server->counters.detection_listeners, 1);
	free(stream);
}

static struct detection_stream *stream_create(struct request *request)
{
	struct detection_stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return NULL;
	stream->request = request;
	stream->server = request->server;
	counter_add(&request->server->counters.detection_listeners, 1);
	return stream;
}

enum MHD_Result detection_stream_handle(struct request *request)
{
	struct server *server = request->server;
	struct detection_stream *stream;
	struct MHD_Response *response;

	/* Streams begin in this thread alone. */
	if (counter_get(&server->counters.detection_listeners) >= server->options->max_viewers)
		return reply_unavailable(request, "This server has as many listeners as it takes (max_viewers).\n");
	stream = stream_create(request);
	if (stream == NULL)
		return MHD_NO;
	response =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_events, stream, stream_destroy);
	if (response == NULL) {
		stream_destroy(stream);
		return MHD_NO;
	}
	reply_prepare(response, "text/event-stream; charset=utf-8");
	/* A proxy that collects the answer first would wait for ever. */
	MHD_add_response_header(response, "X-Accel-Buffering", "no");
	return reply_send(request, MHD_HTTP_OK, response, 0);
}

static char *make_answer(const struct detection_message *state, const struct detection_message *result)
{
	char *text = NULL;
	int length;

	if (result == NULL)
		length = asprintf(&text, "{\"detector\":%.*s,\"age_ns\":null,\"detections\":null}",
				  (int)state->json_bytes, state->text + state->json_offset);
	else
		length = asprintf(&text, "{\"detector\":%.*s,\"age_ns\":%" PRIu64 ",\"detections\":%.*s}",
				  (int)state->json_bytes, state->text + state->json_offset,
				  clock_now_ns() - result->publish_time_ns, (int)result->json_bytes,
				  result->text + result->json_offset);
	return length < 0 ? NULL : text;
}

enum MHD_Result detections_handle(struct request *request)
{
	struct detection_message *state, *result;
	struct MHD_Response *response = NULL;
	size_t size_bytes;
	char *text;

	switch (detection_feed_now(request->server->detection_feed, request, &state, &result)) {
	case DETECTION_TAKEN:
		break;
	case DETECTION_WAITING:
		return MHD_YES;
	case DETECTION_STOPPING:
		return MHD_NO;
	}
	text = make_answer(state, result);
	detection_message_unref(state);
	detection_message_unref(result);
	size_bytes = text != NULL ? strlen(text) : 0;
	if (text != NULL)
		response = MHD_create_response_from_buffer(size_bytes, text, MHD_RESPMEM_MUST_FREE);
	return reply_send(request, MHD_HTTP_OK, reply_prepare(response, "application/json"), size_bytes);
}
