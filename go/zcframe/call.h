/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One crossing from Go to C for each step of a frame's life, and no more: a crossing costs more than the step. Each
 * function that fails also brings the sentence that belongs to it, since the thread may be another one afterwards;
 * the caller frees it.
 */
#ifndef ZCF_GO_CALL_H
#define ZCF_GO_CALL_H

#include <zcframe/zcframe.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* All that Go wants to know of a frame. Pointers are borrowed from it. */
struct acquired {
	struct zcf_frame *frame;
	const struct zcf_frame_info *info;
	const void *planes[ZCF_MAX_PLANES];
	char *detail;
};

/* That there is no frame is no failure, and happens often: no sentence. */
static inline int with_detail(int error, char **ret_detail)
{
	if (error < 0 && error != -EAGAIN && error != -EINTR)
		*ret_detail = strdup(zcf_error_detail());
	return error;
}

static inline int acquire(struct zcf_consumer *consumer, bool in_order, int64_t timeout_ns, struct acquired *ret)
{
	int error = in_order ? zcf_consumer_acquire_next(consumer, timeout_ns, &ret->frame)
			     : zcf_consumer_acquire(consumer, timeout_ns, &ret->frame);

	if (error < 0)
		return with_detail(error, &ret->detail);
	ret->info = zcf_frame_get_info(ret->frame);
	for (uint32_t i = 0; i < ZCF_MAX_PLANES; i++)
		ret->planes[i] = zcf_frame_get_plane(ret->frame, i);
	return 0;
}

/*
 * Go's cache of what it built does not notice a new header. What was built for another one is refused before it can do
 * harm.
 */
static inline int check_header(uint32_t struct_size, size_t expected_size, char **ret_detail)
{
	if (struct_size == expected_size)
		return 0;
	*ret_detail =
		strdup("this program was built with the headers of another version of libzcframe than it runs with; "
		       "build it again with `go build -a`");
	return -EPROTONOSUPPORT;
}

static inline int open_consumer(const char *channel, const struct zcf_consumer_options *options,
				struct zcf_consumer **ret_consumer, char **ret_detail)
{
	int error = check_header(options->struct_size, sizeof(*options), ret_detail);

	if (error < 0)
		return error;
	return with_detail(zcf_consumer_open(channel, options, 0, ret_consumer), ret_detail);
}

static inline int get_fd(struct zcf_consumer *consumer, char **ret_detail)
{
	return with_detail(zcf_consumer_get_fd(consumer), ret_detail);
}

static inline int get_handle(const struct zcf_frame *frame, const void **ret_handle, size_t *ret_size,
			     char **ret_detail)
{
	return with_detail(zcf_frame_get_handle(frame, ret_handle, ret_size), ret_detail);
}

static inline uint64_t monotonic_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
