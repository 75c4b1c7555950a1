/* SPDX-License-Identifier: Apache-2.0 */
#include "share_id.h"

#include "../shared/runtime_directory.h"
#include "buffer.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int32_t highest;

/** The highest number outlives the broker in a file, or a number from before a restart would come again. */
static int32_t beyond_highest(void)
{
	char path[256];
	int32_t stored = 0;
	if (emulation_runtime_path(path, sizeof(path), "highest-share-id"))
		return ++highest;
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return ++highest;
	if (pread(file, &stored, sizeof(stored), 0) == sizeof(stored) && stored > highest && stored < INT32_MAX / 2)
		highest = stored;
	highest++;
	if (pwrite(file, &highest, sizeof(highest), 0) != sizeof(highest))
		fprintf(stderr, "zcf-emulated-ion: cannot write %s: share_ids may repeat after a restart\n", path);
	close(file);
	return highest;
}

int32_t share_id_take(bool never_reuse)
{
	if (never_reuse)
		return beyond_highest();
	int32_t share_id = 1;
	while (buffer_by_share_id(share_id))
		share_id++;
	if (share_id > highest)
		highest = share_id;
	return share_id;
}
