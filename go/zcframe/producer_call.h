/* SPDX-License-Identifier: Apache-2.0 */
/* As call.h, for a producer. */
#ifndef ZCF_GO_PRODUCER_CALL_H
#define ZCF_GO_PRODUCER_CALL_H

#include "call.h"

/* 0 or NULL is the default. */
struct channel_setup {
	char *channel;
	char *backend;
	char *runtime_directory;
	uint32_t fourcc;
	uint32_t width_pixels;
	uint32_t height_pixels;
	uint64_t capacity_bytes;
	uint32_t buffer_count;
	uint32_t stride_align;
	uint64_t frame_interval_ns;
	uint64_t lease_deadline_ns;
	uint32_t max_consumers;
	mode_t socket_mode;
};

static inline int open_pool(const struct channel_setup *setup, struct zcf_pool **ret_pool)
{
	uint32_t fourcc = setup->fourcc ? setup->fourcc : ZCF_FOURCC_NV12;
	struct zcf_format format;
	int error = fourcc == ZCF_FOURCC_DATA ? zcf_format_init_data(&format, setup->capacity_bytes)
					      : zcf_format_init(&format, fourcc, setup->width_pixels,
								setup->height_pixels, setup->stride_align);

	if (error < 0)
		return error;
	return zcf_pool_create(setup->backend, &format, setup->buffer_count ? setup->buffer_count : 3, ret_pool);
}

static inline int open_channel(const struct channel_setup *setup, struct zcf_pool **ret_pool,
			       struct zcf_producer **ret_producer, char **ret_detail)
{
	struct zcf_producer_options options;
	int error;

	zcf_producer_options_init(&options);
	error = check_header(options.struct_size, sizeof(options), ret_detail);
	if (error < 0)
		return error;
	error = with_detail(open_pool(setup, ret_pool), ret_detail);
	if (error < 0)
		return error;
	options.frame_interval_ns = setup->frame_interval_ns;
	options.lease_deadline_ns = setup->lease_deadline_ns;
	options.runtime_directory = setup->runtime_directory;
	if (setup->max_consumers)
		options.max_consumers = setup->max_consumers;
	if (setup->socket_mode)
		options.socket_mode = setup->socket_mode;
	error = with_detail(zcf_producer_create(setup->channel, *ret_pool, &options, ret_producer), ret_detail);
	if (error < 0)
		zcf_pool_destroy(*ret_pool);
	return error;
}

/* A buffer and all that Go wants to know of it. Pointers are borrowed from it. */
struct dequeued {
	struct zcf_buffer *buffer;
	const struct zcf_format *format;
	void *planes[ZCF_MAX_PLANES];
};

static inline int dequeue(struct zcf_producer *producer, struct dequeued *ret, char **ret_detail)
{
	int error = with_detail(zcf_producer_dequeue(producer, 0, 0, &ret->buffer), ret_detail);

	if (error < 0)
		return error;
	ret->format = zcf_buffer_get_format(ret->buffer);
	for (uint32_t i = 0; i < ZCF_MAX_PLANES; i++)
		ret->planes[i] = zcf_buffer_get_plane(ret->buffer, i);
	return 0;
}

/* Publish, or cancel where there is no metadata, or if it cannot be published: the buffer is given back in any case. */
static inline int give_back(struct zcf_producer *producer, struct zcf_buffer *buffer,
			    const struct zcf_frame_metadata *metadata, char **ret_detail)
{
	int error = metadata ? with_detail(zcf_producer_publish(producer, buffer, metadata), ret_detail) : 0;

	if (!metadata || error < 0)
		zcf_producer_cancel(producer, buffer);
	return error;
}

#endif
