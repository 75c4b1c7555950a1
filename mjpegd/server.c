/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "clock.h"
#include "connections.h"
#include "detection_feed.h"
#include "detection_reader.h"
#include "encoder.h"
#include "feed.h"
#include "jpeg_pool.h"
#include "routes.h"
#include "survey.h"
#include "viewers.h"

#include "app/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections beside the viewers': their pages' requests, snapshots, scrapers. */
#define OTHER_CONNECTIONS 32
/* Bytes of a request, its line and header; and of the header of an answer. */
#define CONNECTION_MEMORY_BYTES (16 * 1024)
/* The newest picture, the one that is being encoded, and one that was just replaced. */
#define SPARE_JPEGS 3
/* Longer than any picture takes to encode, any camera daemon to answer, or to time out. */
#define LONGEST_WORK_NS (15 * NANOSECONDS_PER_SECOND)
/* What may wait in the kernel for a client to take it. More would only be older pictures. */
#define UNSENT_LIMIT_BYTES (64 * 1024)

static unsigned connection_limit(const struct options *options)
{
	/* As many streams of pictures, and as many of detections. */
	return options->max_viewers * 2 + OTHER_CONNECTIONS;
}

static void log_http(void *context, const char *format, va_list arguments)
{
	char line[256], quoted[512];

	(void)context;
	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	app_log(APP_LOG_DEBUG, "libmicrohttpd", "detail=%s", app_log_quote(quoted, sizeof(quoted), line));
}

static int get_socket(struct MHD_Connection *http)
{
	const union MHD_ConnectionInfo *information = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD);

	return information != NULL ? information->connect_fd : -1;
}

static void connection_notified(void *context, struct MHD_Connection *http, void **connection,
				enum MHD_ConnectionNotificationCode code)
{
	struct server *server = context;
	int limit_bytes = UNSENT_LIMIT_BYTES, fd;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		connection_remove(server->connections, *connection);
		return;
	}
	fd = get_socket(http);
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &limit_bytes, sizeof(limit_bytes));
	*connection = connection_add(server->connections, fd);
	if (*connection != NULL)
		connection_set_deadline(*connection, clock_now_ns() + server->options->client_timeout_ns);
}

static int start_http(struct server *server)
{
	/* Twice the client's limit: our own deadlines come first, this is for what they do not see. */
	unsigned timeout_s = (unsigned)(server->options->client_timeout_ns * 2 / NANOSECONDS_PER_SECOND) + 1;

	server->http = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
		routes_handle, server, MHD_OPTION_EXTERNAL_LOGGER, log_http, server, MHD_OPTION_LISTEN_SOCKET,
		server->listener.fd, MHD_OPTION_NOTIFY_CONNECTION, connection_notified, server,
		MHD_OPTION_NOTIFY_COMPLETED, routes_completed, server, MHD_OPTION_CONNECTION_LIMIT,
		connection_limit(server->options), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, timeout_s, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	return server->http != NULL ? 0 : -EIO;
}

static int start_parts(struct server *server)
{
	int error;

	server->connections = connections_create(&server->counters);
	server->viewers = viewers_create(server->options->max_viewers);
	server->pool = jpeg_pool_create(connection_limit(server->options) + SPARE_JPEGS);
	server->feed = feed_create();
	server->detection_feed = detection_feed_create(server->options->detections_channel);
	if (server->connections == NULL || server->viewers == NULL || server->pool == NULL || server->feed == NULL ||
	    server->detection_feed == NULL)
		return -ENOMEM;
	error = encoder_start(server->options, server->pool, server->feed, &server->counters, &server->encoder);
	if (error == 0)
		error = detection_reader_start(server->options, server->detection_feed, &server->counters,
					       &server->detection_reader);
	if (error == 0)
		error = survey_start(server, &server->survey);
	return error != 0 ? error : start_http(server);
}

int server_start(struct server *server, const struct options *options, char *why, size_t why_size)
{
	int error;

	memset(server, 0, sizeof(*server));
	server->options = options;
	server->counters.started_time_ns = clock_now_ns();
	server->listener.fd = -1;
	if (options->token_file != NULL) {
		error = token_load(options->token_file, &server->token, why, why_size);
		if (error != 0)
			return error;
		server->has_token = true;
	}
	error = listener_open(options->listen, &server->listener, why, why_size);
	if (error != 0)
		return error;
	error = start_parts(server);
	if (error != 0)
		snprintf(why, why_size, "the server cannot start: %s", strerror(-error));
	return error;
}

int server_get_timer_fd(const struct server *server)
{
	return connections_get_timer_fd(server->connections);
}

void server_sweep(struct server *server)
{
	connections_sweep(server->connections);
	feed_sweep(server->feed);
	detection_feed_sweep(server->detection_feed);
}

static bool makes_progress(const atomic_uint_fast64_t *busy_since_ns)
{
	uint64_t since_ns = counter_get(busy_since_ns), now_ns = clock_now_ns();

	return since_ns == 0 || now_ns < since_ns || now_ns - since_ns < LONGEST_WORK_NS;
}

bool server_is_alive(const struct server *server)
{
	return makes_progress(&server->counters.encoder_busy_since_ns) &&
	       makes_progress(&server->counters.survey_busy_since_ns);
}

void server_stop(struct server *server)
{
	/* Nobody may be waiting when MHD stops: it cannot close a connection that rests. */
	if (server->feed != NULL)
		feed_stop(server->feed);
	if (server->detection_feed != NULL)
		detection_feed_stop(server->detection_feed);
	if (server->survey != NULL)
		survey_stop(server->survey);
	if (server->http != NULL)
		MHD_stop_daemon(server->http);
	else if (server->listener.fd >= 0)
		close(server->listener.fd);
	encoder_stop(server->encoder);
	detection_reader_stop(server->detection_reader);
	survey_destroy(server->survey);
	feed_destroy(server->feed);
	detection_feed_destroy(server->detection_feed);
	jpeg_pool_destroy(server->pool);
	viewers_destroy(server->viewers);
	connections_destroy(server->connections);
}
