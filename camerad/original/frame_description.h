/* SPDX-License-Identifier: Apache-2.0 */
/** @file frame_description.h
 * A frame in the words of the original design. */
#ifndef CAMERAD_ORIGINAL_FRAME_DESCRIPTION_H
#define CAMERAD_ORIGINAL_FRAME_DESCRIPTION_H

#include "zero_copy_frame.h"

#include <zcframe/frame.h>

/** What is written behind the semaphores, as one. */
struct frame_description {
	ZeroCopyFrame design;
	struct zero_copy_extension extension;
};

/** Describe a frame that is held until @p lease_until_ns at most. */
void frame_description_init(struct frame_description *description, const struct zcf_frame *frame,
			    uint64_t lease_until_ns);

#endif
