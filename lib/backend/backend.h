/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend is a kind of memory that buffers are made of. It is the one place that knows how to make such
 * memory and how to map it in another process. Everything else deals in indices and plane offsets.
 *
 * What travels from producer to consumer is a zcf_buffer_record on the board (for backends whose buffers are
 * found by a number, such as a vendor's share_id) and, where `sends_fds`, one descriptor for each buffer.
 */
#ifndef ZCF_BACKEND_H
#define ZCF_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/board.h"

/* One buffer as the producer has it. */
struct zcf_backend_buffer {
	int fd; /* -1 where the backend sends none */
	void *base;
	void *planes[ZCF_MAX_PLANES]; /* Where each plane is; NULL: at its offset from `base`. */
	uint64_t size_bytes;
	struct zcf_format format;
	struct zcf_buffer_record record;
	void *private_data; /* The backend's own. */
};

/* One buffer as a consumer has it. */
struct zcf_backend_mapping {
	const void *base; /* NULL: not imported yet. */
	uint64_t size_bytes;
	int32_t share_id[ZCF_MAX_PLANES]; /* From the record, by whoever called import(). */
	const void *planes[ZCF_MAX_PLANES];
	void *private_data;
};

/* Memory of a consumer's own for the copy of a frame. */
struct zcf_backend_copy {
	void *base; /* NULL: none yet */
	uint64_t size_bytes;
	void *private_data; /* The backend's own; NULL: ordinary memory. */
};

struct zcf_backend {
	const char *name; /* At most 15 characters: it is on the board. */
	bool sends_fds;

	/* Make one buffer of `format`, writable here and by nobody else. */
	int (*create)(const struct zcf_format *format, uint32_t index, struct zcf_backend_buffer *ret_buffer);
	/* Take a buffer that the camera made, described in the backend's own way; NULL where there are none. */
	int (*adopt)(const void *handle, size_t handle_size, struct zcf_backend_buffer *ret_buffer);
	void (*destroy)(struct zcf_backend_buffer *buffer);
	/* Make others see what the CPU wrote; NULL where caches are coherent. */
	int (*end_write)(const struct zcf_backend_buffer *buffer);

	/* Map one buffer read-only. `fd` is borrowed, -1 where none came. `record` is a private copy. */
	int (*import)(const struct zcf_buffer_record *record, int fd, struct zcf_backend_mapping *ret_mapping);
	void (*release)(struct zcf_backend_mapping *mapping);

	/* Make the CPU see what the hardware wrote; NULL where caches are coherent. */
	int (*begin_read)(const struct zcf_backend_mapping *mapping);

	/*
	 * Copies by something faster than the processor; NULL where there is nothing. `copy_bytes` copies a plane of an
	 * imported buffer, and fails rather than copy a part.
	 */
	int (*copy_create)(uint64_t size_bytes, struct zcf_backend_copy *ret_copy);
	void (*copy_destroy)(struct zcf_backend_copy *copy);
	int (*copy_bytes)(void *to, const void *from, uint64_t size_bytes, const struct zcf_backend_copy *copy);
};

extern const struct zcf_backend zcf_backend_hbmem;
extern const struct zcf_backend zcf_backend_memfd;

/* The backend of that name, or NULL. */
const struct zcf_backend *zcf_backend_find(const char *name);

#endif
