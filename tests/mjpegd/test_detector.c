/* SPDX-License-Identifier: Apache-2.0 */
/* A detector for the tests. It finds two things in every frame of a channel, or in frames that it makes up: a "person"
 * whose left edge is 8 times the frame's number, modulo half of the width, and a "dog" that stays. The times that it
 * reports are made up. SIGUSR1 makes it find nothing more while it lives on, SIGUSR2 go on; SIGTERM ends it.
 *
 *   test-detector [-c CHANNEL] [-s SOURCE_CHANNEL | -r RATE] [-w WRONG]
 *
 * WRONG is what is wrong with its results: magic, version, numbers (NaN), text (no UTF-8, and what HTML would take for
 * markup), late (ten seconds after the picture). */
#include <zcframe/detections.h>
#include <zcframe/zcframe.h>

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BUFFERS 4

struct detector {
	const char *channel;
	const char *source; /* NULL: frames are made up. */
	double rate_hz;
	const char *wrong;
	struct zcf_consumer *consumer;
	struct zcf_pool *pool;
	struct zcf_producer *producer;
	uint64_t sequence;
};

static volatile sig_atomic_t stopped, paused;

static void on_signal(int signal_number)
{
	if (signal_number == SIGTERM)
		stopped = 1;
	else
		paused = signal_number == SIGUSR1;
}

static void fail(const char *what)
{
	fprintf(stderr, "test-detector: %s: %s\n", what, zcf_error_detail());
	exit(EXIT_FAILURE);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void open_channel(struct detector *detector)
{
	struct zcf_format format;

	if (zcf_format_init_data(&format, ZCF_DETECTIONS_CAPACITY))
		fail("format");
	if (zcf_pool_create(NULL, &format, BUFFERS, &detector->pool))
		fail("pool");
	if (zcf_producer_create(detector->channel, detector->pool, NULL, &detector->producer))
		fail("producer");
}

static bool is_wrong(const struct detector *detector, const char *what)
{
	return detector->wrong != NULL && strcmp(detector->wrong, what) == 0;
}

static void fill_boxes(const struct detector *detector, const struct zcf_frame_info *source,
		       struct zcf_detection boxes[2])
{
	float width = (float)source->format.width_pixels, height = (float)source->format.height_pixels;
	float left = (float)(source->frame_number * 8 % (source->format.width_pixels / 2));

	boxes[0] = (struct zcf_detection){.x = left,
					  .y = height / 4,
					  .width = width / 8,
					  .height = height / 2,
					  .score = 0.91f,
					  .label = "person"};
	boxes[1] = (struct zcf_detection){.x = width * 0.7f,
					  .y = height * 0.6f,
					  .width = width / 4,
					  .height = height / 3,
					  .score = 0.625f,
					  .class_id = 16,
					  .label = "dog"};
	if (is_wrong(detector, "numbers"))
		boxes[0].width = NAN;
	if (is_wrong(detector, "text"))
		memcpy(boxes[0].label, "<img src=x onerror=stop()>\x1b\xff", 29);
}

static void fill(const struct detector *detector, const struct zcf_frame_info *source, uint64_t acquired_time_ns,
		 struct zcf_buffer *buffer)
{
	char *data = zcf_buffer_get_plane(buffer, 0);
	struct zcf_detections header = {
		.magic = is_wrong(detector, "magic") ? 0 : ZCF_DETECTIONS_MAGIC,
		.version_major = ZCF_DETECTIONS_VERSION_MAJOR + (is_wrong(detector, "version") ? 1 : 0),
		.header_size_bytes = sizeof(header),
		.box_size_bytes = sizeof(struct zcf_detection),
		.box_count = 2,
		.image_width_pixels = source->format.width_pixels,
		.image_height_pixels = source->format.height_pixels,
		.source_frame_number = source->frame_number,
		.source_sequence = source->sequence,
		.source_epoch = source->epoch,
		.source_capture_time_ns = source->capture_time_ns,
		.source_capture_wall_ns = source->capture_wall_ns,
		.source_publish_time_ns = source->publish_time_ns,
		.acquired_time_ns = acquired_time_ns,
		.preprocess_ns = 1500000,
		.inference_ns = 23000000,
		.postprocess_ns = 400000,
		.model = "test.onnx",
	};
	struct zcf_detection boxes[2];

	snprintf(header.source_channel, sizeof(header.source_channel), "%s",
		 detector->source != NULL ? detector->source : "made_up");
	fill_boxes(detector, source, boxes);
	memcpy(data, &header, sizeof(header));
	memcpy(data + sizeof(header), boxes, sizeof(boxes));
}

static void publish(struct detector *detector, const struct zcf_frame_info *source, uint64_t acquired_time_ns)
{
	struct zcf_frame_metadata metadata = {
		.frame_number = source->frame_number,
		.capture_time_ns = source->capture_time_ns,
		.capture_wall_ns = source->capture_wall_ns,
		.bytes_used = sizeof(struct zcf_detections) + 2 * sizeof(struct zcf_detection),
		.brightness_avg = -1,
	};
	struct zcf_buffer *buffer;

	if (zcf_producer_dequeue(detector->producer, 0, 0, &buffer))
		return;
	fill(detector, source, acquired_time_ns, buffer);
	if (zcf_producer_publish(detector->producer, buffer, &metadata))
		fail("publish");
}

static void detect_made_up(struct detector *detector)
{
	struct timespec wall;
	struct zcf_frame_info source = {
		.sequence = ++detector->sequence, .frame_number = detector->sequence, .capture_time_ns = now_ns()};

	clock_gettime(CLOCK_REALTIME, &wall);
	source.capture_wall_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec;
	source.publish_time_ns = source.capture_time_ns;
	if (is_wrong(detector, "late"))
		source.publish_time_ns -= 10000000000u;
	source.format.width_pixels = 640;
	source.format.height_pixels = 360;
	if (!paused)
		publish(detector, &source, now_ns());
	zcf_producer_wait(detector->producer, source.capture_time_ns + (uint64_t)(1e9 / detector->rate_hz));
}

static void detect_in_source(struct detector *detector)
{
	struct zcf_frame_info source;
	struct zcf_frame *frame;

	if (zcf_consumer_acquire(detector->consumer, 100000000, &frame) == 0) {
		source = *zcf_frame_get_info(frame);
		if (zcf_frame_release(frame) == 0 && !paused)
			publish(detector, &source, now_ns());
	}
	zcf_producer_dispatch(detector->producer);
}

int main(int argument_count, char **arguments)
{
	struct detector detector = {.channel = ZCF_DETECTIONS_CHANNEL, .rate_hz = 30};
	struct sigaction action = {.sa_handler = on_signal};
	int option;

	while ((option = getopt(argument_count, arguments, "c:s:r:w:")) != -1) {
		switch (option) {
		case 'c':
			detector.channel = optarg;
			break;
		case 's':
			detector.source = optarg;
			break;
		case 'r':
			detector.rate_hz = atof(optarg);
			break;
		case 'w':
			detector.wrong = optarg;
			break;
		default:
			return EXIT_FAILURE;
		}
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	open_channel(&detector);
	if (detector.source != NULL && zcf_consumer_open(detector.source, NULL, -1, &detector.consumer))
		fail("source");
	while (!stopped) {
		if (detector.source != NULL)
			detect_in_source(&detector);
		else
			detect_made_up(&detector);
	}
	zcf_consumer_close(detector.consumer);
	zcf_producer_destroy(detector.producer);
	zcf_pool_destroy(detector.pool);
	return EXIT_SUCCESS;
}
