/* SPDX-License-Identifier: Apache-2.0 */
/* Built where libav is not installed. */
#include "footage.h"

#include <stdio.h>

struct footage *footage_open_file(const char *path)
{
	fprintf(stderr,
		"emulation: built without libavformat, so it cannot show %s; use ZCF_EMULATION_CAMERA=synthetic\n",
		path);
	return NULL;
}
