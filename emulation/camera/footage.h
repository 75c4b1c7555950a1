/* SPDX-License-Identifier: Apache-2.0 */
/** @file footage.h
 * What the emulated sensor sees. */
#ifndef EMULATION_CAMERA_FOOTAGE_H
#define EMULATION_CAMERA_FOOTAGE_H

#include "../vpf/picture.h"

struct footage {
	/** The next picture, valid until the next call. @param number  1 for the first after a start. */
	bool (*next)(struct footage *footage, uint32_t number, struct picture *picture);
	void (*close)(struct footage *footage);
};

/** A drawn scene of that size. @return NULL without memory. */
struct footage *footage_open_synthetic(uint32_t width, uint32_t height);

/** A video, round and round; says on standard error what is wrong with it. @return NULL then. */
struct footage *footage_open_file(const char *path);

#endif
