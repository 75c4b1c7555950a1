/* SPDX-License-Identifier: Apache-2.0 */
/* /snapshot.jpg: the newest frame as one picture. */
#include "counters.h"
#include "first_picture.h"
#include "jpeg_header.h"
#include "reply.h"
#include "routes.h"
#include "server.h"

static void let_go(void *context)
{
	jpeg_unref(context);
}

static enum MHD_Result send_jpeg(struct request *request, struct jpeg *jpeg)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer_with_free_callback_cls(jpeg->size_bytes, jpeg->data, let_go, jpeg);
	char value[JPEG_HEADER_VALUE_SIZE];

	if (response == NULL) {
		jpeg_unref(jpeg);
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
