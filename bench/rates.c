/* SPDX-License-Identifier: Apache-2.0 */
#include "rates.h"

#include "camera.h"
#include "clock.h"
#include "process.h"

#include <string.h>

/* A frame of 4K. */
#define SIZE_BYTES (3840 * 2160 * 3 / 2)
#define TIMES      5

static double rate(uint64_t best_ns)
{
	return SIZE_BYTES * 1e9 / (double)best_ns;
}

void rates_measure(double *ret_read, double *ret_write, double *ret_copy)
{
	void *source = bench_share(SIZE_BYTES), *target = bench_share(SIZE_BYTES);
	uint64_t read_ns = UINT64_MAX, write_ns = UINT64_MAX, copy_ns = UINT64_MAX;

	for (int i = 0; i < TIMES; i++) {
		uint64_t start_ns = bench_now_ns(), written_ns, copied_ns, end_ns;
		camera_write(source, SIZE_BYTES, (uint64_t)i);
		written_ns = bench_now_ns();
		memcpy(target, source, SIZE_BYTES);
		copied_ns = bench_now_ns();
		camera_read(target, SIZE_BYTES, (uint64_t)i);
		end_ns = bench_now_ns();
		write_ns = written_ns - start_ns < write_ns ? written_ns - start_ns : write_ns;
		copy_ns = copied_ns - written_ns < copy_ns ? copied_ns - written_ns : copy_ns;
		read_ns = end_ns - copied_ns < read_ns ? end_ns - copied_ns : read_ns;
	}
	bench_unshare(source, SIZE_BYTES);
	bench_unshare(target, SIZE_BYTES);
	*ret_read = rate(read_ns);
	*ret_write = rate(write_ns);
	*ret_copy = rate(copy_ns);
}
