/* SPDX-License-Identifier: Apache-2.0 */
/** @file shared_object.h
 * The POSIX shared memory object of one channel: making it, taking over what a dead daemon left, keeping it whole. */
#ifndef CAMERAD_ORIGINAL_SHARED_OBJECT_H
#define CAMERAD_ORIGINAL_SHARED_OBJECT_H

#include "zero_copy_frame.h"

#include <stdbool.h>
#include <sys/types.h>

/** Who may open it. */
struct shared_object_access {
	mode_t mode;
	uid_t owner; /**< (uid_t)-1: leave. */
	gid_t group; /**< (gid_t)-1: leave. */
};

struct shared_object {
	char path[128];
	int fd;                          /**< Locked as long as the object is ours. */
	struct zero_copy_memory *memory; /**< Touch it under a bus_guard only. */
};

/**
 * Make the object, or take over one that has no daemon any more. Consumers that have that one open keep it.
 *
 * It gets its name when it is complete, and its permissions before its name.
 *
 * @param name  Without the slash, as the channel's.
 * @return 0, or with a sentence in @p why: -EADDRINUSE another process serves it; -EPERM it belongs to somebody else,
 *         or is no such object; or what the system said.
 */
int shared_object_open(struct shared_object *object, const char *name, const struct shared_object_access *access,
		       char *why, size_t why_size);

/** Remove the name, if it still is this object's, say so in the object, and close. */
void shared_object_close(struct shared_object *object);

/** Make it what it was after a consumer has cut it off or overwritten it. @return 0 or -errno. */
int shared_object_repair(struct shared_object *object);

/** @return Whether the name still leads to it. */
bool shared_object_has_name(const struct shared_object *object);

#endif
