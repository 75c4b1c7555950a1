/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes one NV12 frame whose planes do not follow each other, as those of vendors' buffers may be: Y is all 1, UV
 * all
 * 2. Serves consumers until its standard input ends. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zcframe/zcframe.h>

#define GAP_BYTES 4096

static int run(struct zcf_producer *producer)
{
	struct zcf_frame_metadata metadata = {.frame_number = 1, .brightness_avg = -1};
	struct pollfd polled[] = {{.fd = zcf_producer_get_fd(producer), .events = POLLIN},
				  {.fd = STDIN_FILENO, .events = POLLIN}};
	struct zcf_buffer *buffer;

	if (zcf_producer_dequeue(producer, 0, 0, &buffer) < 0)
		return 1;
	for (uint32_t plane = 0; plane < 2; plane++)
		memset(zcf_buffer_get_plane(buffer, plane), (int)plane + 1,
		       zcf_buffer_get_format(buffer)->planes[plane].size_bytes);
	if (zcf_producer_publish(producer, buffer, &metadata) < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	while (poll(polled, 2, -1) > 0 && !polled[1].revents)
		zcf_producer_dispatch(producer);
	return 0;
}

int main(void)
{
	struct zcf_producer_options options;
	struct zcf_producer *producer;
	struct zcf_format format;
	struct zcf_pool *pool;
	int result = 1;

	zcf_format_init(&format, ZCF_FOURCC_NV12, 64, 48, 0);
	format.planes[1].offset_bytes += GAP_BYTES;
	format.size_bytes += GAP_BYTES;
	zcf_producer_options_init(&options);
	options.lease_deadline_ns = UINT64_C(60000000000);
	if (zcf_pool_create("memfd", &format, 2, &pool) < 0 ||
	    zcf_producer_create("test", pool, &options, &producer) < 0)
		fprintf(stderr, "%s\n", zcf_error_detail());
	else
		result = run(producer);
	return result;
}
