/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into zcf: makes copies slow, so that a producer with a short deadline surely takes the frame back in the
 * middle. SLOW_COPY_EVERY=N slows every n-th copy of a plane; without it every one. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Many frame intervals of the producers in these tests, however busy the machine is. */
#define DELAY_US 100000

void CopyPlane(const uint8_t *source, int source_stride, uint8_t *target, int target_stride, int width, int height);

void CopyPlane(const uint8_t *source, int source_stride, uint8_t *target, int target_stride, int width, int height)
{
	static unsigned calls;
	const char *every = getenv("SLOW_COPY_EVERY");
	void (*copy)(const uint8_t *, int, uint8_t *, int, int, int);
	int half = height / 2;

	*(void **)&copy = dlsym(RTLD_NEXT, "CopyPlane");
	/* Half before the pause, half after it: the copy is of two different frames if nobody notices. */
	copy(source, source_stride, target, target_stride, width, half);
	if (++calls % (unsigned)(every != NULL ? atoi(every) : 1) == 0)
		usleep(DELAY_US);
	copy(source + (size_t)half * (size_t)source_stride, source_stride,
	     target + (size_t)half * (size_t)target_stride, target_stride, width, height - half);
}
