/* SPDX-License-Identifier: Apache-2.0 */
/** @file output_channel.h
 * One output of the scaler and the channel that its frames are published on: frames come, and go back in time for the
 * ring never to run dry. docs/rdk-x5.md explains the policy. */
#ifndef CAMERAD_VIO_OUTPUT_CHANNEL_H
#define CAMERAD_VIO_OUTPUT_CHANNEL_H

#include "../../source.h"
#include "numbering.h"
#include "pace.h"
#include "ring.h"

struct vio_output_channel {
	struct channel *channel;
	size_t index; /**< Of the channel, for the sink. */
	const struct source_sink *sink;
	const struct vio_library *library;
	int fd; /**< The vendor's: readable while a frame waits. -1: none. */
	struct vio_ring ring;
	struct vio_numbering numbering;
	struct vio_pace pace;
	uint64_t margin_ns;
	uint64_t wake_ns; /**< When to call vio_output_channel_look(); UINT64_MAX: a frame must come first. */
	bool loss_noted;  /**< For the frame that is due. */
};

/** Take the frame that waits and publish it; give back what nobody holds. @return 0, or -EPIPE: start anew. */
int vio_output_channel_frame(struct vio_output_channel *output);

/** The moment wake_ns has come: see that the ring has room for the frame that is due. */
void vio_output_channel_look(struct vio_output_channel *output, uint64_t now_ns);

/** @return Whether the ring has no room for another frame, so that none can come. */
bool vio_output_channel_is_starved(const struct vio_output_channel *output);

#endif
