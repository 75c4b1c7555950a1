/* SPDX-License-Identifier: Apache-2.0 */
/* shmsink and shmsrc: one piece of shared memory, which the source maps once. */
#include "gstreamer.h"

static void set_up_sink(GstElement *sink, uint64_t memory_bytes)
{
	g_object_set(sink, "shm-size", (guint)memory_bytes, "wait-for-connection", FALSE, NULL);
}

const struct gstreamer_elements gstreamer_elements = {
	.sink = "shmsink",
	.source = "shmsrc",
	.source_options = "is-live=true",
	.set_up_sink = set_up_sink,
};
