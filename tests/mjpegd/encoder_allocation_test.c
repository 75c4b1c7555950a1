/* SPDX-License-Identifier: Apache-2.0 */
/* This program's malloc() counts, for libjpeg too. */
#include "jpeg_encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static unsigned allocations;

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	allocations++;
	return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	allocations++;
	return __libc_memalign(alignment, size);
}

static void encoding_allocates_nothing_once_it_runs(void **state)
{
	static uint8_t luma[640 * 480], chroma[640 * 240];
	struct picture picture = {
		.width_pixels = 634, /* Not a multiple of 8: the scratch rows are in use too. */
		.height_pixels = 478,
		.luma = luma,
		.luma_stride_bytes = 640,
		.chroma = chroma,
		.chroma_stride_bytes = 640,
	};
	struct jpeg_encoder *encoder = jpeg_encoder_create(80);
	struct jpeg_pool *pool = jpeg_pool_create(1);

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		struct jpeg *jpeg = jpeg_pool_take(pool);

		if (i == 2) {
			/* The count works, or this would prove nothing. */
			assert_int_not_equal(allocations, 0);
			allocations = 0;
		}
		luma[i * 640 + i] = (uint8_t)(i * 5);
		assert_int_equal(jpeg_encoder_encode(encoder, &picture, jpeg), 0);
		jpeg_unref(jpeg);
	}
	assert_int_equal(allocations, 0);
	jpeg_pool_destroy(pool);
	jpeg_encoder_destroy(encoder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoding_allocates_nothing_once_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
