/* SPDX-License-Identifier: Apache-2.0 */
/* unixfdsink and unixfdsrc, in GStreamer 1.24 and later: a memfd for each buffer. Its descriptor goes through the
 * socket with every frame, and the source maps it anew each time. */
#include "gstreamer.h"

const struct gstreamer_elements gstreamer_elements = {
	.sink = "unixfdsink",
	.source = "unixfdsrc",
	.source_options = "",
};
