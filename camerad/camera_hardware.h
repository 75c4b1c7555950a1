/* SPDX-License-Identifier: Apache-2.0 */
/** @file camera_hardware.h
 * A camera whose hardware sets the pace: its frames are published as they come, and when it is lost, it is tried again
 * and again, with longer and longer pauses. */
#ifndef CAMERAD_CAMERA_HARDWARE_H
#define CAMERAD_CAMERA_HARDWARE_H

#include "source.h"

struct camera;

struct camera_hardware {
	struct source_sink sink;
	bool running;
	uint64_t started_ns;
	uint64_t retry_ns; /**< When to try again; 0: nothing to try. */
	uint64_t pause_ns; /**< Before the next attempt. */
	uint64_t restarts;
};

void camera_hardware_init(struct camera_hardware *hardware);

/** Start it. Logs what fails. @return 0 or a negative errno. */
int camera_hardware_start(struct camera *camera);

int camera_hardware_get_fd(const struct camera *camera);

/** Publish what came. @return 0, also if the camera was lost; a negative errno if the daemon cannot go on. */
int camera_hardware_dispatch(struct camera *camera);

/** Milliseconds until camera_hardware_retry() has something to do; -1: it has not. */
int camera_hardware_get_timeout_ms(const struct camera *camera);

/**
 * Try to get a lost camera back, if it is time. Waits for the vendor's calls, in the daemon's loop: without the camera
 * no channel has a frame to serve, and whether those calls may come from another thread nobody says.
 *
 * @return As camera_hardware_dispatch().
 */
int camera_hardware_retry(struct camera *camera);

#endif
