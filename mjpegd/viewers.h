/* SPDX-License-Identifier: Apache-2.0 */
/** @file viewers.h
 * Who is watching a stream now, for the statistics; and not more than so many. */
#ifndef ZCFRAME_MJPEGD_VIEWERS_H
#define ZCFRAME_MJPEGD_VIEWERS_H

#include "counters.h"

#include <stdbool.h>

#include <jansson.h>
#include <sys/socket.h>

struct viewer {
	atomic_uint_fast64_t pictures;
	atomic_uint_fast64_t skipped;
	atomic_uint_fast64_t bytes;
	uint64_t id;
	uint64_t since_ns;
	char address[64];
	bool present;
};

struct viewers;

struct viewers *viewers_create(unsigned limit);
void viewers_destroy(struct viewers *viewers);

/** @return A place that viewers_leave() gives back, or NULL if there are as many viewers as may be. */
struct viewer *viewers_join(struct viewers *viewers, const struct sockaddr *address);

void viewers_leave(struct viewers *viewers, struct viewer *viewer);

/** @return All of them as a JSON array, or NULL. */
json_t *viewers_to_json(struct viewers *viewers);

#endif
