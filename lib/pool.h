/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_POOL_H
#define ZCF_POOL_H

#include "backend/backend.h"
#include "zcframe/producer.h"

/* Where a buffer is. The producer's own memory: no other process sees it. */
enum zcf_buffer_place {
	ZCF_BUFFER_FREE,
	ZCF_BUFFER_WITH_SOURCE,
	ZCF_BUFFER_PUBLISHED,
};

struct zcf_buffer {
	_Alignas(64) uint32_t index; /* What every frame touches is one cache line. */
	enum zcf_buffer_place place;
	uint64_t sequence;      /* Of the frame in it, while published. */
	uint64_t publish_ns;    /* When that was. */
	uint64_t superseded_ns; /* When a newer frame was published; 0: it is the newest. */
	bool closed;            /* No new leases, for good. */
	bool recorded;          /* How to import it is on the board. */
	bool has_pool_format;   /* Said once it is recorded. */
	uint64_t closed_ns;     /* Since when. */
	struct zcf_backend_buffer memory;
};

struct zcf_pool {
	const struct zcf_backend *backend;
	struct zcf_format format;
	uint32_t buffer_count;
	bool in_use;       /* A producer serves it. */
	bool camera_owned; /* Its buffers are the camera's: adopted as they show themselves. */
	/* The board of the producer before: there may be consumers that hold frames of it. NULL: none. */
	struct zcf_board *last_board;
	size_t last_board_size_bytes;
	struct zcf_buffer buffers[];
};

#endif
