/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer for the tests of zcf: acquires frame after frame and holds each for a while.
 *
 *   test_consumer CHANNEL [LABEL [HOLD_MS]]   HOLD_MS -1 holds the first frame for ever
 *
 * Prints "holding" when it has its first frame. */
#include <zcframe/consumer.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	int hold_ms = argc > 3 ? atoi(argv[3]) : 0;
	int error;

	if (argc < 2)
		return 2;
	zcf_consumer_options_init(&options);
	if (argc > 2)
		options.label = argv[2];
	error = zcf_consumer_open(argv[1], &options, 5000000000, &consumer);
	for (int first = 1; error == 0 || error == -EAGAIN || error == -ENOTCONN;) {
		struct zcf_frame *frame;
		error = zcf_consumer_acquire(consumer, 1000000000, &frame);
		if (error < 0)
			continue;
		if (first)
			printf("holding\n");
		fflush(stdout);
		first = 0;
		if (hold_ms < 0)
			pause();
		usleep((useconds_t)hold_ms * 1000);
		zcf_frame_release(frame);
	}
	fprintf(stderr, "test_consumer: %s\n", zcf_error_detail());
	return 1;
}
