/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

#include "clock.h"
#include "connections.h"
#include "host_check.h"
#include "reply.h"
#include "server.h"

#include "app/log.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct route routes[] = {
	{"/", page_handle},
	{"/stream.mjpg", stream_handle},
	{"/snapshot.jpg", snapshot_handle},
	{"/api/detections", detections_handle},
	{"/api/detections/stream", detection_stream_handle},
	{"/api/stats", stats_handle},
	{"/metrics", metrics_handle},
	{"/healthz", health_handle},
};

static const struct route *find_route(const char *path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	}
	return NULL;
}

static struct request *request_create(struct server *server, struct MHD_Connection *http)
{
	struct request *request = calloc(1, sizeof(*request));
	const union MHD_ConnectionInfo *information;

	if (request == NULL)
		return NULL;
	information = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	request->server = server;
	request->http = http;
	request->connection = information != NULL ? information->socket_context : NULL;
	if (request->connection == NULL) {
		free(request);
		return NULL;
	}
	return request;
}

static bool token_is_right(const struct server *server, struct MHD_Connection *http)
{
	static const char scheme[] = "Bearer ";
	const char *header = MHD_lookup_connection_value(http, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	const char *argument = MHD_lookup_connection_value(http, MHD_GET_ARGUMENT_KIND, "token");

	if (header != NULL && strncasecmp(header, scheme, strlen(scheme)) == 0)
		return token_matches(&server->token, header + strlen(scheme));
	return argument != NULL && token_matches(&server->token, argument);
}

static bool has_body(struct MHD_Connection *http)
{
	const char *length = MHD_lookup_connection_value(http, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return (length != NULL && strcmp(length, "0") != 0) ||
	       MHD_lookup_connection_value(http, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

/* Who may not come in. @return Whether the request was answered. */
static bool turn_away(struct request *request, enum MHD_Result *ret_result)
{
	const struct server *server = request->server;
	const char *host = MHD_lookup_connection_value(request->http, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

	if (server->has_token && !token_is_right(server, request->http)) {
		*ret_result = reply_unauthorized(request);
		return true;
	}
	if (!server->has_token && !host_is_ours(host, server->options->allowed_hosts)) {
		*ret_result = reply_refusal(request, MHD_HTTP_MISDIRECTED_REQUEST,
					    "This server is not known by that name. If the name is right, add it to "
					    "allowed_hosts in the [mjpegd] section of its configuration, or give the "
					    "server a token.\n");
		return true;
	}
	return false;
}

static enum MHD_Result begin(struct request *request, const char *path, const char *method)
{
	enum MHD_Result result;

	counter_add(&request->server->counters.requests, 1);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return reply_method_not_allowed(request);
	if (has_body(request->http))
		return reply_refusal(request, MHD_HTTP_CONTENT_TOO_LARGE, "Nothing here takes a request body.\n");
	if (turn_away(request, &result))
		return result;
	request->route = find_route(path);
	if (request->route == NULL)
		return reply_text(request, MHD_HTTP_NOT_FOUND,
				  "There is nothing here. There is: /, /stream.mjpg, /snapshot.jpg, /api/detections, "
				  "/api/detections/stream, /api/stats, /metrics and /healthz.\n");
	return MHD_YES;
}

enum MHD_Result routes_handle(void *context, struct MHD_Connection *http, const char *path, const char *method,
			      const char *version, const char *upload_data, size_t *upload_data_size,
			      void **request_pointer)
{
	struct request *request = *request_pointer;

	(void)version;
	(void)upload_data;
	(void)upload_data_size;
	if (request != NULL)
		return request->route != NULL ? request->route->handle(request) : MHD_NO;
	request = request_create(context, http);
	if (request == NULL)
		return MHD_NO;
	*request_pointer = request;
	/* MHD calls again, with the request, unless it was answered. */
	return begin(request, path, method);
}

void routes_completed(void *context, struct MHD_Connection *http, void **request_pointer,
		      enum MHD_RequestTerminationCode code)
{
	struct server *server = context;
	struct request *request = *request_pointer;

	(void)http;
	(void)code;
	if (request == NULL)
		return;
	/* Until then the next request must have come. */
	connection_rest(request->connection, clock_now_ns() + server->options->client_timeout_ns);
	*request_pointer = NULL;
	free(request);
}
