/* SPDX-License-Identifier: Apache-2.0 */
/** @file source_watch.h
 * Whether the source brings pictures. When it does not for too long, consumers are told, and it is opened anew, with
 * longer and longer pauses, on a thread of its own, so that consumers are served meanwhile. (A source with hardware
 * finds out by itself, see camera_hardware.h; consumers are told here.)
 */
#ifndef CAMERAD_SOURCE_WATCH_H
#define CAMERAD_SOURCE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct camera;
struct source_opening;

struct source_watch {
	bool silent; /**< As consumers were told. */
	bool broken; /**< Not to be asked for pictures until it has been opened anew. */
	uint64_t last_picture_ns;
	uint64_t retry_ns, pause_ns;
	uint64_t restarts;
	struct source_opening *opening; /**< Under way; or NULL. */
};

void source_watch_init(struct source_watch *watch, uint64_t now_ns);
void source_watch_fini(struct source_watch *watch);

/** A picture came. */
void source_watch_delivered(struct camera *camera, uint64_t now_ns);

/** The source has said itself that it brings none any more. */
void source_watch_broken(struct camera *camera, uint64_t now_ns);

/** Tell consumers of every channel, those too that attach later. Logs it, once each way. */
void source_watch_set_silent(struct camera *camera, bool silent);

/** To be called at least once a second while pictures should come: notices silence, begins to open the source anew. */
void source_watch_look(struct camera *camera, uint64_t now_ns);

/** To be called before each frame: if the source has been opened anew, that one takes the place of the old one. */
void source_watch_take_opened(struct camera *camera, uint64_t now_ns);

#endif
