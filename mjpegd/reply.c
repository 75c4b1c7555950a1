/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include "clock.h"
#include "connections.h"
#include "server.h"

#include <string.h>

#define RETRY_AFTER_SECONDS "2"

struct MHD_Response *reply_prepare(struct MHD_Response *response, const char *content_type)
{
	if (response == NULL)
		return NULL;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	/* The address may hold the token. */
	MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
	return response;
}

enum MHD_Result reply_send(struct request *request, unsigned status, struct MHD_Response *response, uint64_t size_bytes)
{
	struct server *server = request->server;
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	/* Until then the client must have read it. */
	connection_set_deadline(request->connection, clock_now_ns() + server->options->client_timeout_ns);
	counter_add(&server->counters.bytes_sent, size_bytes);
	result = MHD_queue_response(request->http, status, response);
	MHD_destroy_response(response);
	return result;
}

static struct MHD_Response *make_text(const char *text, enum MHD_ResponseMemoryMode mode)
{
	/* MHD takes what it does not write as writable. */
	return reply_prepare(MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, mode),
			     REPLY_TYPE_TEXT);
}

enum MHD_Result reply_text(struct request *request, unsigned status, const char *text)
{
	return reply_send(request, status, make_text(text, MHD_RESPMEM_PERSISTENT), strlen(text));
}

enum MHD_Result reply_refusal(struct request *request, unsigned status, const char *text)
{
	counter_add(&request->server->counters.refused_requests, 1);
	return reply_text(request, status, text);
}

enum MHD_Result reply_unavailable(struct request *request, const char *text)
{
	struct MHD_Response *response = make_text(text, MHD_RESPMEM_MUST_COPY);

	counter_add(&request->server->counters.refused_requests, 1);
	if (response != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_AFTER_SECONDS);
	return reply_send(request, MHD_HTTP_SERVICE_UNAVAILABLE, response, strlen(text));
}

enum MHD_Result reply_unauthorized(struct request *request)
{
	static const char text[] = "This server wants its token: as ?token=TOKEN behind the address, or as the header "
				   "Authorization: Bearer TOKEN.\n";
	struct MHD_Response *response = make_text(text, MHD_RESPMEM_PERSISTENT);

	counter_add(&request->server->counters.refused_requests, 1);
	if (response != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"zcframe\"");
	return reply_send(request, MHD_HTTP_UNAUTHORIZED, response, strlen(text));
}

enum MHD_Result reply_method_not_allowed(struct request *request)
{
	static const char text[] = "Only GET and HEAD are possible here.\n";
	struct MHD_Response *response = make_text(text, MHD_RESPMEM_PERSISTENT);

	if (response != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return reply_send(request, MHD_HTTP_METHOD_NOT_ALLOWED, response, strlen(text));
}
