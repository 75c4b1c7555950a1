/* SPDX-License-Identifier: Apache-2.0 */
#include "camera.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Odd, so that frames that follow each other differ in every byte. */
#define PATTERN UINT64_C(0x9e3779b97f4a7c15)

void camera_mark(void *frame, uint64_t number)
{
	__atomic_store_n((uint64_t *)frame, number, __ATOMIC_RELAXED);
}

uint64_t camera_number(const void *frame)
{
	return __atomic_load_n((const uint64_t *)frame, __ATOMIC_RELAXED);
}

void camera_write(void *frame, size_t size_bytes, uint64_t number)
{
	uint64_t *words = frame;
	size_t count = size_bytes / sizeof(uint64_t);

#ifdef __SSE2__
	for (size_t i = 0; i < count; i++)
		_mm_stream_si64((long long *)&words[i], (long long)((number + 1) * PATTERN));
	_mm_sfence();
#else
	for (size_t i = 0; i < count; i++)
		words[i] = (number + 1) * PATTERN;
#endif
	camera_mark(frame, number);
}

bool camera_read(const void *frame, size_t size_bytes, uint64_t number)
{
	const uint64_t *words = frame;
	size_t count = size_bytes / sizeof(uint64_t);
	uint64_t sum = 0;

	for (size_t i = 1; i < count; i++)
		sum += words[i];
	return sum == (number + 1) * PATTERN * (count - 1);
}
