/* SPDX-License-Identifier: Apache-2.0 */
/* /snapshot.jpg: the newest frame as one picture. */
#include "clock.h"
#include "connections.h"
#include "counters.h"
#include "first_picture.h"
#include "jpeg_header.h"
#include "reply.h"
#include "routes.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that MHD asks for at a time. A client has its time limit for each. */
#define BLOCK_BYTES (64 * 1024)

struct snapshot {
	struct request *request; /* Gone when the snapshot is destroyed: MHD lets go of the request first. */
	struct jpeg *jpeg;
};

/* MHD_ContentReaderCallback. */
static ssize_t read_jpeg(void *context, uint64_t position, char *buffer, size_t size)
{
	const struct snapshot *snapshot = context;
	const struct server *server = snapshot->request->server;
	size_t left = snapshot->jpeg->size_bytes - (size_t)position;
	size_t copied = left < size ? left : size;

	memcpy(buffer, snapshot->jpeg->data + position, copied);
	/* Until then it must have read this: MHD calls again when it has. */
	connection_set_deadline(snapshot->request->connection, clock_now_ns() + server->options->client_timeout_ns);
	return (ssize_t)copied;
}

static void snapshot_destroy(void *context)
{
	struct snapshot *snapshot = context;

	jpeg_unref(snapshot->jpeg);
	free(snapshot);
}

static enum MHD_Result send_jpeg(struct request *request, struct jpeg *jpeg)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	char value[JPEG_HEADER_VALUE_SIZE];
	struct MHD_Response *response;

	if (snapshot == NULL) {
		jpeg_unref(jpeg);
		return MHD_NO;
	}
	*snapshot = (struct snapshot){request, jpeg};
	response =
		MHD_create_response_from_callback(jpeg->size_bytes, BLOCK_BYTES, read_jpeg, snapshot, snapshot_destroy);
	if (response == NULL) {
		snapshot_destroy(snapshot);
		return MHD_NO;
	}
	reply_prepare(response, "image/jpeg");
	MHD_add_response_header(response, "X-Timestamp", jpeg_header_timestamp(jpeg, value));
	MHD_add_response_header(response, "X-Sequence", jpeg_header_sequence(jpeg, value));
	MHD_add_response_header(response, "X-Frame-Number", jpeg_header_frame_number(jpeg, value));
	counter_add(&request->server->counters.pictures_sent, 1);
	return reply_send(request, MHD_HTTP_OK, response, jpeg->size_bytes);
}

enum MHD_Result snapshot_handle(struct request *request)
{
	enum MHD_Result result;
	struct jpeg *jpeg;

	return first_picture_take(request, &jpeg, &result) ? send_jpeg(request, jpeg) : result;
}
