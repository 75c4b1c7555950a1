/* SPDX-License-Identifier: Apache-2.0 */
/** @file offer.h
 * One frame's way through the shared memory: described, offered, taken, given back, or not. */
#ifndef CAMERAD_ORIGINAL_OFFER_H
#define CAMERAD_ORIGINAL_OFFER_H

#include "frame_description.h"

#include <stdatomic.h>
#include <stdbool.h>

enum offer_outcome {
	OFFER_UNTAKEN,  /**< Nobody took it; nobody can any more. */
	OFFER_RETURNED, /**< Somebody took it and gave it back. */
	OFFER_OVERDUE,  /**< Somebody took it and did not give it back in time. */
};

struct offer {
	const atomic_bool *stopping; /**< When it becomes true the offer ends. */
	struct frame_description description;
	uint64_t until_ns;       /**< Who has not taken the frame by then does not get it. */
	uint64_t lease_until_ns; /**< Who has taken it has it until then. */
	enum offer_outcome outcome;
	/**
	 * Somebody who was overdue has not posted yet. His post, if it comes, is not about the frame that is there
	 * then. A program that does as the design says posts before it asks for the next frame.
	 */
	bool owed;
};

/** Describe, offer, and wait for what becomes of it. To be called under a bus_guard. Sets the outcome. */
void offer_make(struct offer *offer, struct zero_copy_memory *memory);

#endif
