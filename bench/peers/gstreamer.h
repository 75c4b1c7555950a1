/* SPDX-License-Identifier: Apache-2.0 */
/** @file gstreamer.h
 * GStreamer has several pairs of elements that bring frames to another process. A program for each pair: gstreamer.c,
 * and a file that says which elements they are. */
#ifndef ZCF_BENCH_PEERS_GSTREAMER_H
#define ZCF_BENCH_PEERS_GSTREAMER_H

#include <gst/gst.h>
#include <stdint.h>

struct gstreamer_elements {
	const char *sink;
	const char *source;
	const char *source_options;
	/** What the sink is to have set besides its socket. NULL: nothing. */
	void (*set_up_sink)(GstElement *sink, uint64_t memory_bytes);
	/** What POSIX shared memory of this process will be called. NULL: there is none. */
	void (*name_memory)(char *name, size_t size);
};

/** Of this program. */
extern const struct gstreamer_elements gstreamer_elements;

#endif
