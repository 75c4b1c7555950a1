/* SPDX-License-Identifier: Apache-2.0 */
#include "viewer.h"

#include "clock.h"
#include "message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_NS UINT64_C(10000000000)
#define LINE_SIZE   256

struct viewer {
	FILE *stream;
	uint8_t *picture;
	size_t room_bytes;
};

static int connect_in_time(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;

	while (bench_now_ns() < deadline_ns) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
		close(fd);
		bench_sleep_until(bench_now_ns() + 5000000);
	}
	cli_message("nobody listens on port %u", port);
	return -1;
}

struct viewer *viewer_open(uint16_t port, const char *path)
{
	struct viewer *viewer = cli_allocate(1, sizeof(*viewer));
	int fd = connect_in_time(port);

	viewer->stream = fd < 0 ? NULL : fdopen(fd, "r+");
	if (viewer->stream == NULL) {
		free(viewer);
		return NULL;
	}
	dprintf(fd, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", path, port);
	return viewer;
}

void viewer_close(struct viewer *viewer)
{
	if (viewer == NULL)
		return;
	fclose(viewer->stream);
	free(viewer->picture);
	free(viewer);
}

static int fail(const char *what)
{
	cli_message("the stream %s", what);
	return -1;
}

/* Headers up to the empty line that ends those of a part: the first ones are the response's, and say nothing of a
 * picture. */
static int read_headers(struct viewer *viewer, struct viewed *ret_viewed)
{
	char line[LINE_SIZE];
	unsigned long long number;
	size_t size_bytes;
	double seconds;

	*ret_viewed = (struct viewed){0};
	while (fgets(line, sizeof(line), viewer->stream) != NULL) {
		if (sscanf(line, "Content-Length: %zu", &size_bytes) == 1)
			ret_viewed->size_bytes = size_bytes;
		if (sscanf(line, "X-Frame-Number: %llu", &number) == 1)
			ret_viewed->frame_number = number;
		if (sscanf(line, "X-UStreamer-Grab-Time: %lf", &seconds) == 1)
			ret_viewed->grabbed_ns = (uint64_t)(seconds * 1e9);
		if (strcmp(line, "\r\n") == 0 && ret_viewed->size_bytes > 0)
			return 0;
	}
	return fail("ended");
}

int viewer_take_picture(struct viewer *viewer, struct viewed *ret_viewed)
{
	int error = read_headers(viewer, ret_viewed);
	size_t size_bytes = ret_viewed->size_bytes;

	if (error < 0)
		return error;
	if (size_bytes > viewer->room_bytes) {
		viewer->picture = realloc(viewer->picture, size_bytes);
		viewer->room_bytes = size_bytes;
	}
	if (viewer->picture == NULL || fread(viewer->picture, 1, size_bytes, viewer->stream) != size_bytes)
		return fail("ended in a picture");
	return viewer->picture[0] == 0xff && viewer->picture[1] == 0xd8 ? 0 : fail("sends what is no JPEG");
}
