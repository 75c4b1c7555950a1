/* SPDX-License-Identifier: Apache-2.0 */
/** @file jpeg_arena.h
 * Memory for libjpeg that is kept from one picture to the next. libjpeg frees what it needs for a picture
 * when the picture is done and allocates it again for the next one; its memory manager is made to be
 * replaced, so that memory comes from one block instead. */
#ifndef ZCFRAME_MJPEGD_JPEG_ARENA_H
#define ZCFRAME_MJPEGD_JPEG_ARENA_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

struct jpeg_arena {
	unsigned char *memory;
	size_t size_bytes;
	size_t used_bytes;
	size_t wanted_bytes; /**< What this picture would have needed; the next one gets it. */

	void *(*alloc_small)(j_common_ptr common, int pool_id, size_t size_bytes);
	void *(*alloc_large)(j_common_ptr common, int pool_id, size_t size_bytes);
	void (*free_pool)(j_common_ptr common, int pool_id);
};

/** Put @p arena before libjpeg's own memory manager. Its client_data then belongs to the arena. */
void jpeg_arena_install(struct jpeg_arena *arena, j_common_ptr common);

/** Free the memory. Call after jpeg_destroy(). */
void jpeg_arena_fini(struct jpeg_arena *arena);

#endif
