/* SPDX-License-Identifier: Apache-2.0 */
#include "first_picture.h"

#include "clock.h"
#include "feed.h"
#include "reply.h"
#include "server.h"

#include <stdio.h>

static enum MHD_Result answer_expired(struct request *request)
{
	const struct server *server = request->server;
	char trouble[256], text[512];

	feed_get_trouble(server->feed, trouble, sizeof(trouble));
	snprintf(text, sizeof(text), "No picture of channel %s within %.1f s: %s.\n", server->options->channel,
		 (double)server->options->picture_timeout_ns / 1e9,
		 trouble[0] != '\0' ? trouble : "the camera sends none");
	return reply_unavailable(request, text);
}

bool first_picture_take(struct request *request, struct jpeg **ret_jpeg, enum MHD_Result *ret_result)
{
	const struct server *server = request->server;

	if (request->wait_deadline_ns == 0)
		request->wait_deadline_ns = clock_now_ns() + server->options->picture_timeout_ns;
	switch (feed_take(server->feed, request, ret_jpeg)) {
	case FEED_TAKEN:
		request->wait_deadline_ns = 0;
		request->expired = false;
		return true;
	case FEED_WAITING:
		*ret_result = MHD_YES;
		return false;
	case FEED_EXPIRED:
		*ret_result = answer_expired(request);
		return false;
	case FEED_STOPPING:
		break;
	}
	*ret_result = MHD_NO;
	return false;
}
