/* SPDX-License-Identifier: Apache-2.0 */
/* The C side of benchmark_acquire.py: attach to its channel, and print the time of each acquire + release in
 * nanoseconds. Reads a line for each frame that was published. */
#include <stdio.h>
#include <time.h>
#include <zcframe/zcframe.h>

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(void)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	char line[16];

	if (zcf_consumer_open("benchmark", NULL, 10000000000, &consumer) < 0)
		return fprintf(stderr, "%s\n", zcf_error_detail()), 1;
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		long long start_ns = now_ns();

		if (zcf_consumer_acquire(consumer, 0, &frame) < 0)
			return fprintf(stderr, "%s\n", zcf_error_detail()), 1;
		zcf_frame_release(frame);
		printf("%lld\n", now_ns() - start_ns);
		fflush(stdout);
	}
	zcf_consumer_close(consumer);
	return 0;
}
