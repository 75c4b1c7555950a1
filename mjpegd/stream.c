/* SPDX-License-Identifier: Apache-2.0 */
/* /stream.mjpg: pictures for as long as the client stays, as multipart/x-mixed-replace.
 *
 * The boundary that ends a part is sent with the part, not before the next one: a browser shows a picture
 * when it sees the boundary, and would otherwise always be one picture late. */
#include "clock.h"
#include "connections.h"
#include "feed.h"
#include "first_picture.h"
#include "jpeg_header.h"
#include "reply.h"
#include "routes.h"
#include "server.h"
#include "viewers.h"

#include <stdlib.h>
#include <string.h>

#define BOUNDARY "zcframe-picture"
/* Bytes that MHD asks for at a time. A client has its time limit for each. */
#define BLOCK_BYTES (64 * 1024)

static const char part_end[] = "\r\n--" BOUNDARY "\r\n";

struct stream {
	struct request *request; /* Gone when the stream is destroyed: MHD lets go of the request first. */
	struct server *server;
	struct viewer *viewer;
	struct jpeg *jpeg; /* That is being sent; NULL between two. */
	size_t sent_bytes; /* Of the part, from its header to the boundary behind it. */
	size_t header_bytes;
	char header[256];
	bool is_first_part;
	uint64_t last_wanted_index;
};

static void begin_part(struct stream *stream, struct jpeg *jpeg)
{
	char timestamp[JPEG_HEADER_VALUE_SIZE], sequence[JPEG_HEADER_VALUE_SIZE];
	char frame_number[JPEG_HEADER_VALUE_SIZE];

	stream->jpeg = jpeg;
	stream->sent_bytes = 0;
	stream->header_bytes = (size_t)snprintf(
		stream->header, sizeof(stream->header),
		"%sContent-Type: image/jpeg\r\nContent-Length: %zu\r\nX-Timestamp: %s\r\nX-Sequence: %s\r\n"
		"X-Frame-Number: %s\r\n\r\n",
		stream->is_first_part ? "--" BOUNDARY "\r\n" : "", jpeg->size_bytes,
		jpeg_header_timestamp(jpeg, timestamp), jpeg_header_sequence(jpeg, sequence),
		jpeg_header_frame_number(jpeg, frame_number));
	stream->is_first_part = false;
	if (stream->last_wanted_index != 0 && jpeg->wanted_index > stream->last_wanted_index) {
		uint64_t skipped = jpeg->wanted_index - stream->last_wanted_index - 1;

		counter_add(&stream->viewer->skipped, skipped);
		counter_add(&stream->server->counters.pictures_skipped, skipped);
	}
	stream->last_wanted_index = jpeg->wanted_index;
}

static void end_part(struct stream *stream)
{
	jpeg_unref(stream->jpeg);
	stream->jpeg = NULL;
	counter_add(&stream->viewer->pictures, 1);
	counter_add(&stream->server->counters.pictures_sent, 1);
}

/* Copies what follows @p sent_bytes of a section that starts at @p start. Returns how much that was. */
static size_t copy_section(char *buffer, size_t room, const void *section, size_t section_bytes, size_t offset)
{
	size_t size = section_bytes - offset < room ? section_bytes - offset : room;

	memcpy(buffer, (const char *)section + offset, size);
	return size;
}

/* Fill @p buffer with the part's next bytes. */
static size_t copy_part(struct stream *stream, char *buffer, size_t size)
{
	const struct {
		const void *data;
		size_t size;
	} sections[] = {
		{stream->header, stream->header_bytes},
		{stream->jpeg->data, stream->jpeg->size_bytes},
		{part_end, sizeof(part_end) - 1},
	};
	size_t copied = 0, start = 0;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]) && copied < size; i++) {
		size_t end = start + sections[i].size;

		if (stream->sent_bytes < end) {
			size_t amount = copy_section(buffer + copied, size - copied, sections[i].data, sections[i].size,
						     stream->sent_bytes - start);

			copied += amount;
			stream->sent_bytes += amount;
		}
		start = end;
	}
	if (stream->sent_bytes == start)
		end_part(stream);
	return copied;
}

/* MHD_ContentReaderCallback. */
static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t size)
{
	struct stream *stream = context;
	struct server *server = stream->server;
	size_t copied;

	(void)position;
	if (stream->jpeg == NULL) {
		struct jpeg *jpeg;

		switch (feed_take(server->feed, stream->request, &jpeg)) {
		case FEED_TAKEN:
			begin_part(stream, jpeg);
			break;
		case FEED_WAITING:
			return 0;
		case FEED_EXPIRED:
		case FEED_STOPPING:
			return MHD_CONTENT_READER_END_OF_STREAM;
		}
	}
	copied = copy_part(stream, buffer, size);
	/* Until then it must have read this: MHD calls again when it has. */
	connection_set_deadline(stream->request->connection, clock_now_ns() + server->options->client_timeout_ns);
	counter_add(&stream->viewer->bytes, copied);
	counter_add(&server->counters.bytes_sent, copied);
	return (ssize_t)copied;
}

static void stream_destroy(void *context)
{
	struct stream *stream = context;

	jpeg_unref(stream->jpeg);
	viewers_leave(stream->server->viewers, stream->viewer);
	counter_subtract(&stream->server->counters.viewers, 1);
	free(stream);
}

static struct stream *stream_create(struct request *request)
{
	const union MHD_ConnectionInfo *information =
		MHD_get_connection_info(request->http, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct server *server = request->server;
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return NULL;
	stream->viewer = viewers_join(server->viewers, information != NULL ? information->client_addr : NULL);
	if (stream->viewer == NULL) {
		free(stream);
		return NULL;
	}
	stream->request = request;
	stream->server = server;
	stream->is_first_part = true;
	counter_add(&server->counters.viewers, 1);
	counter_add(&server->counters.viewers_total, 1);
	return stream;
}

static enum MHD_Result send_stream(struct request *request, struct stream *stream)
{
	struct MHD_Response *response =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, stream, stream_destroy);

	if (response == NULL) {
		stream_destroy(stream);
		return MHD_NO;
	}
	reply_prepare(response, "multipart/x-mixed-replace; boundary=" BOUNDARY);
	/* A proxy that collects the answer first would wait for ever. */
	MHD_add_response_header(response, "X-Accel-Buffering", "no");
	/* Chunks inside of parts are more than simple MJPEG clients understand. */
	MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return reply_send(request, MHD_HTTP_OK, response, 0);
}

enum MHD_Result stream_handle(struct request *request)
{
	enum MHD_Result result;
	struct stream *stream;
	struct jpeg *jpeg;

	if (!first_picture_take(request, &jpeg, &result))
		return result;
	stream = stream_create(request);
	if (stream == NULL) {
		jpeg_unref(jpeg);
		return reply_unavailable(request, "This server has as many viewers as it takes (max_viewers).\n");
	}
	begin_part(stream, jpeg);
	return send_stream(request, stream);
}
