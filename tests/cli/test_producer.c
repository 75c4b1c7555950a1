/* SPDX-License-Identifier: Apache-2.0 */
/* A producer for the tests of zcf: bars of known colours, or a frame number in every byte, at a given rate.
 *
 *   test_producer CHANNEL [--size WxH] [--format nv12|grey|data] [--fps N] [--no-interval] [--buffers N]
 *                 [--deadline-us N] [--fill bars|number|dark] [--frames N] [--align N] [--keep-newest]
 *
 * Prints "ready" when consumers can attach. Publishes until it is ended, or --frames frames and then none. */
#include <zcframe/producer.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* White, yellow, cyan, green, magenta, red, blue, black in full-range BT.601. */
static const uint8_t bars[8][3] = {
	{255, 128, 128}, {226, 1, 149}, {179, 171, 1},  {150, 44, 21},
	{105, 212, 235}, {76, 85, 255}, {29, 255, 107}, {0, 128, 128},
};

static const char *channel, *format_name = "nv12", *fill_name = "bars";
static unsigned width = 640, height = 480, buffer_count = 3, alignment;
static double fps = 30;
static int no_interval, keep_newest;
static uint64_t deadline_us, frame_limit = UINT64_MAX;
static volatile sig_atomic_t ending;

static void end(int number)
{
	(void)number;
	ending = 1;
}

static int fail(const char *what)
{
	fprintf(stderr, "test_producer: %s: %s\n", what, zcf_error_detail());
	return 1;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"size", 1, NULL, 's'},
		{"format", 1, NULL, 'f'},
		{"fps", 1, NULL, 'r'},
		{"buffers", 1, NULL, 'b'},
		{"deadline-us", 1, NULL, 'd'},
		{"fill", 1, NULL, 'i'},
		{"frames", 1, NULL, 'n'},
		{"no-interval", 0, &no_interval, 1},
		{"keep-newest", 0, &keep_newest, 1},
		{"align", 1, NULL, 'a'},
		{NULL, 0, NULL, 0},
	};
	int code;

	while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (code == 's' && sscanf(optarg, "%ux%u", &width, &height) != 2)
			exit(2);
		if (code == 'f')
			format_name = optarg;
		if (code == 'r')
			fps = atof(optarg);
		if (code == 'b')
			buffer_count = (unsigned)atoi(optarg);
		if (code == 'd')
			deadline_us = strtoull(optarg, NULL, 10);
		if (code == 'i')
			fill_name = optarg;
		if (code == 'n')
			frame_limit = strtoull(optarg, NULL, 10);
		if (code == 'a')
			alignment = (unsigned)atoi(optarg);
		if (code == '?')
			exit(2);
	}
	if (optind + 1 != argc)
		exit(2);
	channel = argv[optind];
}

static int make_format(struct zcf_format *format)
{
	if (strcmp(format_name, "data") == 0)
		return zcf_format_init_data(format, 4096);
	return zcf_format_init(format, strcmp(format_name, "grey") == 0 ? ZCF_FOURCC_GREY : ZCF_FOURCC_NV12, width,
			       height, alignment);
}

static void draw_bars(struct zcf_buffer *buffer, const struct zcf_format *format)
{
	uint8_t *luma = zcf_buffer_get_plane(buffer, 0), *chroma = zcf_buffer_get_plane(buffer, 1);

	/* Padding gets a value of its own: whoever copies it by mistake shows it. */
	memset(luma, 77, format->planes[0].size_bytes);
	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++)
			luma[(size_t)y * format->planes[0].stride_bytes + x] = bars[x * 8 / width][0];
	if (chroma == NULL)
		return;
	memset(chroma, 77, format->planes[1].size_bytes);
	for (unsigned y = 0; y < height / 2; y++)
		for (unsigned x = 0; x < width; x++)
			chroma[(size_t)y * format->planes[1].stride_bytes + x] =
				bars[(x & ~1u) * 8 / width][1 + (x & 1)];
}

static void fill(struct zcf_buffer *buffer, const struct zcf_format *format, int luma, int chroma)
{
	for (uint32_t plane = 0; plane < format->plane_count; plane++)
		memset(zcf_buffer_get_plane(buffer, plane), plane == 0 ? luma : chroma,
		       format->planes[plane].size_bytes);
}

static void draw(struct zcf_buffer *buffer, uint64_t number, struct zcf_frame_metadata *metadata)
{
	const struct zcf_format *format = zcf_buffer_get_format(buffer);

	if (strcmp(format_name, "data") == 0)
		metadata->bytes_used = (uint64_t)snprintf(zcf_buffer_get_plane(buffer, 0), 4096,
							  "data of frame %" PRIu64 "\n", number);
	else if (strcmp(fill_name, "number") == 0)
		fill(buffer, format, (int)(number % 251), (int)(number % 251)); /* a torn picture has two numbers */
	else if (strcmp(fill_name, "dark") == 0)
		fill(buffer, format, 60, 128);
	else
		draw_bars(buffer, format);
}

static int publish(struct zcf_producer *producer, uint64_t number)
{
	struct zcf_frame_metadata metadata = {.frame_number = number, .brightness_avg = 127.5f};
	struct zcf_buffer *buffer;
	int error = zcf_producer_dequeue(producer, keep_newest ? ZCF_DEQUEUE_KEEP_NEWEST : 0, 0, &buffer);

	if (error == -ENOBUFS)
		return 0;
	if (error < 0)
		return error;
	draw(buffer, number, &metadata);
	return zcf_producer_publish(producer, buffer, &metadata);
}

static int run(struct zcf_producer *producer)
{
	struct timespec now;
	uint64_t interval_ns = (uint64_t)(1e9 / fps), next_ns, number = 0;
	int error = 0;

	printf("ready\n");
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &now);
	next_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	while (!ending && (error == 0 || error == -EINTR)) {
		if (number < frame_limit && publish(producer, ++number) < 0)
			return fail("publish");
		next_ns += interval_ns;
		error = zcf_producer_wait(producer, next_ns);
	}
	return ending ? 0 : fail("wait");
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = end};
	struct zcf_producer_options options;
	struct zcf_producer *producer;
	struct zcf_format format;
	struct zcf_pool *pool;
	int code;

	parse(argc, argv);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (make_format(&format) < 0 || zcf_pool_create(NULL, &format, buffer_count, &pool) < 0)
		return fail("pool");
	zcf_producer_options_init(&options);
	options.frame_interval_ns = no_interval ? 0 : (uint64_t)(1e9 / fps);
	options.lease_deadline_ns = deadline_us * 1000;
	if (zcf_producer_create(channel, pool, &options, &producer) < 0)
		return fail("create");
	code = run(producer);
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
	return code;
}
