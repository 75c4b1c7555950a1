/* SPDX-License-Identifier: Apache-2.0 */
/** @file server.h
 * What the parts of the server share, and its start and stop. */
#ifndef ZCFRAME_MJPEGD_SERVER_H
#define ZCFRAME_MJPEGD_SERVER_H

#include "counters.h"
#include "listener.h"
#include "options.h"
#include "token.h"

#include <microhttpd.h>

struct connections;
struct detection_feed;
struct detection_reader;
struct encoder;
struct feed;
struct jpeg_pool;
struct survey;
struct viewers;

struct server {
	const struct options *options;
	struct counters counters;
	bool has_token;
	struct token token;
	struct listener listener;
	struct connections *connections;
	struct viewers *viewers;
	struct jpeg_pool *pool;
	struct feed *feed;
	struct encoder *encoder;
	struct detection_feed *detection_feed;
	struct detection_reader *detection_reader; /* NULL: no channel of detections is configured. */
	struct survey *survey;
	struct MHD_Daemon *http;
};

/**
 * Listen and serve, in threads of its own.
 *
 * @param options  Borrowed until server_stop().
 * @param why      Receives a sentence if it fails.
 * @return 0 or a negative errno; the caller calls server_stop() in both cases.
 */
int server_start(struct server *server, const struct options *options, char *why, size_t why_size);

/** A descriptor that is readable when server_sweep() has something to do. */
int server_get_timer_fd(const struct server *server);

/** @return Whether the threads behind the server make progress: none has been busy with one thing for too long. */
bool server_is_alive(const struct server *server);

/** Close what has waited too long. */
void server_sweep(struct server *server);

/** End every stream and thread, and free what server_start() made. */
void server_stop(struct server *server);

#endif
