/* SPDX-License-Identifier: Apache-2.0 */
/* shmsink and shmsrc: one piece of shared memory, which the source maps once. */
#include "gstreamer.h"

#include <stdio.h>
#include <unistd.h>

static void set_up_sink(GstElement *sink, uint64_t memory_bytes)
{
	g_object_set(sink, "shm-size", (guint)memory_bytes, "wait-for-connection", FALSE, NULL);
}

/* As shmsink names it. */
static void name_memory(char *name, size_t size)
{
	snprintf(name, size, "/shmpipe.%5d.%5d", (int)getpid(), 0);
}

const struct gstreamer_elements gstreamer_elements = {
	.sink = "shmsink",
	.source = "shmsrc",
	.source_options = "is-live=true",
	.set_up_sink = set_up_sink,
	.name_memory = name_memory,
};
