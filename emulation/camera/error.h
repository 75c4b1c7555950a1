/* SPDX-License-Identifier: Apache-2.0 */
/** @file error.h
 * Codes that libcam's functions return the negative of. */
#ifndef EMULATION_CAMERA_ERROR_H
#define EMULATION_CAMERA_ERROR_H

enum emulated_camera_error {
	EMULATED_CAMERA_ERROR = 1,         /**< A wrong handle or pointer, mostly. */
	EMULATED_CAMERA_CONFIG_FAIL = 200, /**< A description in JSON was not understood. */
	EMULATED_CAMERA_INIT_FAIL = 203,   /**< The sensor does not answer. */
	EMULATED_CAMERA_START_FAIL = 205,
	EMULATED_CAMERA_RATE_FAIL = 212,
	EMULATED_CAMERA_INVALID_PARAM = 222,
	EMULATED_CAMERA_NOT_SUPPORTED = 228, /**< By this sensor; here: by this emulation. */
	EMULATED_CAMERA_INVALID_OPERATION = 236,
};

#endif
