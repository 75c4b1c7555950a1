/* SPDX-License-Identifier: Apache-2.0 */
/** @file camera_reload.h
 * Changing a camera's settings while it runs. */
#ifndef CAMERAD_CAMERA_RELOAD_H
#define CAMERAD_CAMERA_RELOAD_H

#include "camera.h"

/**
 * Put new settings in force. What they do not change goes on undisturbed: channels keep their consumers, the
 * source its place. Everything that can fail is tried before anything is given up, so after a failure the old
 * settings are in force as if nothing had been asked.
 *
 * @param settings  Taken over (and emptied) on success.
 * @return 0; a negative errno after which the camera runs on unchanged; -ENOTRECOVERABLE if it does not run any
 *         more (a channel that had to be closed first could not be opened again). Logs what fails.
 */
int camera_reload(struct camera *camera, struct settings *settings);

#endif
