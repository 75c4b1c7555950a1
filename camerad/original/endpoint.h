/* SPDX-License-Identifier: Apache-2.0 */
/** @file endpoint.h
 * The original design's endpoint of one channel: `/CHANNEL` in POSIX shared memory, with a semaphore for "there is a
 * frame" and one for "I am done with it".
 *
 * It is an ordinary consumer of the channel in a thread of its own, with a lease and a deadline, and passes the frame
 * on. It holds a frame as long as somebody may take it and until that one gives it back; what nobody takes is let
 * go before the camera needs a buffer for the next one. docs/original-endpoint.md argues why nothing that happens in
 * the shared memory concerns anybody else. */
#ifndef CAMERAD_ORIGINAL_ENDPOINT_H
#define CAMERAD_ORIGINAL_ENDPOINT_H

#include "shared_object.h"

struct endpoint;

/**
 * Make the object and begin to serve it.
 *
 * Where it is not required, an object that cannot be had is logged and tried for again every second.
 *
 * @param channel  Its producer is in this process and must be dispatched while the endpoint lives; closing it first
 *                 is fine.
 * @param runtime_directory  NULL: see zcf_runtime_directory().
 * @param ret_endpoint  Close with endpoint_close().
 * @return 0, or a negative errno with a sentence in @p why; see shared_object_open().
 */
int endpoint_open(const char *channel, const char *runtime_directory, const struct shared_object_access *access,
		  bool required, struct endpoint **ret_endpoint, char *why, size_t why_size);

/** Stop serving and remove the object. NULL is no endpoint. */
void endpoint_close(struct endpoint *endpoint);

#endif
