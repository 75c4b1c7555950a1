/* SPDX-License-Identifier: Apache-2.0 */
#include "detection_reader.h"

#include "clock.h"
#include "detection_json.h"
#include "printable.h"

#include <zcframe/consumer.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a call into the library may keep this thread from noticing that the server stops. */
#define PATIENCE_NS (250 * (int64_t)NANOSECONDS_PER_MILLISECOND)
/* How long to stay attached with nobody asking. */
#define LINGER_NS (3 * NANOSECONDS_PER_SECOND)
/* A detector that is this late, and this many of its intervals if it names one, is silent. */
#define SILENT_MINIMUM_NS (3 * NANOSECONDS_PER_SECOND)
#define SILENT_INTERVALS  3

struct detection_reader {
	const struct options *options;
	struct detection_feed *feed;
	struct counters *counters;
	struct zcf_consumer *consumer;   /* NULL: not attached. */
	uint64_t newest_publish_time_ns; /* Of the newest result since we attached; 0: there was none. */
	uint64_t wanted_index;
	struct detection_result result; /* That is being read. */
	pthread_t thread;
};

static void report_library_trouble(struct detection_reader *reader, enum detector_state state, int error)
{
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "%s", zcf_error_detail());
	if (sentence[0] == '\0')
		snprintf(sentence, sizeof(sentence), "%s", strerror(-error));
	printable_clean(sentence, sizeof(sentence));
	reader->newest_publish_time_ns = 0;
	detection_feed_set_state(reader->feed, state, sentence);
}

static void report_gone(struct detection_reader *reader)
{
	reader->newest_publish_time_ns = 0;
	detection_feed_set_state(reader->feed, DETECTOR_GONE, "no detector is running");
}

static void attach(struct detection_reader *reader)
{
	struct zcf_consumer_options options;
	int error;

	zcf_consumer_options_init(&options);
	options.label = "zcf-mjpegd";
	options.rate = ZCF_RATE_NEWEST_ONLY;
	options.runtime_directory = reader->options->runtime_directory;
	reader->newest_publish_time_ns = 0;
	error = zcf_consumer_open(reader->options->detections_channel, &options, PATIENCE_NS, &reader->consumer);
	if (error == 0)
		return;
	reader->consumer = NULL;
	if (error == -ENOENT) {
		report_gone(reader);
		return;
	}
	report_library_trouble(reader, DETECTOR_UNKNOWN, error);
	/* Refusals come at once; asking again at once would not help. */
	nanosleep(&(struct timespec){.tv_nsec = PATIENCE_NS}, NULL);
}

static void detach(struct detection_reader *reader)
{
	zcf_consumer_close(reader->consumer);
	reader->consumer = NULL;
	detection_feed_reset(reader->feed);
}

static uint64_t silence_limit_ns(struct detection_reader *reader)
{
	struct zcf_consumer_info info;

	zcf_consumer_get_info(reader->consumer, &info);
	return info.frame_interval_ns > SILENT_MINIMUM_NS / SILENT_INTERVALS ? info.frame_interval_ns * SILENT_INTERVALS
									     : SILENT_MINIMUM_NS;
}

static void report_no_result(struct detection_reader *reader)
{
	if (reader->newest_publish_time_ns != 0 &&
	    clock_now_ns() - reader->newest_publish_time_ns < silence_limit_ns(reader))
		return;
	reader->newest_publish_time_ns = 0;
	detection_feed_set_state(reader->feed, DETECTOR_SILENT, "the detector is there but sends no results");
}

/* Copy what the frame holds. @return Whether it is detections; reports. */
static enum zcf_detections_verdict copy_result(struct detection_reader *reader, const struct zcf_frame *frame)
{
	struct detection_result *result = &reader->result;
	const void *data = zcf_frame_get_plane(frame, 0);
	enum zcf_detections_verdict verdict;

	result->info = *zcf_frame_get_info(frame);
	if (result->info.format.fourcc != ZCF_FOURCC_DATA)
		return ZCF_DETECTIONS_DAMAGED;
	verdict = zcf_detections_read(data, result->info.bytes_used, &result->header);
	for (uint32_t i = 0; verdict == ZCF_DETECTIONS_OK && i < result->header.box_count; i++)
		zcf_detections_get(data, &result->header, i, &result->boxes[i]);
	return verdict;
}

static void report_unreadable(struct detection_reader *reader, enum zcf_detections_verdict verdict)
{
	char sentence[256];

	counter_add(&reader->counters->detections_damaged, 1);
	reader->newest_publish_time_ns = 0;
	if (verdict == ZCF_DETECTIONS_OTHER_VERSION)
		snprintf(sentence, sizeof(sentence),
			 "the detector and this server are of different versions; upgrade the older one");
	else
		snprintf(sentence, sizeof(sentence),
			 "channel %s carries no detections; name the detector's (detections_channel)",
			 reader->options->detections_channel);
	detection_feed_set_state(reader->feed, DETECTOR_UNKNOWN, sentence);
}

static void note_stages(struct detection_reader *reader)
{
	uint64_t stages_ns[ZCF_DETECTIONS_STAGES];

	zcf_detections_get_stages(&reader->result.header, reader->result.info.publish_time_ns, stages_ns);
	for (int i = 0; i < ZCF_DETECTIONS_STAGES; i++)
		counter_set(&reader->counters->detection_stage_ns[i], stages_ns[i]);
}

static void publish(struct detection_reader *reader)
{
	const struct zcf_frame_info *info = &reader->result.info;
	struct detection_message *message = NULL;
	unsigned invalid_boxes = 0;
	char *json = detection_json(&reader->result, &invalid_boxes);

	if (json != NULL)
		message = detection_message_create("detections", json);
	free(json);
	if (message == NULL)
		return;
	counter_add(&reader->counters->detections_read, 1);
	counter_add(&reader->counters->detections_invalid_boxes, invalid_boxes);
	note_stages(reader);
	reader->newest_publish_time_ns = info->publish_time_ns;
	reader->wanted_index += 1 + info->sequence_gap;
	message->wanted_index = reader->wanted_index;
	message->publish_time_ns = info->publish_time_ns;
	detection_feed_publish(reader->feed, message);
}

static void serve_frame(struct detection_reader *reader, struct zcf_frame *frame)
{
	enum zcf_detections_verdict verdict = copy_result(reader, frame);

	if (zcf_frame_release(frame) == -ESTALE)
		counter_add(&reader->counters->detections_stale, 1);
	else if (verdict != ZCF_DETECTIONS_OK)
		report_unreadable(reader, verdict);
	else if (clock_now_ns() - reader->result.info.publish_time_ns < silence_limit_ns(reader))
		publish(reader);
	/* Else it was the last one before the detector stalled, and says nothing of now. */
}

static void serve(struct detection_reader *reader)
{
	struct zcf_frame *frame;
	int error;

	if (reader->consumer == NULL)
		attach(reader);
	if (reader->consumer == NULL)
		return;
	error = zcf_consumer_acquire(reader->consumer, 0, &frame);
	if (error == -EAGAIN) {
		/* Who asks how it is now need not wait for the next result. */
		detection_feed_confirm(reader->feed);
	} else if (error == -ENOTCONN) {
		report_gone(reader);
	}
	if (error == -EAGAIN || error == -ENOTCONN)
		error = zcf_consumer_acquire(reader->consumer, PATIENCE_NS, &frame);
	if (error == 0) {
		serve_frame(reader, frame);
	} else if (error == -EAGAIN) {
		report_no_result(reader);
	} else if (error != -ENOTCONN && error != -EINTR) {
		report_library_trouble(reader, DETECTOR_UNKNOWN, error);
		nanosleep(&(struct timespec){.tv_nsec = PATIENCE_NS}, NULL);
	}
}

static void *reader_run(void *context)
{
	struct detection_reader *reader = context;

	pthread_setname_np(pthread_self(), "detections");
	for (;;) {
		uint64_t timeout_ns = reader->consumer != NULL ? LINGER_NS : 0;
		enum detection_want want = detection_feed_wait_until_wanted(reader->feed, timeout_ns);

		if (want == DETECTION_STOPPED)
			break;
		if (want == DETECTION_WANTED)
			serve(reader);
		else
			detach(reader);
	}
	detach(reader);
	return NULL;
}

int detection_reader_start(const struct options *options, struct detection_feed *feed, struct counters *counters,
			   struct detection_reader **ret_reader)
{
	struct detection_reader *reader;
	int error;

	if (options->detections_channel == NULL)
		return 0;
	reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		return -ENOMEM;
	reader->options = options;
	reader->feed = feed;
	reader->counters = counters;
	error = pthread_create(&reader->thread, NULL, reader_run, reader);
	if (error != 0) {
		free(reader);
		return -error;
	}
	*ret_reader = reader;
	return 0;
}

void detection_reader_stop(struct detection_reader *reader)
{
	if (reader == NULL)
		return;
	pthread_join(reader->thread, NULL);
	free(reader);
}
